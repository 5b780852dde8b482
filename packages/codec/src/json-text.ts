import { isUtf8 } from 'node:buffer';

import { AppError } from '@quicksilver/common/errors/app-error';

/**
 * Works on JSON as text, so that records keep the exact text of the client: numbers keep their
 * digits, and values are never printed again. A text passes `checkJson` once. The functions below
 * it accept only checked text.
 */

/** Maximum levels of arrays and objects, including the outermost. */
export const JSON_DEPTH_MAX = 64;

export interface Member {
  /** Unescaped. */
  readonly name: string;
  /** The value's JSON, without surrounding white space. */
  readonly value: string;
}

/** Throws `AppError('INVALID_UTF8')`. Node's own decoding would replace invalid bytes. */
export function decodeUtf8(bytes: Buffer): string {
  if (!isUtf8(bytes)) {
    throw new AppError('INVALID_UTF8', 'The bytes are not valid UTF-8. Encode the text as UTF-8.');
  }
  return bytes.toString('utf8');
}

/**
 * Parses a JSON text. Throws `AppError`: TOO_DEEP before any recursion, MALFORMED_JSON (also for a
 * leading byte order mark), or INVALID_UNICODE for half a surrogate pair, raw or escaped. In UTF-8
 * that would silently become U+FFFD, and two different keys would be equal. If members have the
 * same name, the last one counts, as everywhere in JavaScript.
 */
export function checkJson(text: string): unknown {
  checkDepth(text, JSON_DEPTH_MAX);
  const value = parseJson(text);
  if (!text.isWellFormed() || hasLoneEscape(text)) {
    throw new AppError(
      'INVALID_UNICODE',
      'The text has half of a surrogate pair (such as \\ud800 alone). Send valid Unicode.',
    );
  }
  return value;
}

/** `checkJson` without the check of escapes, for text that is passed on and never decoded. */
export function checkJsonForm(text: string, depthMax = JSON_DEPTH_MAX): unknown {
  checkDepth(text, depthMax);
  return parseJson(text);
}

/** The members of a checked JSON object, in order. Undefined if the text is not an object. */
export function splitObject(text: string): Member[] | undefined {
  let at = skipSpace(text, 0);
  if (text.charCodeAt(at) !== OPEN_BRACE) {
    return undefined;
  }
  const members: Member[] = [];
  at = skipSpace(text, at + 1);
  while (text.charCodeAt(at) === QUOTE) {
    const nameEnd = endOfString(text, at);
    const name = unquote(text.slice(at, nameEnd));
    const start = skipSpace(text, skipSpace(text, nameEnd) + 1);
    const end = endOfValue(text, start);
    members.push({ name, value: text.slice(start, end) });
    // The index after the comma. After the closing brace this is the end of the text, and the loop
    // ends.
    at = skipSpace(text, skipSpace(text, end) + 1);
  }
  return members;
}

/** The value of the last member with this name, as everywhere in JavaScript. */
export function memberOf(members: readonly Member[], name: string): string | undefined {
  return members.findLast((member) => member.name === name)?.value;
}

/** The elements of a checked JSON array. Undefined if the text is not an array. */
export function splitArray(text: string): string[] | undefined {
  let at = skipSpace(text, 0);
  if (text.charCodeAt(at) !== OPEN_BRACKET) {
    return undefined;
  }
  const elements: string[] = [];
  at = skipSpace(text, at + 1);
  while (at < text.length && text.charCodeAt(at) !== CLOSE_BRACKET) {
    const end = endOfValue(text, at);
    elements.push(text.slice(at, end));
    at = skipSpace(text, skipSpace(text, end) + 1);
  }
  return elements;
}

/** Parses a checked JSON string. */
export function unquote(json: string): string {
  return json.includes('\\') ? String(JSON.parse(json)) : json.slice(1, -1);
}

/** The bytes of a text in base64 with padding. Undefined if it is not exactly that. */
export function base64Of(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

/**
 * Removes line breaks and the indentation after them from a checked text. They can stand only
 * between tokens, and no two tokens need white space between them.
 */
export function withoutLineFeeds(text: string): string {
  return text.includes('\n') ? text.replaceAll(/[\r\n][ \t\r\n]*/g, '') : text;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new AppError('MALFORMED_JSON', `Expected valid JSON. ${why}.`, { cause: error });
  }
}

