/** Scalars of GraphQL itself. */
export const STANDARD_SCALARS = ['Int', 'Float', 'String', 'Boolean', 'ID'] as const;

/** Scalars that every schema may use without a definition. */
export const BUILT_IN_SCALARS = [
  'Long',
  'Short',
  'Byte',
  'Char',
  'BigInteger',
  'BigDecimal',
  'DateTime',
  'JSON',
  'Bytes',
] as const;

export type BuiltInScalar = (typeof BUILT_IN_SCALARS)[number];

/**
 * A scalar with a fixed meaning. Tables over it are total: a new scalar does not compile until each
 * table has a cell for it.
 */
export type ScalarName = (typeof STANDARD_SCALARS)[number] | BuiltInScalar;

const BUILT_IN: ReadonlySet<string> = new Set(BUILT_IN_SCALARS);
const STANDARD: ReadonlySet<string> = new Set(STANDARD_SCALARS);

export function isBuiltInScalar(name: string): name is BuiltInScalar {
  return BUILT_IN.has(name);
}

/** False for the scalars that a schema defines itself. */
export function isScalarName(name: string): name is ScalarName {
  return STANDARD.has(name) || BUILT_IN.has(name);
}
