import { checkJson, decodeUtf8, splitArray } from '@quicksilver/codec/json-text';
import { AppError } from '@quicksilver/common/errors/app-error';
import { BATCH_KEYS_MAX } from '@quicksilver/contracts/mirror-api/contract';

import type { TopicView } from '../query/topic-view.ts';

export interface BatchKeys {
  readonly length: number;
  /** The keys themselves where the topic's keys are text: values read lately are found by them. */
  readonly texts: readonly string[] | undefined;
  /** The record's key. */
  readonly bytesAt: (index: number) => Buffer;
  /** As it is passed on to another replica. */
  readonly jsonAt: (index: number) => string;
}

/**
 * An array of strings with neither escapes nor white space nor characters beyond ASCII, as most
 * are: it splits at its quotes, in a fraction of the time that a parser takes.
 */
const PLAIN_STRINGS = /^\["[ !#-[\]-~]*"(?:,"[ !#-[\]-~]*")*\]$/;

/** The keys of a batch request, in order. Throws `AppError` for anything but 1 to 500 keys. */
export function readBatchKeys(view: TopicView, body: unknown): BatchKeys {
  if (!Buffer.isBuffer(body) || body.length === 0) {
    throw new AppError('BODY_REQUIRED', 'Expected a JSON array of keys as body, found none.');
  }
  const isText = view.keyCodec.type === 'STRING';
  const plain = isText ? body.toString('latin1') : '';
  if (PLAIN_STRINGS.test(plain)) {
    return textKeys(plain.slice(2, -2).split('","'));
  }
  const text = decodeUtf8(body);
  const parsed = checkJson(text);
  if (!Array.isArray(parsed)) {
    throw new AppError('BAD_REQUEST', 'Expected a JSON array of keys, found another JSON value.');
  }
  if (isText && parsed.every((key) => typeof key === 'string')) {
    return textKeys(parsed);
  }
  checkCount(parsed.length);
  // From the text and not from what was parsed: there a long number has lost its digits.
  const jsons = splitArray(text) ?? [];
  const bytes = jsons.map((json, index) => keyOf(view, json, index));
  return {
    length: bytes.length,
    texts: undefined,
    bytesAt: (index) => at(bytes, index),
    jsonAt: (index) => at(jsons, index),
  };
}

function textKeys(texts: readonly string[]): BatchKeys {
  checkCount(texts.length);
  return {
    length: texts.length,
    texts,
    bytesAt: (index) => Buffer.from(at(texts, index)),
    jsonAt: (index) => JSON.stringify(at(texts, index)),
  };
}

/** The element, where there certainly is one. */
export function at<T>(list: readonly T[], index: number): T {
  const element = list[index];
  if (element === undefined) {
    throw new RangeError(`No element ${index} among ${list.length}`);
  }
  return element;
}

export function checkCount(keys: number): void {
  if (keys === 0) {
    throw new AppError('EMPTY_BATCH', 'Expected at least one key, found none.');
  }
  if (keys > BATCH_KEYS_MAX) {
    throw new AppError(
      'TOO_MANY_ITEMS',
      `Expected at most ${BATCH_KEYS_MAX} keys in one request, found ${keys}.`,
    );
  }
}

function keyOf(view: TopicView, json: string, index: number): Buffer {
  try {
    return view.keyCodec.fromJson(json);
  } catch (error) {
    if (error instanceof AppError) {
      throw new AppError(error.code, `Key ${index} of the batch: ${error.message}`, {
        cause: error,
      });
    }
    throw error;
  }
}
