import { checkJson, decodeUtf8, splitArray } from '@quicksilver/common/codec/json-text';
import { AppError } from '@quicksilver/common/errors/app-error';
import { BATCH_KEYS_MAX } from '@quicksilver/common/mirror-api/contract';

import type { TopicView } from '../query/topic-view.ts';

export interface BatchKey {
  /** The key itself where the topic's keys are text: values read lately are found by it. */
  readonly text: string | undefined;
  /** The record's key. */
  readonly bytes: () => Buffer;
  /** As it is passed on to another replica. */
  readonly json: () => string;
}

/** The keys of a batch request, in order. Throws `AppError` for anything but 1 to 500 keys. */
export function readBatchKeys(view: TopicView, body: unknown): BatchKey[] {
  if (!Buffer.isBuffer(body) || body.length === 0) {
    throw new AppError('BODY_REQUIRED', 'Expected a JSON array of keys as body, found none.');
  }
  const text = decodeUtf8(body);
  const parsed = checkJson(text);
  if (!Array.isArray(parsed)) {
    throw new AppError('BAD_REQUEST', 'Expected a JSON array of keys, found another JSON value.');
  }
  checkCount(parsed.length);
  if (view.keyCodec.type === 'STRING' && parsed.every((key) => typeof key === 'string')) {
    return parsed.map((key: string) => ({
      text: key,
      bytes: () => Buffer.from(key),
      json: () => JSON.stringify(key),
    }));
  }
  // From the text and not from what was parsed: there a long number has lost its digits.
  return (splitArray(text) ?? []).map((json, index) => {
    const bytes = keyOf(view, json, index);
    return { text: undefined, bytes: () => bytes, json: () => json };
  });
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
