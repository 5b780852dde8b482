/**
 * The shortest JSON that parses to the same double. Numbers that are not finite become strings, as
 * in Avro's own JSON.
 */
export function doubleJson(value: number): string {
  return Number.isFinite(value) ? String(value) : `"${value}"`;
}
