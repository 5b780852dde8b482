import { GraphQLError, Kind, parse, specifiedRules, validate, type GraphQLSchema } from 'graphql';

import { problemOf, type DefinitionProblem } from '../problems/definition-error.ts';

/** Documents that a gateway may be given, by the name of the file of each. */
export type TrustedDocuments = Readonly<Record<string, string>>;

/** One error of a document, at its place in the file. */
export interface DocumentProblem extends DefinitionProblem {
  readonly file: string;
}

export const DOCUMENTS_MAX = 1_000;
/** Of all documents together: they travel in one record, together with the schema. */
export const DOCUMENTS_BYTES_MAX = 524_288;
/** Quick to check, and far more than a gateway runs. */
const TOKENS_MAX = 20_000;
const ERRORS_MAX = 20;

/** Why there are too many of them to be taken; undefined where there are not. */
export function documentsExcess(documents: TrustedDocuments): string | undefined {
  const texts = Object.entries(documents);
  if (texts.length > DOCUMENTS_MAX) {
    return `A gateway may have ${DOCUMENTS_MAX} trusted documents, found ${texts.length}.`;
  }
  const encoder = new TextEncoder();
  const bytes = texts.reduce((sum, [, text]) => sum + encoder.encode(text).length, 0);
  return bytes > DOCUMENTS_BYTES_MAX
    ? `The trusted documents of a gateway may have ${DOCUMENTS_BYTES_MAX} bytes together, found ${bytes}.`
    : undefined;
}

/** All that is wrong with documents that are to run on this schema, by file and place. */
export function documentsProblems(
  schema: GraphQLSchema,
  documents: TrustedDocuments,
): readonly DocumentProblem[] {
  return Object.entries(documents).flatMap(([file, text]) =>
    problemsOf(schema, text).map((problem) => ({ file, ...problem })),
  );
}

function problemsOf(schema: GraphQLSchema, text: string): readonly DefinitionProblem[] {
  try {
    const document = parse(text, { maxTokens: TOKENS_MAX });
    if (!document.definitions.some(({ kind }) => kind === Kind.OPERATION_DEFINITION)) {
      return [{ message: 'A trusted document needs an operation.', line: 1, column: 1 }];
    }
    return validate(schema, document, specifiedRules, { maxErrors: ERRORS_MAX }).map(problemOf);
  } catch (error) {
    if (error instanceof GraphQLError) {
      return [problemOf(error)];
    }
    if (error instanceof RangeError) {
      return [{ message: 'The document has more levels than can be read.', line: 1, column: 1 }];
    }
    throw error;
  }
}
