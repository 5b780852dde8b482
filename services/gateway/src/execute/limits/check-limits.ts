import { GraphQLError, Kind, type DocumentNode } from 'graphql';

import { GRAPHQL_CODES } from '../graphql-error.ts';
import { GivenArguments } from './argument-sizes.ts';
import { measureOperation, type MeasuredSchema, type Measures } from './measure-operation.ts';

/** The most of each that an operation may have. */
export interface OperationLimits {
  readonly depthMax: number;
  readonly aliasesMax: number;
  readonly directivesMax: number;
  readonly costMax: number;
}

interface Limit {
  readonly measure: keyof Measures;
  readonly max: keyof OperationLimits;
  readonly code: string;
  readonly says: (found: number, max: number) => string;
}

/** All that operations are held to, whichever way they come. */
const LIMITS: readonly Limit[] = [
  {
    measure: 'depth',
    max: 'depthMax',
    code: GRAPHQL_CODES.depth,
    says: (found, max) => `The operation has ${found} levels of fields; ${max} are allowed.`,
  },
  {
    measure: 'aliases',
    max: 'aliasesMax',
    code: GRAPHQL_CODES.aliases,
    says: (found, max) => `The operation has ${found} aliases; ${max} are allowed.`,
  },
  {
    measure: 'directives',
    max: 'directivesMax',
    code: GRAPHQL_CODES.directives,
    says: (found, max) => `The operation has ${found} directives; ${max} are allowed.`,
  },
  {
    measure: 'cost',
    max: 'costMax',
    code: GRAPHQL_CODES.cost,
    says: (found, max) =>
      `The answer may hold ${found} values; ${max} are allowed. Ask for fewer fields, fewer keys or a smaller page.`,
  },
];

export interface LimitsVerdict {
  /** What each operation of the document has too much of. */
  readonly errors: readonly GraphQLError[];
  /** The variables that this depends on. */
  readonly variables: readonly string[];
}

export function checkLimits(
  document: DocumentNode,
  variables: Readonly<Record<string, unknown>>,
  { limits, measured }: { readonly limits: OperationLimits; readonly measured: MeasuredSchema },
): LimitsVerdict {
  const { definitions } = document;
  const asked = new Set<string>();
  const fragments = new Map(
    definitions
      .filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
      .map((definition) => [definition.name.value, definition]),
  );
  const errors = definitions
    .filter((definition) => definition.kind === Kind.OPERATION_DEFINITION)
    .flatMap((operation) => {
      const given = new GivenArguments(operation, variables);
      const measures = measureOperation({ operation, fragments, given }, measured);
      given.asked.forEach((name) => asked.add(name));
      return LIMITS.filter(({ measure, max }) => measures[measure] > limits[max]).map(
        ({ measure, max, code, says }) =>
          new GraphQLError(says(measures[measure], limits[max]), {
            nodes: operation,
            extensions: { code },
          }),
      );
    });
  return { errors, variables: [...asked] };
}
