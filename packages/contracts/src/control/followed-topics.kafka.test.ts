import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { silentLog } from '@quicksilver/testkit/silent-log';
import { afterAll, expect, test } from 'vitest';

import { createKafkaClient } from '@quicksilver/kafka/kafka-client';
import { registerTopic } from '../topics/register-topic.ts';
import type { TopicEntry } from '../topics/topic-entry.ts';
import { TopicRegistry } from '../topics/topic-registry.ts';
import { ServiceDirectory } from './service-directory.ts';
import type { GatewayEntry } from './service-entry.ts';
import { removeService, writeService } from './write-service.ts';

const run = { signal: new AbortController().signal, fail: () => {} };
const DEADLINE_MS = 60_000;

const closing = new AsyncDisposableStack();
const kafka = createKafkaClient('platformatic', {
  bootstrapServers: [testBroker().bootstrapServer],
  clientId: 'followed-topics',
  requestTimeoutMs: 30_000,
  decompressedBytesMax: 67_108_864,
});
const admin = kafka.admin();
const sink = kafka.sink();
closing.defer(() => admin.close());
closing.defer(() => sink.close());
afterAll(() => closing.disposeAsync());

test('the directory follows its topic, and a recreated topic replaces its entries', async () => {
  const topic = uniqueTopic('__services');
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const options = { admin, sink, topic, replicationFactor: 1, signal };
  const entry = (name: string): GatewayEntry => {
    return { kind: 'gateway', name, version: 1, schema: null, addresses: [] };
  };
  const directory = new ServiceDirectory({ source: kafka.source(), topic, log: silentLog });
  closing.defer(() => directory.stop());
  await directory.start(run);
  const names = (): string[] => directory.gateways().map(({ name }) => name);

  expect(await writeService(entry('one'), options)).toBe(0n);
  expect(await writeService(entry('two'), options)).toBe(1n);
  await eventually(() => expect(names()).toEqual(['one', 'two']), DEADLINE_MS);
  await removeService(entry('one'), options);
  await eventually(() => expect(names()).toEqual(['two']), DEADLINE_MS);

  await admin.delete(topic, signal);
  expect(await writeService(entry('three'), options)).toBe(0n);
  await eventually(() => expect(names()).toEqual(['three']), DEADLINE_MS);
});

test('the registry removes the entries of a registry topic that was recreated', async () => {
  const registryTopic = uniqueTopic('__registry');
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const options = { admin, sink, registryTopic, replicationFactor: 1, signal };
  const entry = (name: string): TopicEntry => {
    return { name, keyType: 'STRING', valueType: 'JSON', writeType: 'MUTABLE', partitions: 1 };
  };
  const [old, young] = [uniqueTopic('old'), uniqueTopic('young')];
  const registry = new TopicRegistry({
    source: kafka.source(),
    topic: registryTopic,
    log: silentLog,
  });
  closing.defer(() => registry.stop());
  await registry.start(run);
  const names = (): string[] => registry.list().map(({ name }) => name);

  await registerTopic(entry(old), {}, options);
  await eventually(() => expect(names()).toEqual([old]), DEADLINE_MS);
  await admin.delete(registryTopic, signal);
  await registerTopic(entry(young), {}, options);
  await eventually(() => expect(names()).toEqual([young]), DEADLINE_MS);
});
