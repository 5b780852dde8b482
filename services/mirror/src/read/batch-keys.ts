import { AppError } from '@quicksilver/common/errors/app-error';
import type { BatchKeys } from '@quicksilver/contracts/mirror-api/batch-query';

import type { TopicView } from '../query/topic-view.ts';

/** The keys of a batch by index. */
export interface KeyList {
  readonly length: number;
  /** The keys as text if the topic has text keys. The value cache finds them by it. */
  readonly texts: readonly string[] | undefined;
  /** The record's key. */
  readonly bytesAt: (index: number) => Buffer;
  readonly jsonAt: (index: number) => string;
}

/** Throws `AppError` if a key does not have the topic's key type. */
export function keyListOf(view: TopicView, { texts, jsons = [] }: BatchKeys): KeyList {
  if (texts !== undefined) {
    return {
      length: texts.length,
      texts,
      bytesAt: (index) => Buffer.from(at(texts, index)),
      jsonAt: (index) => JSON.stringify(at(texts, index)),
    };
  }
  const bytes = jsons.map((json, index) => keyOf(view, json, index));
  return {
    length: bytes.length,
    texts: undefined,
    bytesAt: (index) => at(bytes, index),
    jsonAt: (index) => at(jsons, index),
  };
}

/** Of keys in the form of a URL. Throws `AppError` if one does not have the topic's key type. */
export function keyListOfUrl({ keyCodec }: TopicView, keys: readonly string[]): KeyList {
  const bytes = keys.map((key) => keyCodec.fromText(key));
  return {
    length: bytes.length,
    texts: undefined,
    bytesAt: (index) => at(bytes, index),
    jsonAt: (index) => keyCodec.toJson(at(bytes, index)).toString('utf8'),
  };
}

export function allBytes(keys: KeyList): Buffer[] {
  return Array.from({ length: keys.length }, (_, index) => keys.bytesAt(index));
}

function at<T>(list: readonly T[], index: number): T {
  const element = list[index];
  if (element === undefined) {
    throw new RangeError(`No element ${index} among ${list.length}`);
  }
  return element;
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
