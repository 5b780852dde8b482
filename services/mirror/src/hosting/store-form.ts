import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';

import type { RangeIndex } from '../store/ports.ts';
import type { Versions } from '../store/version-writes.ts';

/** Everything but the records that determines the stored JSON. */
export function valuesText({ valueType, recordNames = false, envelope }: TopicEntry): string {
  const names = recordNames ? ' with record names' : '';
  return `${valueType}${names}${envelope === undefined ? '' : ` in ${envelope}`}`;
}

/** The form of stored keys, if it has changed. */
export function keysText(keyType: TopicEntry['keyType']): string {
  return keyType === 'JSON' ? ' by canonical keys' : '';
}

export function versionsOf(range: RangeIndex | undefined): Versions | undefined {
  if (range === undefined) {
    return undefined;
  }
  return range.key === undefined ? 'of-key' : 'of-range-key';
}
