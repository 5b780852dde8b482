import { isUtf8 } from 'node:buffer';

/**
 * True if the bytes are valid JSON in UTF-8, without line feeds and not deeply nested. False proves
 * nothing: deep, invalid and oddly spaced texts all return false, and the caller checks them
 * further. More than twice as fast as parsing, for callers that only pass the bytes on.
 */
export function isCompactJson(bytes: Uint8Array): boolean {
  let at = 0;
  let depth = 0;
  /** Bit n: level n is an object, else an array. */
  let objects = 0;
  let isName = false;
  let isAscii = true;
  // One function and a table for string bytes are twice as fast as small functions.
  for (;;) {
    at = behindSpace(bytes, at);
    const first = bytes[at];
    if (first === QUOTE) {
      at += 1;
      for (let kind = KINDS[bytes[at] ?? 0]; kind !== END; kind = KINDS[bytes[at] ?? 0]) {
        if (kind === PLAIN) {
          at += 1;
        } else if (kind === HIGH) {
          isAscii = false;
          at += 1;
        } else {
          at = kind === ESCAPE ? behindEscape(bytes, at) : BROKEN;
          if (at === BROKEN) {
            return false;
          }
        }
      }
      at = behindSpace(bytes, at + 1);
    } else if (!isName && (first === OPEN_BRACE || first === OPEN_BRACKET)) {
      depth += 1;
      if (depth > DEPTH_MAX) {
        return false;
      }
      isName = first === OPEN_BRACE;
      objects = isName ? objects | (1 << depth) : objects & ~(1 << depth);
      at = behindSpace(bytes, at + 1);
      if (bytes[at] !== (isName ? CLOSE_BRACE : CLOSE_BRACKET)) {
        continue;
      }
      isName = false;
    } else {
      at = isName ? BROKEN : behindScalar(bytes, at, first);
      if (at === BROKEN) {
        return false;
      }
      at = behindSpace(bytes, at);
    }
    if (isName) {
      if (bytes[at] !== COLON) {
        return false;
      }
      at += 1;
      isName = false;
      continue;
    }
    // After the end of a value the enclosing array or object continues.
    while (bytes[at] !== COMMA || depth === 0) {
      if (depth === 0) {
        return at === bytes.length && (isAscii || isUtf8(bytes));
      }
      if (bytes[at] !== (((objects >> depth) & 1) === 1 ? CLOSE_BRACE : CLOSE_BRACKET)) {
        return false;
      }
      depth -= 1;
      at = behindSpace(bytes, at + 1);
    }
    isName = ((objects >> depth) & 1) === 1;
    at += 1;
  }
}

/** The functions below return the next offset, or this if the text is not valid. */
const BROKEN = -1;

/** Levels that fit into the bits of a small integer. */
const DEPTH_MAX = 30;

const TAB = 0x09;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** JSON white space except the line feed: with one the text is not compact. */
function behindSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  for (;;) {
    const byte = bytes[at];
    if (byte === undefined || byte > SPACE) {
      return at;
    }
    if (byte !== SPACE && byte !== TAB && byte !== CARRIAGE_RETURN) {
      return at;
    }
    at += 1;
  }
}

function behindScalar(bytes: Uint8Array, from: number, first: number | undefined): number {
  switch (first) {
    case 0x74:
      return behindWord(bytes, from, TRUE);
    case 0x66:
      return behindWord(bytes, from, FALSE);
    case 0x6e:
      return behindWord(bytes, from, NULL);
    default:
      return behindNumber(bytes, from);
  }
}

function behindEscape(bytes: Uint8Array, from: number): number {
  const letter = bytes[from + 1] ?? 0;
  if (letter === 0x75) {
    for (let at = from + 2; at < from + 6; at += 1) {
      if (!isHex(bytes[at] ?? 0)) {
        return BROKEN;
      }
    }
    return from + 6;
  }
  return SIMPLE_ESCAPES.has(letter) ? from + 2 : BROKEN;
}

function behindWord(bytes: Uint8Array, from: number, word: readonly number[]): number {
  return word.every((byte, index) => bytes[from + index] === byte) ? from + word.length : BROKEN;
}

function behindNumber(bytes: Uint8Array, from: number): number {
  let at = bytes[from] === MINUS ? from + 1 : from;
  at = bytes[at] === ZERO ? at + 1 : behindDigits(bytes, at);
  if (at > 0 && bytes[at] === POINT) {
    at = behindDigits(bytes, at + 1);
  }
  // `e` or `E`
  if (at > 0 && ((bytes[at] ?? 0) | 0x20) === 0x65) {
    const sign = bytes[at + 1];
    at = behindDigits(bytes, sign === PLUS || sign === MINUS ? at + 2 : at + 1);
  }
  return at;
}

/** Skips at least one digit. */
function behindDigits(bytes: Uint8Array, from: number): number {
  let at = from;
  for (;;) {
    const byte = bytes[at] ?? 0;
    if (byte < ZERO || byte > NINE) {
      return at > from ? at : BROKEN;
    }
    at += 1;
  }
}

function isHex(byte: number): boolean {
  const letter = byte | 0x20;
  return (byte >= ZERO && byte <= NINE) || (letter >= 0x61 && letter <= 0x66);
}

const TRUE = [...Buffer.from('true')];
const FALSE = [...Buffer.from('false')];
const NULL = [...Buffer.from('null')];
/** The meaning of a byte inside a string. */
const [PLAIN, END, ESCAPE, HIGH, CONTROL] = [0, 1, 2, 3, 4] as const;
const KINDS = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === QUOTE) {
    return END;
  }
  if (byte === BACKSLASH) {
    return ESCAPE;
  }
  return byte < SPACE ? CONTROL : byte < 0x80 ? PLAIN : HIGH;
});
const SIMPLE_ESCAPES = new Set(Buffer.from('"\\/bfnrt'));
