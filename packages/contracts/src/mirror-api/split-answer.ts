/**
 * Splits the mirror's responses at their line feeds, without parsing. A line feed precedes every
 * comma and bracket of the outermost array, and occurs nowhere else.
 */

/** Splits `[\n1\n,null\n]` into `1` and `null`. Undefined if the text has another form. */
export function splitBatch(text: string): string[] | undefined {
  return text.startsWith('[') && text.endsWith(']') ? elements(text.slice(1, -1)) : undefined;
}

export interface AnswerPage {
  /** The JSON of each `{"key":…,"value":…}`. */
  readonly items: readonly string[];
  /** The cursor of the next page; null on the last one. */
  readonly next: string | null;
}

/**
 * Splits `{"items":[…],"next":…}` into items and cursor. Undefined if the text has another form.
 */
export function splitPage(text: string): AnswerPage | undefined {
  const end = text.lastIndexOf(PAGE_END);
  if (!text.startsWith(PAGE_START) || end < 0 || !text.endsWith('}')) {
    return undefined;
  }
  const items = elements(text.slice(PAGE_START.length, end));
  const next = cursorOf(text.slice(end + PAGE_END.length, -1));
  return items === undefined || next === undefined ? undefined : { items, next };
}

const PAGE_START = '{"items":[';
const PAGE_END = '],"next":';

/** The content of the brackets: empty, or `\n1\n,2\n`. */
function elements(inside: string): string[] | undefined {
  if (inside === '' || inside === '\n') {
    return [];
  }
  if (!inside.startsWith('\n') || !inside.endsWith('\n')) {
    return undefined;
  }
  const [first = '', ...rest] = inside.slice(1, -1).split('\n');
  const split = [first];
  for (const line of rest) {
    if (!line.startsWith(',')) {
      return undefined;
    }
    split.push(line.slice(1));
  }
  return split;
}

function cursorOf(json: string): string | null | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'string' || value === null ? value : undefined;
  } catch {
    return undefined;
  }
}
