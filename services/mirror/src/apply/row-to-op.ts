import { SchemaChangedError } from '@quicksilver/codec/registry/schema-memory';
import { describeError } from '@quicksilver/common/errors/describe';
import { rowEventOf } from '@quicksilver/codec/debezium/row-event';
import type { KafkaRecord } from '@quicksilver/kafka/ports';

import type { StoreOp } from '../store/ports.ts';
import { recordToOp, type Poison, type RecordTypes } from './record-to-op.ts';

/** All records of the partition are removed. */
export interface Truncation {
  readonly isTruncation: true;
}

/** A change event as a record of its row. */
export interface RowOp {
  /** With the key of the row, if it can be read. */
  readonly record: KafkaRecord;
  /** Undefined if the record says nothing about rows. */
  readonly outcome: StoreOp | Poison | Truncation | undefined;
}

const TRUNCATION: Truncation = { isTruncation: true };
const IMMUTABLE: Poison = {
  reason: 'IMMUTABLE_DELETE',
  detail: 'Keys of immutable topics cannot be removed.',
};

/** Reads a record of any topic. The key of the result has no schema. */
export function readRecord(record: KafkaRecord, types: RecordTypes): RowOp {
  if (types.envelope !== undefined) {
    return rowToOp(record, types);
  }
  if (types.hasKeySchemas !== true || record.key === null || record.unreadable !== undefined) {
    return { record, outcome: recordToOp(record, types) };
  }
  const { keySchemaHeader, key: named } = record;
  try {
    const key = types.readKey?.(named, keySchemaHeader) ?? named;
    const keyed = { ...record, key };
    return { record: keyed, outcome: recordToOp(keyed, types) };
  } catch (error) {
    const reason = error instanceof SchemaChangedError ? 'SCHEMA_CHANGED' : 'BAD_KEY';
    return { record, outcome: { reason, detail: describeError(error) } };
  }
}

/** Whether the key and the value of a record are those of its row. */
export function isRow({ envelope, hasKeySchemas }: RecordTypes): boolean {
  return envelope === undefined && hasKeySchemas !== true;
}

/** As `recordToOp`, for a topic whose values are change events. Pure, and never throws. */
export function rowToOp(record: KafkaRecord, types: RecordTypes): RowOp {
  if (record.unreadable !== undefined) {
    return { record, outcome: { reason: 'BATCH_TOO_LARGE', detail: record.unreadable } };
  }
  const { keyCodec, valueCodec: reader, isImmutable = false } = types;
  const event = rowEventOf(record, { keyType: keyCodec.type, reader });
  switch (event.kind) {
    case 'ignore':
      return { record, outcome: undefined };
    case 'truncate':
      return { record, outcome: isImmutable ? IMMUTABLE : truncationIn(types.partitions?.() ?? 1) };
    case 'poison': {
      const { reason, detail, key = record.key } = event;
      return { record: { ...record, key }, outcome: { reason, detail } };
    }
    case 'delete':
      return rowOp(record, event.key, isImmutable ? IMMUTABLE : undefined, types);
    case 'upsert': {
      const { offset, timestamp } = record;
      return rowOp(record, event.key, { offset, timestamp, json: event.json }, types);
    }
  }
}

/** A truncation has no order with the records of other partitions, so there must be none. */
function truncationIn(partitions: number): Truncation | Poison {
  return partitions === 1
    ? TRUNCATION
    : {
        reason: 'TRUNCATE',
        detail: `The table was truncated, but its topic has ${partitions} partitions, and Kafka does not order a truncation with the rows of other partitions. All rows stay. Use a topic with one partition.`,
      };
}

export function isTruncation(outcome: StoreOp | Poison | Truncation): outcome is Truncation {
  return 'isTruncation' in outcome;
}

function rowOp(
  record: KafkaRecord,
  rowKey: Buffer,
  change: StoreOp['record'] | Poison,
  { keyCodec, keyEncoding }: RecordTypes,
): RowOp {
  const row = { ...record, key: rowKey };
  if (change !== undefined && 'reason' in change) {
    return { record: row, outcome: change };
  }
  const key = keyEncoding.encode(rowKey);
  if (key === undefined) {
    const detail = `The key's bytes are not of type ${keyCodec.type}.`;
    return { record: row, outcome: { reason: 'BAD_KEY', detail } };
  }
  return { record: row, outcome: { key, record: change } };
}
