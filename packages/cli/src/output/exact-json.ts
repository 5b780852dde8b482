/** Node has it, TypeScript's library does not yet. */
interface WithRawJson {
  rawJSON(text: string): unknown;
}

/** JSON.parse that keeps the digits of numbers which a JS number would change. Throws as it does. */
export function parseExactJson(text: string): unknown {
  return JSON.parse(text, keepDigits);
}

function keepDigits(_name: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source;
  return typeof value === 'number' && source !== undefined && String(value) !== source
    ? (JSON as typeof JSON & WithRawJson).rawJSON(source)
    : value;
}
