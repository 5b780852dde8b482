import { isUtf8 } from 'node:buffer';

import { AppError } from '@quicksilver/common/errors/app-error';

/**
 * Works on JSON as text, so that what a client wrote is what is stored: numbers keep their digits
 * and no value is ever printed anew. A text passes `checkJson` once; the functions below it take
 * only text that did.
 */

/** Levels of arrays and objects that a text may have, the outermost one included. */
export const JSON_DEPTH_MAX = 64;

export interface Member {
  /** Unescaped. */
  readonly name: string;
  /** The value's JSON, without white space around it. */
  readonly value: string;
}

/** Throws `AppError('INVALID_UTF8')` instead of replacing bytes, as Node's own decoding does. */
export function decodeUtf8(bytes: Buffer): string {
  if (!isUtf8(bytes)) {
    throw new AppError('INVALID_UTF8', 'Expected text in UTF-8; the bytes are not valid UTF-8.');
  }
  return bytes.toString('utf8');
}

/**
 * The value of a JSON text. Throws `AppError`: TOO_DEEP before anything recurses into it,
 * MALFORMED_JSON (a byte order mark in front counts as such), or INVALID_UNICODE where half a
 * surrogate pair stands in it, raw or escaped: as UTF-8 that would silently become U+FFFD, and two
 * different keys would be one. Of members with the same name the last one counts, as everywhere in
 * JavaScript.
 */
export function checkJson(text: string): unknown {
  checkDepth(text);
  const value = parseJson(text);
  if (!text.isWellFormed() || hasLoneEscape(text)) {
    throw new AppError(
      'INVALID_UNICODE',
      'Expected valid Unicode; the text holds half of a surrogate pair (such as \\ud800 alone).',
    );
  }
  return value;
}

/** `checkJson` for text whose escapes may be anything: it is only passed on, never decoded. */
export function checkJsonForm(text: string): unknown {
  checkDepth(text);
  return parseJson(text);
}

/** The members of the object that a checked text is, in order; undefined where it is no object. */
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
    // One past the comma; past the closing brace it is the end of the text and the loop ends.
    at = skipSpace(text, skipSpace(text, end) + 1);
  }
  return members;
}

/** The elements of the array that a checked text is; undefined where it is no array. */
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

/** The string that a checked JSON string stands for. */
export function unquote(json: string): string {
  return json.includes('\\') ? String(JSON.parse(json)) : json.slice(1, -1);
}

/**
 * A checked text without line breaks and the indentation after them. They can only stand between
 * tokens, never inside a string, and no two tokens need white space to stay apart.
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

function checkDepth(text: string): void {
  if (hasManyOpeners(text) && measureDepth(text) > JSON_DEPTH_MAX) {
    throw new AppError(
      'TOO_DEEP',
      `Expected JSON with at most ${JSON_DEPTH_MAX} levels of arrays and objects; there are more.`,
    );
  }
}

/** False proves that the text is not too deep: it has too few brackets for it, wherever they stand. */
function hasManyOpeners(text: string): boolean {
  let left = JSON_DEPTH_MAX;
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

/** The greatest depth up to the point where it exceeds the limit. The text may be anything. */
function measureDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) {
      at = endOfString(text, at) - 1;
    } else if (char === OPEN_BRACE || char === OPEN_BRACKET) {
      depth += 1;
      deepest = Math.max(deepest, depth);
      if (deepest > JSON_DEPTH_MAX) {
        return deepest;
      }
    } else if (char === CLOSE_BRACE || char === CLOSE_BRACKET) {
      depth -= 1;
    }
  }
  return deepest;
}

/** In valid JSON a backslash stands only inside strings, so strings need not be told apart here. */
function hasLoneEscape(text: string): boolean {
  // Most texts have no such escape at all.
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

/** The code unit of a `\uXXXX` at this place, -1 where there is none. */
function escapedUnit(text: string, at: number): number {
  return text.startsWith('\\u', at) ? Number.parseInt(text.slice(at + 2, at + 6), 16) : -1;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  // All of JSON's white space is at or below the space character.
  while (at < text.length && text.charCodeAt(at) <= 0x20) {
    at += 1;
  }
  return at;
}

/** One past the closing quote of the string that begins here; the text's end where there is none. */
function endOfString(text: string, start: number): number {
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

function endOfValue(text: string, start: number): number {
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
