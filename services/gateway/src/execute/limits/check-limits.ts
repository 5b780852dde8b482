import { GraphQLError, Kind, type DocumentNode } from 'graphql';

import { GRAPHQL_CODES } from '../graphql-error.ts';
import { ArgumentSizes } from './argument-sizes.ts';
import {
  measureOperation,
  type KnownItems,
  type MeasuredResult,
  type MeasuredSchema,
  type Measures,
} from './measure-operation.ts';

/** The limits of one operation. */
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
  readonly message: (size: number, max: number, measured: MeasuredResult) => string;
}

/** The greatest known lists that an error names. */
const NAMED_MAX = 3;

/** All transports apply these limits. */
const LIMITS: readonly Limit[] = [
  {
    measure: 'depth',
    max: 'depthMax',
    code: GRAPHQL_CODES.depth,
    message: (size, max) => `The operation has ${size} levels of fields, but the limit is ${max}.`,
  },
  {
    measure: 'aliases',
    max: 'aliasesMax',
    code: GRAPHQL_CODES.aliases,
    message: (size, max) => `The operation has ${size} aliases, but the limit is ${max}.`,
  },
  {
    measure: 'directives',
    max: 'directivesMax',
    code: GRAPHQL_CODES.directives,
    message: (size, max) => `The operation has ${size} directives, but the limit is ${max}.`,
  },
  {
    measure: 'cost',
    max: 'costMax',
    code: GRAPHQL_CODES.cost,
    message: (size, max, { known }) =>
      `The result may contain ${size} values, but the limit is ${max} (QUICK_QUERY_COST_MAX of a gateway).${knownText(known)} Select fewer fields, fewer keys or a smaller page.`,
  },
];

export interface LimitsVerdict {
  /** One error for each limit that an operation of the document exceeds. */
  readonly errors: readonly GraphQLError[];
  /** The variables that the errors depend on. */
  readonly variables: readonly string[];
  /** The known numbers of items that the errors depend on. */
  readonly known: readonly KnownItems[];
}

export function checkLimits(
  document: DocumentNode,
  variables: Readonly<Record<string, unknown>>,
  { limits, measured }: { readonly limits: OperationLimits; readonly measured: MeasuredSchema },
): LimitsVerdict {
  const { definitions } = document;
  const variableNames = new Set<string>();
  const known = new Set<KnownItems>();
  const fragments = new Map(
    definitions
      .filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
      .map((definition) => [definition.name.value, definition]),
  );
  const errors = definitions
    .filter((definition) => definition.kind === Kind.OPERATION_DEFINITION)
    .flatMap((operation) => {
      const sizes = new ArgumentSizes(operation, variables);
      const measures = measureOperation({ operation, fragments, sizes }, measured);
      sizes.variables.forEach((name) => variableNames.add(name));
      measures.known.forEach((items) => known.add(items));
      return LIMITS.filter(({ measure, max }) => measures[measure] > limits[max]).map(
        ({ measure, max, code, message }) =>
          new GraphQLError(message(measures[measure], limits[max], measures), {
            nodes: operation,
            extensions: { code },
          }),
      );
    });
  return { errors, variables: [...variableNames], known: [...known] };
}

function knownText(known: ReadonlySet<KnownItems>): string {
  return [...known]
    .map((items) => ({ name: items.name, count: items.count() ?? 0 }))
    .toSorted((one, other) => other.count - one.count)
    .slice(0, NAMED_MAX)
    .map(({ name, count }) => ` ${name} has ${count} values.`)
    .join('');
}
