/** Enough to recognise the input; cut where it could not break a surrogate pair. */
export function excerpt(text: string): string {
  return text.length <= 60 ? text.toWellFormed() : `${text.slice(0, 60).toWellFormed()}…`;
}

/** The kind of a checked JSON text, as messages call it. */
export function jsonKind(json: string): string {
  switch (json.charAt(0)) {
    case '{':
      return 'OBJECT';
    case '[':
      return 'ARRAY';
    case '"':
      return 'STRING';
    case 't':
    case 'f':
      return 'BOOLEAN';
    case 'n':
      return 'NULL';
    default:
      return 'NUMBER';
  }
}
