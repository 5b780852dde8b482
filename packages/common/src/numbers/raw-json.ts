/** Node has it, TypeScript's library does not yet. */
interface WithRawJson {
  rawJSON(text: string): unknown;
}

/** A value that JSON.stringify prints as exactly this text, which must be a JSON primitive. */
export function rawJson(text: string): unknown {
  return (JSON as typeof JSON & WithRawJson).rawJSON(text);
}
