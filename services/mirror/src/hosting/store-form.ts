import { isPlain } from '@quicksilver/codec/registry/value-readers';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';

import type { RangeIndex } from '../store/ports.ts';
import type { Versions } from '../store/version-writes.ts';

/** Everything but the records and the type of keys that determines what is stored. */
export function recordsText(entry: TopicEntry): string {
  return `${valuesText(entry)}${keysText(entry)}`;
}

function valuesText({ valueType, recordNames = false, envelope }: TopicEntry): string {
  const names = recordNames ? ' with record names' : '';
  return `${valueType}${names}${envelope === undefined ? '' : ` in ${envelope}`}`;
}

/** What decides which keys are stored, as far as it has changed. */
function keysText({ keyType, keyFormat, keySchema }: TopicEntry): string {
  const format =
    keyFormat === undefined ? '' : ` of ${keyFormat} ${JSON.stringify(keySchema ?? {})}`;
  return keyType === 'JSON' ? ` by canonical keys${format}` : format;
}

/** Whether records are read with schemas of the schema registry. */
export function needsSchemas({ keyFormat, valueType }: TopicEntry): boolean {
  return keyFormat !== undefined || !isPlain(valueType);
}

export function versionsOf(range: RangeIndex | undefined): Versions | undefined {
  if (range === undefined) {
    return undefined;
  }
  return range.key === undefined ? 'of-key' : 'of-range-key';
}
