import { join } from 'node:path';

import { documentsProblems } from '@quicksilver/definition/trusted-documents';
import type { GraphQLSchema } from 'graphql';

import type { DocumentsFolder } from './read-documents.ts';
import { mistakesAt, printMistakes } from './source-text.ts';

/** The mistakes of documents that do not fit the schema, one text for each document. */
export function printDocumentMistakes(
  schema: GraphQLSchema,
  { folder, texts }: DocumentsFolder,
): readonly string[] {
  const byFile = Map.groupBy(documentsProblems(schema, texts), ({ file }) => file);
  return [...byFile].map(([file, problems]) => {
    const text = texts[file] ?? '';
    return printMistakes(text, mistakesAt(join(folder, file), text, problems));
  });
}
