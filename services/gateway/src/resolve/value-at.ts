import { recordField } from './record-field.ts';

/**
 * What a record holds at a path, each name exactly where it stands. Lists on the way, and at the end,
 * become one flat list, in which null stands where there was nothing; undefined or null where there is
 * nothing before the first list.
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
