import { eventually } from '@quicksilver/testkit/eventually';
import { MemoryKafka } from '@quicksilver/testkit/memory-kafka';
import { silentLog } from '@quicksilver/testkit/silent-log';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { ServiceDirectory } from './service-directory.ts';
import { SERVICES_TOPIC, type GatewayEntry, type MirrorEntry } from './service-entry.ts';
import { removeService, writeService, type WriteServiceOptions } from './write-service.ts';

let kafka: MemoryKafka;
let directory: ServiceDirectory;
let options: WriteServiceOptions;

beforeEach(async () => {
  kafka = new MemoryKafka();
  kafka.create({ topic: SERVICES_TOPIC, partitions: 1, replicationFactor: 1 });
  directory = new ServiceDirectory({
    source: kafka.source(),
    topic: SERVICES_TOPIC,
    log: silentLog,
  });
  options = {
    admin: kafka.admin(),
    sink: kafka.sink(),
    topic: SERVICES_TOPIC,
    replicationFactor: 1,
    signal: AbortSignal.timeout(20_000),
  };
  await directory.start({ signal: new AbortController().signal, fail: () => {} });
});
afterEach(() => directory.stop());

function gateway(name: string, schema: string | null = null): GatewayEntry {
  return { kind: 'gateway', name, version: 1, schema, addresses: ['127.0.0.1:1'] };
}

function mirror(name: string, ...topics: string[]): MirrorEntry {
  const hosted = topics.map((topic) => ({ topic }));
  return {
    kind: 'mirror',
    name,
    version: 1,
    topics: hosted,
    addresses: ['127.0.0.1:2'],
    copies: 1,
  };
}

test('gateways and mirrors are found by name, and the mirror of a topic', async () => {
  await writeService(gateway('shop', 'type Query { a: Int }'), options);
  await writeService(mirror('pool', 'a', 'b'), options);
  await writeService(mirror('c', 'c'), options);
  await eventually(() => expect(directory.mirrors()).toHaveLength(2));
  expect(directory.gateway('shop')?.schema).toBe('type Query { a: Int }');
  expect(directory.gateway('pool')).toBeUndefined();
  expect(directory.mirrorOf('b')?.name).toBe('pool');
  expect(directory.mirrorOf('c')?.name).toBe('c');
  expect(directory.mirrorOf('d')).toBeUndefined();
});

test('a topic that moves is read from its old mirror until that one releases it', async () => {
  await writeService(mirror('b'), options);
  await writeService(mirror('pool', 'a', 'b'), options);
  await writeService(mirror('b', 'b'), options);
  await eventually(() => expect(directory.mirror('b')?.topics).toHaveLength(1));
  expect(directory.mirrorOf('b')?.name).toBe('pool');
  await writeService(mirror('pool', 'a'), options);
  await eventually(() => expect(directory.mirrorOf('b')?.name).toBe('b'));
});

test('listeners get every change by key, including keys that a recreated topic lacks', async () => {
  const events: string[] = [];
  directory.onChange((key) => events.push(key));
  await writeService(gateway('shop'), options);
  await writeService(gateway('old'), options);
  await removeService({ kind: 'gateway', name: 'shop' }, options);
  await eventually(() => expect(events).toEqual(['gateway/shop', 'gateway/old', 'gateway/shop']));
  expect(directory.gateways().map(({ name }) => name)).toEqual(['old']);
  kafka.delete(SERVICES_TOPIC);
  await writeService(gateway('new'), options);
  await eventually(() => expect(events.slice(3)).toEqual(['gateway/new', 'gateway/old']));
  expect(directory.gateways().map(({ name }) => name)).toEqual(['new']);
});

test('an invalid entry changes nothing', async () => {
  await writeService(gateway('shop', 'one'), options);
  kafka.write(SERVICES_TOPIC, 'gateway/shop', '{"kind":"gateway","name":"other"}');
  kafka.write(SERVICES_TOPIC, 'gateway/shop', 'no json');
  await writeService(gateway('next'), options);
  await eventually(() => expect(directory.gateway('next')).toBeDefined());
  expect(directory.gateway('shop')?.schema).toBe('one');
});
