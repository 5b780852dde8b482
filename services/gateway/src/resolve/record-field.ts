/** A record's or an argument's own member; never one that every JS object has, such as `constructor`. */
export function recordField(source: unknown, name: string): unknown {
  return typeof source === 'object' && source !== null && Object.hasOwn(source, name)
    ? (source as Readonly<Record<string, unknown>>)[name]
    : undefined;
}
