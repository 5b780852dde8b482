import { MemoryKafka } from '@quicksilver/testkit/memory-kafka';
import { expect, test } from 'vitest';

import { createRegisteredTopics } from './create-registered-topics.ts';

test('topics that a project registers are created if they are missing, and no other topics', async () => {
  const kafka = new MemoryKafka();
  kafka.create({ topic: 'events', partitions: 7, replicationFactor: 1 });
  const topic = { key: 'string', value: 'json' } as const;
  const topics = {
    products: topic,
    events: { ...topic, register: true },
    orders: { ...topic, register: true, partitions: 2 },
  };
  const { signal } = new AbortController();
  await createRegisteredTopics({ topics }, kafka, signal);
  const admin = kafka.admin();
  const partitionsOf = async (name: string) => (await admin.describe(name, signal))?.partitions;
  expect(await partitionsOf('products')).toBeUndefined();
  expect(await partitionsOf('events')).toBe(7);
  expect(await partitionsOf('orders')).toBe(2);
});