function checkDepth(text: string, max: number): void {
  if (hasManyOpeners(text, max) && measureDepth(text, max) > max) {
    throw new AppError('TOO_DEEP', `The JSON has more than ${max} levels of arrays and objects.`);
  }
}

/** False proves that the text is not too deep, because it has too few opening brackets. */
function hasManyOpeners(text: string, max: number): boolean {
  let left = max;
  for (let at = text.indexOf('{'); at !== -1; at = text.indexOf('{', at + 1)) {
    left -= 1;
    if (left < 0) {
      return true;
    }
  }
  for (let at = text.indexOf('['); at !== -1; at = text.indexOf('[', at + 1)) {
    left -= 1;
    if (left < 0) {
      return true;
    }
  }
  return false;
}

/** The maximum depth, up to the point of exceeding the limit. The text may be anything. */
function measureDepth(text: string, max: number): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) {
      at = endOfString(text, at) - 1;
    } else if (char === OPEN_BRACE || char === OPEN_BRACKET) {
      depth += 1;
      deepest = Math.max(deepest, depth);
      if (deepest > max) {
        return deepest;
      }
    } else if (char === CLOSE_BRACE || char === CLOSE_BRACKET) {
      depth -= 1;
    }
  }
  return deepest;
}

/** In valid JSON a backslash is always in a string, so the scan can ignore strings. */
function hasLoneEscape(text: string): boolean {
  // Most texts have no such escape.
  if (!text.includes('\\u')) {
    return false;
  }
  for (let at = text.indexOf('\\'); at !== -1; at = text.indexOf('\\', at)) {
    const unit = escapedUnit(text, at);
    if (unit >= 0xd800 && unit <= 0xdbff) {
      const next = escapedUnit(text, at + 6);
      if (next < 0xdc00 || next > 0xdfff) {
        return true;
      }
      at += 12;
    } else if (unit >= 0xdc00 && unit <= 0xdfff) {
      return true;
    } else {
      at += 2;
    }
  }
  return false;
}

/** The code unit of a `\uXXXX` at this index, or -1. */
function escapedUnit(text: string, at: number): number {
  return text.startsWith('\\u', at) ? Number.parseInt(text.slice(at + 2, at + 6), 16) : -1;
}

/** The index of the next token. */
export function skipSpace(text: string, from: number): number {
  let at = from;
  // All JSON white space is at or below the space character.
  while (at < text.length && text.charCodeAt(at) <= 0x20) {
    at += 1;
  }
  return at;
}

/** The index after the closing quote of the string that starts here, or the end of the text. */
export function endOfString(text: string, start: number): number {
  let quote = text.indexOf('"', start + 1);
  while (quote !== -1 && isEscaped(text, quote)) {
    quote = text.indexOf('"', quote + 1);
  }
  return quote === -1 ? text.length : quote + 1;
}

function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text.charCodeAt(first - 1) === BACKSLASH) {
    first -= 1;
  }
  return (at - first) % 2 === 1;
}

/** The index after the value that starts here. */
export function endOfValue(text: string, start: number): number {
  const char = text.charCodeAt(start);
  if (char === QUOTE) {
    return endOfString(text, start);
  }
  return char === OPEN_BRACE || char === OPEN_BRACKET
    ? endOfNest(text, start)
    : endOfScalar(text, start);
}

function endOfNest(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) {
      at = endOfString(text, at) - 1;
    } else if (char === OPEN_BRACE || char === OPEN_BRACKET) {
      depth += 1;
    } else if (char === CLOSE_BRACE || char === CLOSE_BRACKET) {
      depth -= 1;
      if (depth === 0) {
        return at + 1;
      }
    }
  }
  return text.length;
}

function endOfScalar(text: string, start: number): number {
  for (let at = start; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (char <= 0x20 || char === COMMA || char === CLOSE_BRACE || char === CLOSE_BRACKET) {
      return at;
    }
  }
  return text.length;
}
