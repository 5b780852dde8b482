import type { Codec } from '@quicksilver/codec/codec';
import { keyToJson } from '@quicksilver/codec/codecs';
import { describeError } from '@quicksilver/common/errors/describe';
import type { KafkaRecord } from '@quicksilver/kafka/ports';
import type { ReadKey } from '@quicksilver/codec/registry/key-reader';
import type { ValueReader } from '@quicksilver/codec/registry/schema-values';
import type { Envelope } from '@quicksilver/codec/registry/value-readers';
import { SchemaChangedError } from '@quicksilver/codec/registry/schema-memory';

import type { KeyEncoding } from '../store/key-encoding.ts';
import type { StoreOp } from '../store/ports.ts';

/** How the records of one topic are read. */
export interface RecordTypes {
  readonly keyCodec: Codec;
  readonly keyEncoding: KeyEncoding;
  readonly valueCodec: ValueReader;
  /** Whether the bytes of keys name a schema. Then `readKey` must be set. */
  readonly hasKeySchemas?: boolean;
  readonly readKey?: ReadKey | undefined;
  /** What the values are wrapped in. `valueCodec` then reads the keys too. */
  readonly envelope?: Envelope | undefined;
  /** The number of the topic's partitions, for truncations. One if it is left out. */
  readonly partitions?: () => number;
  /** True if the first record of a key stays forever. */
  readonly isImmutable?: boolean;
}

export type PoisonReason =
  | 'NULL_KEY'
  | 'BAD_KEY'
  | 'BAD_VALUE'
  /** The id of its schema refers to another schema than before. */
  | 'SCHEMA_CHANGED'
  | 'IMMUTABLE_DELETE'
  | 'TRUNCATE'
  | 'BATCH_TOO_LARGE';

/** A record that no retry can apply. It is listed and skipped. */
export interface Poison {
  readonly reason: PoisonReason;
  readonly detail: string;
}

/**
 * The operation of a record on the store: a write, a removal if the value is null, or `undefined`
 * without key and value. Otherwise the reason why it cannot be read. An empty value is no removal.
 * Pure, and never throws, because one record must not stop its partition.
 */
export function recordToOp(record: KafkaRecord, types: RecordTypes): StoreOp | Poison | undefined {
  if (record.unreadable !== undefined) {
    return { reason: 'BATCH_TOO_LARGE', detail: record.unreadable };
  }
  if (record.key === null) {
    return record.value === null
      ? undefined
      : { reason: 'NULL_KEY', detail: 'The record has a value but no key.' };
  }
  const key = encodeKey(record.key, types);
  if (!Buffer.isBuffer(key)) {
    return key;
  }
  if (record.value === null) {
    if (types.isImmutable === true) {
      return { reason: 'IMMUTABLE_DELETE', detail: 'Keys of immutable topics cannot be removed.' };
    }
    return { key, record: undefined };
  }
  try {
    const json = types.valueCodec.toJson(record.value, record.schemaHeader);
    return { key, record: { offset: record.offset, timestamp: record.timestamp, json } };
  } catch (error) {
    const reason = error instanceof SchemaChangedError ? 'SCHEMA_CHANGED' : 'BAD_VALUE';
    return { reason, detail: describeError(error) };
  }
}

/** Types with bytes of the right form that are no key, such as infinity or broken JSON. */
const DISGUISED: ReadonlySet<Codec['type']> = new Set(['DOUBLE', 'FLOAT', 'JSON']);

export function isPoison(outcome: StoreOp | Poison): outcome is Poison {
  return 'reason' in outcome;
}

function encodeKey(bytes: Buffer, { keyCodec, keyEncoding }: RecordTypes): Buffer | Poison {
  if (DISGUISED.has(keyCodec.type)) {
    try {
      keyToJson(keyCodec.type, bytes);
    } catch (error) {
      return { reason: 'BAD_KEY', detail: describeError(error) };
    }
  }
  const key = keyEncoding.encode(bytes);
  return key ?? { reason: 'BAD_KEY', detail: `The key's bytes are not of type ${keyCodec.type}.` };
}
