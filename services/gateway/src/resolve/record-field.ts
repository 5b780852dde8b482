import { ExactNumber } from '@quicksilver/common/numbers/exact-number';

/** An own member of a record or of arguments. Inherited ones such as `constructor` do not count. */
export function recordField(source: unknown, name: string): unknown {
  return typeof source === 'object' && source !== null && Object.hasOwn(source, name)
    ? (source as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

/** Whether a value can have fields. */
export function isRecord(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof ExactNumber)
  );
}
