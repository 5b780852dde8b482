import { expect, test } from 'vitest';

import { changesOf, toTopicSpec } from './topic-spec.ts';

const FACTS = {
  defaults: { partitions: 3, replicationFactor: 1 },
  hasRange: false,
  kafkaTopic: undefined,
  schema: undefined,
};
const TYPES = { key: 'STRING', value: 'JSON' } as const;

test('I-W5: an immutable topic keeps every record, for the first of a key is the one that counts', () => {
  const { configs, writeType } = toTopicSpec('t', { ...TYPES, immutable: true }, FACTS);
  expect(writeType).toBe('IMMUTABLE');
  expect(configs).toEqual({ 'cleanup.policy': 'delete', 'retention.ms': '-1' });
});

test.each(['compact', 'compact,delete'])(
  'I-W5: an immutable topic is not made with cleanup.policy=%s',
  (policy) => {
    const configs = { 'cleanup.policy': policy };
    expect(() => toTopicSpec('t', { ...TYPES, immutable: true, configs }, FACTS)).toThrow(
      /^Topic t is invalid: configs: cleanup\.policy: compaction would drop records of an immutable/,
    );
    expect(toTopicSpec('t', { ...TYPES, configs }, FACTS).configs).toMatchObject(configs);
  },
);

const EVENTS = {
  key: 'long',
  value: { format: 'avro', envelope: 'debezium' },
  register: true,
} as const;

test('an envelope is in the spec beside the type of the values, and cannot change', () => {
  const facts = { ...FACTS, kafkaTopic: { partitions: 1 } };
  const spec = toTopicSpec('t', EVENTS, facts);
  expect(spec).toMatchObject({ valueType: 'AVRO', envelope: 'debezium', isRegistered: true });
  const plain = toTopicSpec('t', { ...EVENTS, value: 'avro' }, facts);
  expect(plain).not.toHaveProperty('envelope');
  expect(changesOf(plain, EVENTS, spec)).toEqual(['value (none to debezium)']);
  expect(changesOf(spec, EVENTS, spec)).toEqual([]);
});
