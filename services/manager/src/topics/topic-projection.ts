import type { Resource } from '@quicksilver/resources/kinds';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';

/**
 * The registry entry of a topic, with the number of partitions in its spec. For the data plane, a
 * value with a schema is a JSON document.
 */
export function entryOf({ name, spec }: Resource<'topic'>): TopicEntry {
  return {
    name,
    keyType: spec.keyType === 'SCHEMA' ? 'JSON' : spec.keyType,
    valueType: spec.valueType === 'SCHEMA' ? 'JSON' : spec.valueType,
    ...(spec.recordNames === undefined ? {} : { recordNames: spec.recordNames }),
    writeType: spec.writeType,
    partitions: spec.partitions,
  };
}

export function isSameEntry(a: TopicEntry, b: TopicEntry): boolean {
  return (
    a.name === b.name &&
    a.keyType === b.keyType &&
    a.valueType === b.valueType &&
    a.recordNames === b.recordNames &&
    a.writeType === b.writeType &&
    a.partitions === b.partitions
  );
}
