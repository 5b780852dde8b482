/** The `code` of an error from Node, such as `ENOENT`, or undefined. */
export function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
