import { isEnumType, type GraphQLLeafType } from 'graphql';

type Print = (value: unknown) => string;

/**
 * Prints values of a scalar or an enum as the type serializes them. The functions below print the
 * values that need no conversion, and leave all others to the type.
 */
export function leafPrinter(type: GraphQLLeafType): Print {
  const general = (value: unknown): string => {
    const serialized: unknown = type.serialize(value);
    const json = serialized === null ? undefined : JSON.stringify(serialized);
    if (json === undefined) {
      throw new Error(`${type.name} has no value for this one`);
    }
    return json;
  };
  if (isEnumType(type)) {
    return general;
  }
  return FAST[type.name]?.(general) ?? general;
}

const text = (general: Print): Print => {
  return (value) => (typeof value === 'string' ? JSON.stringify(value) : general(value));
};

/** By the names of GraphQL's own scalars, which a schema cannot define itself. */
const FAST: Readonly<Record<string, ((general: Print) => Print) | undefined>> = {
  String: text,
  ID: text,
  Int: (general) => (value) =>
    typeof value === 'number' && (value | 0) === value ? String(value) : general(value),
  Float: (general) => (value) =>
    typeof value === 'number' && Number.isFinite(value) ? String(value) : general(value),
  Boolean: (general) => (value) => (typeof value === 'boolean' ? String(value) : general(value)),
};
