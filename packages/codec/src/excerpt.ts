/** A short excerpt of user input. It never ends inside a surrogate pair. */
export function excerpt(text: string): string {
  return text.length <= 60 ? text.toWellFormed() : `${text.slice(0, 60).toWellFormed()}…`;
}

/** The kind of a checked JSON text, as error messages name it. */
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
