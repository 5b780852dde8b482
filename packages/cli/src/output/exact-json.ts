/** Missing in TypeScript's library. */
interface WithRawJson {
  rawJSON(text: string): unknown;
}

/** Like `JSON.parse`, but keeps the digits of numbers that a JavaScript number would change. */
export function parseExactJson(text: string): unknown {
  return JSON.parse(text, keepDigits);
}

function keepDigits(_name: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source;
  return typeof value === 'number' && source !== undefined && String(value) !== source
    ? (JSON as typeof JSON & WithRawJson).rawJSON(source)
    : value;
}
