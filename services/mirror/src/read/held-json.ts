import { splitArray, splitObject } from '@quicksilver/codec/json-text';

import { currentOf, type HeldRecord } from '../query/current-record.ts';
import { octetsOfText, type Octets } from '../query/octets.ts';

/** Kafka's value for a record without a timestamp. */
const NO_TIME = -1n;

/** The records of one key as `KeyPlaceForm`. */
export function printLocations(records: readonly HeldRecord[]): Octets {
  const read = records.filter(({ isUnread }) => isUnread !== true);
  return `[${read.map((record) => `{${recordMembers(record)}}`).join(',')}]`;
}

/** The records of one key, for another replica. Only the current record has its value. */
export function printHeld(
  records: readonly HeldRecord[],
  isImmutable: boolean,
  hasValues: boolean,
): Octets {
  const current = hasValues ? currentOf(records, isImmutable) : undefined;
  const texts = records.map((record) => {
    const { removedAt, json } = record;
    const removed = removedAt === undefined ? '' : `,"removedAt":${removedAt}`;
    const value = record === current && json !== undefined ? `,"value":${json}` : '';
    return `{${recordMembers(record)}${removed}${value}}`;
  });
  return `[${texts.join(',')}]`;
}

/** Undefined for anything that `printHeld` did not print. */
export function parseHeld(text: string): HeldRecord[] | undefined {
  const records = (splitArray(text) ?? []).map(parseRecord);
  return records.every((record) => record !== undefined) ? records : undefined;
}

function recordMembers({ partition, offset, timestamp, isRemoval, isUnread }: HeldRecord): Octets {
  const time = timestamp === NO_TIME ? 'null' : String(timestamp);
  const removed = isRemoval ? ',"removed":true' : '';
  const unread = isUnread === true ? ',"unread":true' : '';
  return `"partition":${partition},"offset":"${offset}","timestamp":${time}${removed}${unread}`;
}

function parseRecord(text: string): HeldRecord | undefined {
  const members = new Map(splitObject(text)?.map(({ name, value }) => [name, value]));
  const partition = numberOf(members.get('partition'));
  const offset = numberOf(members.get('offset')?.slice(1, -1));
  const timestamp = numberOf(members.get('timestamp')?.replace('null', String(NO_TIME)));
  if (partition === undefined || offset === undefined || timestamp === undefined) {
    return undefined;
  }
  const value = members.get('value');
  return {
    partition: Number(partition),
    offset,
    timestamp,
    json: value === undefined ? undefined : octetsOfText(value),
    isRemoval: members.get('removed') === 'true',
    removedAt: numberOf(members.get('removedAt')),
    ...(members.get('unread') === 'true' ? { isUnread: true } : {}),
  };
}

function numberOf(text: string | undefined): bigint | undefined {
  return text !== undefined && /^-?\d{1,19}$/.test(text) ? BigInt(text) : undefined;
}
