import { mismatch } from '@quicksilver/codec/codec-errors';
import { codecFor } from '@quicksilver/codec/codecs';
import { keyCodecFor } from '@quicksilver/codec/key-codec';
import { excerpt, jsonKind } from '@quicksilver/codec/excerpt';
import { checkJson, decodeUtf8, splitArray, splitObject } from '@quicksilver/codec/json-text';
import { AppError } from '@quicksilver/common/errors/app-error';
import { isPlain } from '@quicksilver/codec/registry/value-readers';
import type { ValueWriter } from '@quicksilver/codec/registry/value-writers';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';

import { requireKeyType } from './conforming-keys.ts';

export interface DecodedRecord {
  readonly key: Buffer;
  readonly value: Buffer;
}

export interface RecordLimits {
  readonly keyBytesMax: number;
  readonly valueBytesMax: number;
  readonly itemsMax: number;
}

/** The validated JSON text of a body. Throws `AppError` if the body is missing or invalid. */
export function bodyText(body: unknown): string {
  if (!Buffer.isBuffer(body) || body.length === 0) {
    throw new AppError('BODY_REQUIRED', 'Expected a JSON body, found none.');
  }
  const text = decodeUtf8(body);
  checkJson(text);
  return text;
}

/** The elements if the validated text is an array, else undefined. */
export function itemsOf(text: string, limits: RecordLimits): string[] | undefined {
  const items = splitArray(text);
  if (items?.length === 0) {
    throw new AppError('EMPTY_BATCH', 'Expected at least one item, found an empty array.');
  }
  if (items !== undefined && items.length > limits.itemsMax) {
    throw new AppError(
      'TOO_MANY_ITEMS',
      `Expected at most ${limits.itemsMax} items, found ${items.length}. Send several requests, or NDJSON.`,
    );
  }
  return items;
}

/**
 * Encodes one validated `{"key": …, "value": …}` as a record. As in bakdata Quick, other members
 * are ignored. A repeated `key` or `value` is rejected because it is ambiguous. `values` writes the
 * value if its schema is in the schema registry.
 */
export function decodePair(
  text: string,
  topic: TopicEntry,
  limits: RecordLimits,
  values: ValueWriter = plainValues(topic),
): DecodedRecord {
  const members = splitObject(text);
  if (members === undefined) {
    throw new AppError(
      'BAD_REQUEST',
      `Expected key-value object or list of key-value objects. Got: ${jsonKind(text)}`,
    );
  }
  let key: string | undefined;
  let value: string | undefined;
  for (const member of members) {
    if (member.name === 'key') {
      key = once(key, member.value, 'key');
    } else if (member.name === 'value') {
      value = once(value, member.value, 'value');
    }
  }
  if (key === undefined || value === undefined) {
    throw new AppError(
      key === undefined ? 'KEY_REQUIRED' : 'VALUE_REQUIRED',
      `Could not find 'key' or 'value' fields in: ${excerpt(text)}`,
    );
  }
  if (topic.keySchema !== undefined && key !== 'null') {
    requireTypeOfKey(key, topic.keySchema);
  }
  return { key: decodeKey(key, topic, limits), value: decodeValue(value, values, limits) };
}

/** Only of keys that are written. Others must be removable. */
function requireTypeOfKey(json: string, schema: NonNullable<TopicEntry['keySchema']>): void {
  try {
    requireKeyType(json, schema);
  } catch (error) {
    throw inMember('key', error);
  }
}

/**
 * A key as validated JSON. Null and the empty string are rejected, because they identify no record.
 */
export function decodeKey(json: string, topic: TopicEntry, limits: RecordLimits): Buffer {
  if (json === 'null') {
    throw new AppError('KEY_REQUIRED', 'Expected a key, found null.');
  }
  let bytes: Buffer;
  try {
    if (topic.keyType === 'STRING' && !json.startsWith('"')) {
      throw mismatch('STRING', 'a JSON string', json);
    }
    bytes = keyCodecFor(topic.keyType, topic.keyFormat).fromJson(json);
  } catch (error) {
    throw inMember('key', error);
  }
  return checkKey(bytes, limits);
}

/** A percent-decoded key from a path. */
export function decodePathKey(text: string, topic: TopicEntry, limits: RecordLimits): Buffer {
  return checkKey(keyCodecFor(topic.keyType, topic.keyFormat).fromText(text), limits);
}

function decodeValue(json: string, values: ValueWriter, limits: RecordLimits): Buffer {
  if (json === 'null') {
    throw new AppError(
      'NULL_VALUE',
      'Expected a value, found null. To remove a record use DELETE.',
    );
  }
  let bytes: Buffer;
  try {
    bytes = values.fromJson(json);
  } catch (error) {
    throw inMember('value', error);
  }
  if (bytes.length > limits.valueBytesMax) {
    throw new AppError(
      'VALUE_TOO_LARGE',
      `Expected a value of at most ${limits.valueBytesMax} bytes, found ${bytes.length}.`,
    );
  }
  return bytes;
}

function plainValues({ name, valueType }: TopicEntry): ValueWriter {
  if (!isPlain(valueType)) {
    throw new Error(`topic ${name} is written without the schema of its values`);
  }
  return codecFor(valueType);
}

function checkKey(bytes: Buffer, limits: RecordLimits): Buffer {
  if (bytes.length === 0) {
    throw new AppError('KEY_REQUIRED', 'Expected a key, found an empty text.');
  }
  if (bytes.length > limits.keyBytesMax) {
    throw new AppError(
      'KEY_TOO_LARGE',
      `Expected a key of at most ${limits.keyBytesMax} bytes, found ${bytes.length}.`,
    );
  }
  return bytes;
}

function once(before: string | undefined, text: string, name: string): string {
  if (before !== undefined) {
    throw new AppError('BAD_REQUEST', `Expected the member ${name} once, found it twice.`);
  }
  return text;
}

function inMember(member: 'key' | 'value', error: unknown): unknown {
  if (!(error instanceof AppError)) {
    return error;
  }
  const { code, message } = error;
  const what = code === 'SCHEMA_MISMATCH' ? 'Data does not conform to schema: ' : '';
  return new AppError(code, `${what}${message.replace(/\.$/, '')}, in the member ${member}.`, {
    cause: error,
    extra: error.extra,
  });
}
