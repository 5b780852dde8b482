/**
 * Rows of a CSV text by RFC 4180: fields may be quoted, a quoted field may hold commas, line feeds
 * and doubled quotes. The first row names the fields. Throws if a quote is not closed or a row
 * has another number of fields than the first.
 */
export function* parseCsv(text: string): Generator<Readonly<Record<string, string>>> {
  const rows = splitRows(text);
  const first = rows.next();
  if (first.done === true) {
    return;
  }
  const names = first.value.fields;
  for (const { fields, line } of rows) {
    if (fields.length !== names.length) {
      throw new Error(`Line ${line} has ${fields.length} fields, expected ${names.length}.`);
    }
    yield Object.fromEntries(names.map((name, index) => [name, fields[index] ?? '']));
  }
}

interface Row {
  readonly fields: readonly string[];
  /** First line of the row, from 1. */
  readonly line: number;
}

// One field and what follows it: a quoted field, or anything without commas, quotes and line ends.
const FIELD = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\n|$)/y;

function* splitRows(text: string): Generator<Row> {
  const csv = text.startsWith('\uFEFF') ? text.slice(1) : text;
  let fields: string[] = [];
  let line = 1;
  let rowLine = 1;
  FIELD.lastIndex = 0;
  for (let at = 0; at < csv.length || fields.length > 0;) {
    FIELD.lastIndex = at;
    const match = FIELD.exec(csv);
    if (match === null) {
      throw new Error(`Line ${line} has a quote that is not closed or stands inside a field.`);
    }
    const [whole, quoted, plain = '', end] = match;
    fields.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    line += whole.split('\n').length - 1;
    at += whole.length;
    if (end !== ',') {
      // A blank line is no row.
      if (fields.length > 1 || fields[0] !== '') {
        yield { fields, line: rowLine };
      }
      fields = [];
      rowLine = line;
    }
  }
}
