import { join } from 'node:path';

import { documentsProblems, trustedDocuments } from '@quicksilver/definition/trusted-documents';
import type { GraphQLSchema } from 'graphql';

import type { DocumentsFolder } from './read-documents.ts';
import { mistakesAt, printMistakes } from './source-text.ts';

/** The mistakes of documents that do not fit the schema, one text for each document. */
export function printDocumentMistakes(
  schema: GraphQLSchema,
  { folder, texts }: DocumentsFolder,
): readonly string[] {
  const byName = new Map(trustedDocuments(texts).map(({ file, text }) => [file, text]));
  const byFile = Map.groupBy(documentsProblems(schema, texts), ({ file }) => file);
  return [...byFile].map(([file, problems]) => {
    const text = byName.get(file) ?? texts[file] ?? '';
    return printMistakes(text, mistakesAt(join(folder, file), text, problems));
  });
}
