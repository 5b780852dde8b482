import { GraphQLError, Kind, parse, validate, type GraphQLSchema } from 'graphql';

import { manifestEntries } from './manifest.ts';
import { DOCUMENT_RULES } from './document-rules.ts';
import { problemOf, type DefinitionProblem } from '../problems/definition-error.ts';

/**
 * The contents of the files with the trusted documents of a gateway, by file name. A file `*.json`
 * is a manifest; any other file is one document.
 */
export type TrustedDocuments = Readonly<Record<string, string>>;

/** One error of a document, at its place in the file. */
export interface DocumentProblem extends DefinitionProblem {
  readonly file: string;
}

/** A document and its place. */
export interface TrustedDocument {
  /** The name of its file, for a document of a manifest with its id: `persisted.json: 3f2a`. */
  readonly file: string;
  /** Its id in the manifest; undefined if its hash is its id. */
  readonly id: string | undefined;
  readonly text: string;
}

/** Every document, also those of manifests. An invalid manifest has none. */
export function trustedDocuments(documents: TrustedDocuments): readonly TrustedDocument[] {
  return Object.entries(documents).flatMap(([file, content]): readonly TrustedDocument[] => {
    if (!isManifestFile(file)) {
      return [{ file, id: undefined, text: content }];
    }
    const entries = manifestEntries(content);
    return typeof entries === 'string'
      ? []
      : Object.entries(entries).map(([id, text]) => ({ file: `${file}: ${id}`, id, text }));
  });
}

function isManifestFile(file: string): boolean {
  return file.endsWith('.json');
}

export const DOCUMENTS_MAX = 1_000;
/** For all documents together: one record contains them and the schema. */
export const DOCUMENTS_BYTES_MAX = 524_288;
/** Far above the limit of a gateway, and still fast to check. */
const TOKENS_MAX = 20_000;
const ERRORS_MAX = 20;

/** Which limit the documents exceed; undefined if none. */
export function documentsExcess(documents: TrustedDocuments): string | undefined {
  const texts = Object.entries(documents);
  const { length: count } = trustedDocuments(documents);
  if (count > DOCUMENTS_MAX) {
    return `There are ${count} trusted documents, but a gateway can have only ${DOCUMENTS_MAX}.`;
  }
  const encoder = new TextEncoder();
  const bytes = texts.reduce((sum, [, text]) => sum + encoder.encode(text).length, 0);
  return bytes > DOCUMENTS_BYTES_MAX
    ? `The trusted documents have ${bytes} bytes together, but a gateway can have only ${DOCUMENTS_BYTES_MAX}.`
    : undefined;
}

/** All problems of documents with this schema, by file and place. */
export function documentsProblems(
  schema: GraphQLSchema,
  documents: TrustedDocuments,
): readonly DocumentProblem[] {
  return [
    ...manifestProblems(documents),
    ...trustedDocuments(documents).flatMap(({ file, text }) =>
      problemsOf(schema, text).map((problem) => ({ file, ...problem })),
    ),
  ];
}

function manifestProblems(documents: TrustedDocuments): readonly DocumentProblem[] {
  return Object.entries(documents).flatMap(([file, content]) => {
    const entries = isManifestFile(file) ? manifestEntries(content) : {};
    return typeof entries === 'string'
      ? [{ file, message: `The manifest is invalid: ${entries}.`, line: 1, column: 1 }]
      : [];
  });
}

function problemsOf(schema: GraphQLSchema, text: string): readonly DefinitionProblem[] {
  try {
    const document = parse(text, { maxTokens: TOKENS_MAX });
    if (!document.definitions.some(({ kind }) => kind === Kind.OPERATION_DEFINITION)) {
      return [{ message: 'A trusted document needs an operation.', line: 1, column: 1 }];
    }
    return validate(schema, document, DOCUMENT_RULES, { maxErrors: ERRORS_MAX }).map(problemOf);
  } catch (error) {
    if (error instanceof GraphQLError) {
      return [problemOf(error)];
    }
    if (error instanceof RangeError) {
      return [
        { message: 'The document is nested too deeply. Use fewer levels.', line: 1, column: 1 },
      ];
    }
    throw error;
  }
}
