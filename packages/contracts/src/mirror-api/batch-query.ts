import { checkJson, decodeUtf8, splitArray } from '@quicksilver/codec/json-text';
import { AppError } from '@quicksilver/common/errors/app-error';
import { BATCH_KEYS_MAX, batchPath, locatePath, offsetsPath } from './contract.ts';

/** What a batch returns for each key, with its path. */
export const BATCH_PATHS = {
  values: batchPath,
  offsets: offsetsPath,
  locations: locatePath,
} as const;

export type BatchKind = keyof typeof BATCH_PATHS;

/** The keys of a batch: the text of each in a topic with text keys, otherwise the JSON of each. */
export type BatchKeys =
  | { readonly texts: readonly string[]; readonly jsons?: undefined }
  | { readonly texts?: undefined; readonly jsons: readonly string[] };

/**
 * An array of strings without escapes, white space between them and characters beyond ASCII, as
 * most are. It can be split at its quotes, in a fraction of the time of a parser.
 */
const PLAIN_STRINGS = /^\["[ !#-[\]-~]*"(?:,"[ !#-[\]-~]*")*\]$/;

/** The element of a key whose newest record cannot be read, see `UNREADABLE_HEADER`. */
export function printUnreadable(partition: number, offset: bigint): string {
  return `!${partition}:${offset}`;
}

/** `partition:offset`. Undefined for every JSON value. */
export function parseUnreadable(element: string): string | undefined {
  return element.startsWith('!') ? element.slice(1) : undefined;
}

/** The body of a request for these keys. */
export function printBatchKeys(keysJson: readonly string[]): string {
  return `[${keysJson.join(',')}]`;
}

/** Throws `AppError` for anything but an array of 1 to `BATCH_KEYS_MAX` keys. */
export function parseBatchKeys(body: unknown, isText: boolean): BatchKeys {
  if (!Buffer.isBuffer(body) || body.length === 0) {
    throw new AppError('BODY_REQUIRED', 'Expected a JSON array of keys as body, found none.');
  }
  const plain = isText ? body.toString('latin1') : '';
  if (PLAIN_STRINGS.test(plain)) {
    return { texts: checkCount(plain.slice(2, -2).split('","')) };
  }
  const text = decodeUtf8(body);
  const parsed = checkJson(text);
  if (!Array.isArray(parsed)) {
    throw new AppError('BAD_REQUEST', 'Expected a JSON array of keys, found another JSON value.');
  }
  if (isText && parsed.every((key) => typeof key === 'string')) {
    return { texts: checkCount(parsed) };
  }
  checkCount(parsed);
  // Parsed values would not do, because a long number loses digits there.
  return { jsons: splitArray(text) ?? [] };
}

/** Throws `AppError`: EMPTY_BATCH or TOO_MANY_ITEMS. */
export function checkCount<T>(keys: readonly T[]): readonly T[] {
  if (keys.length === 0) {
    throw new AppError('EMPTY_BATCH', 'Expected at least one key, found none.');
  }
  if (keys.length > BATCH_KEYS_MAX) {
    throw new AppError(
      'TOO_MANY_ITEMS',
      `Expected at most ${BATCH_KEYS_MAX} keys in one request, found ${keys.length}.`,
    );
  }
  return keys;
}
