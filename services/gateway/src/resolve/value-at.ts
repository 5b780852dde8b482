import { recordField } from './record-field.ts';

/**
 * The value of a record at a path. Lists on the path and at its end become one flat list, with null
 * for each missing value. Undefined or null if a value is missing before the first list.
 */
export function valueAt(source: unknown, path: readonly string[]): unknown {
  const [name, ...rest] = path;
  if (name === undefined || source === null || source === undefined) {
    return source;
  }
  const value = recordField(source, name);
  return Array.isArray(value)
    ? value.flatMap((item: unknown) => valueAt(item, rest) ?? null)
    : valueAt(value, rest);
}
