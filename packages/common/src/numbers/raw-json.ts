/** Node has this function, but TypeScript's library does not declare it yet. */
interface WithRawJson {
  rawJSON(text: string): unknown;
}

/** A value that JSON.stringify prints as exactly this text. The text must be a JSON primitive. */
export function rawJson(text: string): unknown {
  return (JSON as typeof JSON & WithRawJson).rawJSON(text);
}
