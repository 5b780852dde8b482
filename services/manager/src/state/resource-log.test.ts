import type { GatewaySpec } from '@quicksilver/resources/gateway';
import { eventually } from '@quicksilver/testkit/eventually';
import { MemoryKafka } from '@quicksilver/testkit/memory-kafka';
import { silentLog } from '@quicksilver/testkit/silent-log';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { ResourceLog } from './resource-log.ts';

const TOPIC = '__quick-resources';
const SPEC: GatewaySpec = { replicas: 1 };

let kafka: MemoryKafka;
const open: ResourceLog[] = [];

beforeEach(() => {
  kafka = new MemoryKafka();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((log) => log.stop()));
});

async function openLog(writer: string): Promise<ResourceLog> {
  const log = new ResourceLog({
    source: kafka.source(),
    sink: kafka.sink(),
    admin: kafka.admin(),
    topic: TOPIC,
    replicationFactor: 1,
    writer,
    log: silentLog,
  });
  open.push(log);
  await log.start({ signal: new AbortController().signal, fail: () => {} });
  return log;
}

test('a change that won is known to its writer at once, and to others soon', async () => {
  const [one, two] = await Promise.all([openLog('one'), openLog('two')]);
  expect(await one.change({ kind: 'gateway', name: 'shop', base: 0, spec: SPEC })).toBe(true);
  const shop = { kind: 'gateway', name: 'shop', version: 1, spec: SPEC, isDeleting: false };
  expect(one.get('gateway', 'shop')).toEqual(shop);
  expect(one.get('mirror', 'shop')).toBeUndefined();
  await eventually(() => expect(two.list('gateway')).toEqual([shop]));
});

test('I-K2: of many creates of one name through two managers exactly one wins', async () => {
  const [one, two] = await Promise.all([openLog('one'), openLog('two')]);
  const create = { kind: 'gateway', name: 'shop', base: 0 } as const;
  const won = await Promise.all(
    Array.from({ length: 20 }, (_none, at) =>
      (at % 2 === 0 ? one : two).change({ ...create, spec: { replicas: at + 1 } }),
    ),
  );
  expect(won.filter(Boolean)).toHaveLength(1);
  const replicas = won.indexOf(true) + 1;
  for (const log of [one, two]) {
    await eventually(() => expect(log.get('gateway', 'shop')?.spec.replicas).toBe(replicas));
  }
});

test('versions go on after a deletion, so that an old writer never revives a name', async () => {
  const log = await openLog('one');
  await log.change({ kind: 'gateway', name: 'shop', base: 0, spec: SPEC });
  await log.change({ kind: 'gateway', name: 'shop', base: 1, spec: null });
  expect(log.get('gateway', 'shop')).toBeUndefined();
  expect(log.list()).toEqual([]);
  expect(log.versionOf('gateway', 'shop')).toBe(2);
  expect(await log.change({ kind: 'gateway', name: 'shop', base: 0, spec: SPEC })).toBe(false);
  expect(await log.change({ kind: 'gateway', name: 'shop', base: 2, spec: SPEC })).toBe(true);
});

test('records that cannot be read change nothing, and listeners hear of accepted ones only', async () => {
  const log = await openLog('one');
  const changes: string[] = [];
  log.onChange((entity) => changes.push(entity));
  await log.change({ kind: 'gateway', name: 'a', base: 0, spec: SPEC });
  kafka.write(TOPIC, 'gateway/a/x', 'no json');
  kafka.write(TOPIC, 'gateway/a/y', null);
  expect(await log.change({ kind: 'gateway', name: 'a', base: 0, spec: null })).toBe(false);
  expect(await log.change({ kind: 'gateway', name: 'b', base: 0, spec: SPEC })).toBe(true);
  expect(changes).toEqual(['gateway/a', 'gateway/b']);
});
