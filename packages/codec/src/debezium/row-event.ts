import { AppError } from '@quicksilver/common/errors/app-error';
import { describeError } from '@quicksilver/common/errors/describe';

import type { DataType } from '../codec.ts';
import { codecFor } from '../codecs.ts';
import type { ValueReader } from '../registry/schema-values.ts';
import { SchemaChangedError } from '../registry/schema-memory.ts';
import type { SchemaHeader } from '../schema-header.ts';
import { type Bystander, type Change, changeOf } from './envelope.ts';
import { rowKeyOf } from './row-key.ts';

/** A record of a topic with change events. Null is Kafka's null. */
export interface ChangeRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly schemaHeader?: SchemaHeader;
  /** As `schemaHeader`, of the key. */
  readonly keySchemaHeader?: SchemaHeader;
}

export interface RowTypes {
  /** The type of the row's key. */
  readonly keyType: DataType;
  /** Reads the values, and also the keys that name a schema of the registry. */
  readonly reader: ValueReader;
}

/** The meaning of a record for the rows of its table. The bytes of a key are those of `keyType`. */
export type RowEvent =
  | { readonly kind: 'upsert'; readonly key: Buffer; readonly json: Buffer }
  /** `isTombstone`: Kafka's own removal, which follows the change event of a removed row. */
  | { readonly kind: 'delete'; readonly key: Buffer; readonly isTombstone: boolean }
  /** All rows of the table are removed. */
  | { readonly kind: 'truncate' }
  | { readonly kind: 'ignore'; readonly what: Bystander | 'empty' }
  | {
      readonly kind: 'poison';
      readonly reason: 'NULL_KEY' | 'BAD_KEY' | 'BAD_VALUE' | 'SCHEMA_CHANGED';
      readonly detail: string;
      /** Undefined if the key cannot be read. */
      readonly key: Buffer | undefined;
    };

interface Unread {
  readonly kind: 'invalid';
  readonly reason: 'BAD_VALUE' | 'SCHEMA_CHANGED';
  readonly detail: string;
}

/** Pure, and never throws, because one record must not stop its partition. */
export function rowEventOf(record: ChangeRecord, types: RowTypes): RowEvent {
  const { key, value, schemaHeader, keySchemaHeader } = record;
  if (key === null && value === null) {
    return { kind: 'ignore', what: 'empty' };
  }
  const change = value === null ? undefined : changeIn(value, schemaHeader, types.reader);
  if (change?.kind === 'truncate') {
    return change;
  }
  if (change?.kind === 'ignore') {
    return change;
  }
  if (key === null) {
    const detail =
      change?.kind === 'invalid'
        ? change.detail
        : 'The change event has no key. Its table has no primary key: set message.key.columns of the connector.';
    return { kind: 'poison', reason: 'NULL_KEY', detail, key: undefined };
  }
  const rowKey = keyIn(key, keySchemaHeader, types);
  if (rowKey instanceof AppError) {
    return { kind: 'poison', reason: 'BAD_KEY', detail: rowKey.message, key: undefined };
  }
  switch (change?.kind) {
    case undefined:
      return { kind: 'delete', key: rowKey, isTombstone: true };
    case 'delete':
      return { kind: 'delete', key: rowKey, isTombstone: false };
    case 'upsert':
      return { kind: 'upsert', key: rowKey, json: Buffer.from(change.json) };
    case 'invalid':
      return { kind: 'poison', reason: change.reason, detail: change.detail, key: rowKey };
  }
}

function changeIn(
  value: Buffer,
  schemaHeader: SchemaHeader | undefined,
  reader: ValueReader,
): Exclude<Change, { kind: 'invalid' }> | Unread {
  try {
    const change = changeOf(reader.toJson(value, schemaHeader).toString('utf8'));
    return change.kind === 'invalid' ? { ...change, reason: 'BAD_VALUE' } : change;
  } catch (error) {
    const reason = error instanceof SchemaChangedError ? 'SCHEMA_CHANGED' : 'BAD_VALUE';
    return { kind: 'invalid', detail: describeError(error), reason };
  }
}

/** The first byte of a value that names a schema. No JSON starts with it. */
const SCHEMA_MARK = 0;

/** The converters of keys and values may differ. */
function keyIn(
  key: Buffer,
  schemaHeader: SchemaHeader | undefined,
  { keyType, reader }: RowTypes,
): Buffer | AppError {
  try {
    const hasSchema = schemaHeader !== undefined || key[0] === SCHEMA_MARK;
    const json = hasSchema ? reader.toJson(key, schemaHeader) : codecFor('JSON').toJson(key);
    return rowKeyOf(json.toString('utf8'), keyType);
  } catch (error) {
    return error instanceof AppError
      ? error
      : new AppError('TYPE_MISMATCH', describeError(error), { cause: error });
  }
}
