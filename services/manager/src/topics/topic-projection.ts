import type { Resource } from '@quicksilver/contracts/control/resource';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';

/**
 * What the data plane is told of a topic, with the partitions that it was created with. A value
 * described by a schema is a JSON document there.
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
