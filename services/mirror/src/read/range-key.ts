import { checkJson } from '@quicksilver/codec/json-text';
import { AppError } from '@quicksilver/common/errors/app-error';

import type { TopicView } from '../query/topic-view.ts';

type Index = NonNullable<TopicView['range']>;
type Scalar = Parameters<Index['orderOf']>[0];

/** The key of a range: a key of the topic, or a value of its range key. */
export interface RangeKey {
  /** The partition that has the whole range. Undefined if each partition has a part. */
  readonly partition: number | undefined;
  /** The stored key, one character for each byte. Undefined if the places contain it. */
  readonly storedKey: string | undefined;
  /** The prefix of all places of the range. */
  readonly scope: Buffer;
}

/** Throws `AppError('BAD_KEY')`. */
export function rangeKeyOf(
  view: TopicView,
  index: Index,
  key: string,
  isKeyJson: boolean,
): RangeKey {
  if (index.key === undefined) {
    const bytes = isKeyJson ? keyOfJson(view, key) : view.keyCodec.fromText(key);
    const stored = view.keyEncoding.encode(bytes);
    if (stored === undefined) {
      throw new AppError('BAD_KEY', `The key ${key} is not of type ${view.keyCodec.type}.`);
    }
    return {
      scope: index.scopeOfKey(stored),
      partition: view.partitionOf(bytes),
      storedKey: stored.toString('latin1'),
    };
  }
  const scalar = isKeyJson ? scalarOfJson(key) : scalarOfText(key);
  const scope = scalar && index.scopeOfScalar(scalar);
  if (scope === undefined) {
    throw new AppError('BAD_KEY', `Expected text, a number, true or false as key. Got: ${key}`);
  }
  return { scope, partition: undefined, storedKey: undefined };
}

function keyOfJson(view: TopicView, key: string): Buffer {
  try {
    checkJson(key);
    return view.keyCodec.fromJson(key);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new AppError('BAD_KEY', why, { cause: error });
  }
}

function scalarOfJson(json: string): Scalar | undefined {
  let value: unknown;
  try {
    value = checkJson(json);
  } catch {
    return undefined;
  }
  switch (typeof value) {
    case 'string':
      return { type: 'string', text: value };
    case 'number':
      return { type: 'number', text: json.trim() };
    case 'boolean':
      return { type: 'boolean', text: String(value) };
    default:
      return undefined;
  }
}

/** Anything but a number or a boolean is text. */
function scalarOfText(text: string): Scalar {
  const scalar = /^(?:-?\d\S*|true|false)$/.test(text) ? scalarOfJson(text) : undefined;
  return scalar ?? { type: 'string', text };
}
