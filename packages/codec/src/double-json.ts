/**
 * The shortest JSON that reads back as the same double. JSON has no numbers for those that are not
 * finite: they are strings, as in Avro's own JSON.
 */
export function doubleJson(value: number): string {
  return Number.isFinite(value) ? String(value) : `"${value}"`;
}
