import type { DataType } from '@quicksilver/codec/codec';
import { codecFor } from '@quicksilver/codec/codecs';
import { changeOf, connectDocument } from '@quicksilver/codec/debezium/envelope';
import { rowKeyOf } from '@quicksilver/codec/debezium/row-key';

import { parseExact, readTexts, type ReadFormat } from './read-json.ts';

/**
 * The types that fit the only column of a primary key. Whole numbers are `long`, which has those of
 * all columns.
 */
const COLUMN_TYPES = ['LONG', 'DOUBLE', 'STRING'] as const;

/** A sample of change events, or of their keys. */
export type ReadEvents = Omit<ReadFormat, 'isChange'>;

/** The row after each event: null if it is removed, undefined if the event has no row. */
export async function readRows(events: ReadEvents): Promise<readonly unknown[]> {
  const texts = await readTexts({ ...events, isChange: true });
  return texts.map((text) => {
    const change = text === undefined || text === null ? undefined : changeOf(text);
    return text === null || change?.kind === 'delete'
      ? null
      : change?.kind === 'upsert'
        ? parseExact(change.json)
        : undefined;
  });
}

/** The Connect schema of the newest event in JSON that has one. */
export async function connectSchema(events: ReadEvents): Promise<unknown> {
  const texts = await readTexts(events);
  const schemas = texts.flatMap((text) =>
    typeof text === 'string' && changeOf(text).kind === 'upsert'
      ? (connectDocument(text).schema ?? [])
      : [],
  );
  const newest = schemas.at(-1);
  return newest === undefined ? undefined : JSON.parse(newest);
}

/** The key of the row of each event. Undefined if it does not fit the type. */
export async function readRowKeys(
  keys: ReadEvents,
  keyType: DataType,
): Promise<readonly unknown[]> {
  const texts = await readTexts({ ...keys, isChange: true });
  return texts.map((text) => {
    const bytes = text === null || text === undefined ? undefined : rowKey(text, keyType);
    return bytes && parseExact(codecFor(keyType).toJson(bytes).toString('utf8'));
  });
}

/** The narrowest type that all keys of rows have. */
export async function rowKeyType(keys: ReadEvents): Promise<'LONG' | 'DOUBLE' | 'STRING' | 'JSON'> {
  const texts = await readTexts({ ...keys, isChange: true });
  const all = texts.filter((text) => typeof text === 'string');
  const fitting = COLUMN_TYPES.find((type) => all.every((text) => rowKey(text, type)));
  return all.length === 0 ? 'JSON' : (fitting ?? 'JSON');
}

function rowKey(text: string, type: DataType): Buffer | undefined {
  try {
    return rowKeyOf(text, type);
  } catch {
    return undefined;
  }
}
