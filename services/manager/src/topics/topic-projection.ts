import { isDeepStrictEqual } from 'node:util';

import { isSchemaFormat } from '@quicksilver/codec/codec';
import type { ValueSchema } from '@quicksilver/codec/conformance/value-schema';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';
import type { Resource } from '@quicksilver/resources/kinds';
import type { TypeReference } from '@quicksilver/resources/topic';

import { valueSchemaOf } from './value-schema-of.ts';

/**
 * The registry entry of a topic, with the number of partitions in its spec. For the data plane, a
 * value with a schema is a JSON document of a certain type.
 */
export function entryOf({ name, spec }: Resource<'topic'>): TopicEntry {
  return {
    name,
    ...keysOf(spec),
    valueType: spec.valueType === 'SCHEMA' ? 'JSON' : spec.valueType,
    ...(spec.recordNames === undefined ? {} : { recordNames: spec.recordNames }),
    ...(spec.envelope === undefined ? {} : { envelope: spec.envelope }),
    ...(spec.valueSubjects === undefined ? {} : { valueSubjects: spec.valueSubjects }),
    ...schemaOf(spec),
    writeType: spec.writeType,
    partitions: spec.partitions,
    ...(spec.partitioner === undefined || spec.partitioner === 'unknown'
      ? {}
      : { partitioner: spec.partitioner }),
  };
}

export function isSameEntry(a: TopicEntry, b: TopicEntry): boolean {
  return (
    a.name === b.name &&
    a.keyType === b.keyType &&
    a.keyFormat === b.keyFormat &&
    isDeepStrictEqual(a.keySubjects, b.keySubjects) &&
    isDeepStrictEqual(a.valueSubjects, b.valueSubjects) &&
    a.valueType === b.valueType &&
    a.recordNames === b.recordNames &&
    a.envelope === b.envelope &&
    isDeepStrictEqual(a.keySchema, b.keySchema) &&
    isDeepStrictEqual(a.valueSchema, b.valueSchema) &&
    a.writeType === b.writeType &&
    a.partitions === b.partitions &&
    a.partitioner === b.partitioner
  );
}

type TopicSpec = Resource<'topic'>['spec'];

function keysOf({ keyType, keyForm, keySubjects }: TopicSpec): EntryOfKeys {
  if (!isSchemaFormat(keyType)) {
    return { keyType: keyType === 'SCHEMA' ? 'JSON' : keyType };
  }
  return {
    keyType: keyForm?.keyType ?? 'JSON',
    keyFormat: keyType,
    ...(keyForm?.keySchema === undefined ? {} : { keySchema: keyForm.keySchema }),
    ...(keySubjects === undefined ? {} : { keySubjects }),
  };
}

type EntryOfKeys = Pick<TopicEntry, 'keyType' | 'keyFormat' | 'keySchema' | 'keySubjects'>;

/** By spec, because entries are compared at each reconciliation. */
const SCHEMAS = new WeakMap<TopicSpec, Pick<TopicEntry, 'keySchema' | 'valueSchema'>>();

function schemaOf(spec: TopicSpec): Pick<TopicEntry, 'keySchema' | 'valueSchema'> {
  const known = SCHEMAS.get(spec) ?? {
    ...typed('keySchema', spec.keySdl, spec.keySchema),
    ...typed('valueSchema', spec.schema, spec.valueSchema),
  };
  SCHEMAS.set(spec, known);
  return known;
}

function typed<Name extends string>(
  name: Name,
  sdl: string | undefined,
  reference: TypeReference | undefined,
): Partial<Record<Name, ValueSchema>> {
  return sdl === undefined || reference === undefined
    ? {}
    : ({ [name]: valueSchemaOf(sdl, reference.type) } as Record<Name, ValueSchema>);
}
