import { codecFor } from '@quicksilver/codec/codecs';
import { rowEventOf } from '@quicksilver/codec/debezium/row-event';
import type { ReadKey } from '@quicksilver/codec/registry/key-reader';
import type { ValueReader } from '@quicksilver/codec/registry/schema-values';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';
import type { KafkaRecord } from '@quicksilver/kafka/ports';

/** Records of a topic, and the reader of their values. */
export interface ReadableRecords {
  readonly records: readonly KafkaRecord[];
  readonly values: ValueReader;
}

export interface RecordReaders {
  readonly reader: ValueReader;
  /** Undefined if the bytes of keys need no schema. */
  readonly readKey: ReadKey | undefined;
}

/**
 * The records of the rows in change events, with the keys and the values of the rows. Without an
 * envelope the records stay as they are, with keys that have no schema. Kafka's tombstone follows
 * the change event of a removed row, so it is no event. A truncation is none either, because it
 * names no row. `onPoison` is called for each record that cannot be read.
 */
export function rowRecords(
  { keyType, envelope }: TopicEntry,
  records: readonly KafkaRecord[],
  { reader, readKey }: RecordReaders,
  onPoison: () => void,
): ReadableRecords {
  if (envelope === undefined) {
    return {
      records: readKey === undefined ? records : withKeys(records, readKey, onPoison),
      values: reader,
    };
  }
  const rows: KafkaRecord[] = [];
  for (const record of records) {
    const event = rowEventOf(record, { keyType, reader });
    if (event.kind === 'poison') {
      onPoison();
    } else if (event.kind === 'upsert') {
      rows.push({ ...record, key: event.key, value: event.json });
    } else if (event.kind === 'delete' && !event.isTombstone) {
      rows.push({ ...record, key: event.key, value: null });
    }
  }
  return { records: rows, values: codecFor('JSON') };
}

function withKeys(
  records: readonly KafkaRecord[],
  readKey: ReadKey,
  onPoison: () => void,
): readonly KafkaRecord[] {
  return records.flatMap((record) => {
    if (record.key === null) {
      return [];
    }
    try {
      return [{ ...record, key: readKey(record.key, record.keySchemaHeader) }];
    } catch {
      // As in the mirror, which lists the record with the reason.
      onPoison();
      return [];
    }
  });
}
