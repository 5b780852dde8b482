import { eventually } from '@quicksilver/testkit/eventually';
import { MemoryKafka } from '@quicksilver/testkit/memory-kafka';
import { silentLog } from '@quicksilver/testkit/silent-log';
import { afterEach, expect, test } from 'vitest';

import { ResourceLog } from '../state/resource-log.ts';
import { Leader, type LeaseLog } from './leader.ts';

const run = { signal: new AbortController().signal, fail: () => {} };
const TTL_MS = 300;
/**
 * The clock of the managers in milliseconds. It only advances when a test says so, so no lease
 * expires by itself.
 */
let now = 0;

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  now = 0;
  for (const close of closing.splice(0).toReversed()) {
    await close();
  }
});

interface Candidate {
  readonly leader: Leader;
  /** From now on its renewals come to nothing, as in a process that hangs. */
  freeze(): void;
}

async function candidate(kafka: MemoryKafka, id: string): Promise<Candidate> {
  const resources = new ResourceLog({
    source: kafka.source(),
    sink: kafka.sink(),
    admin: kafka.admin(),
    topic: '__quick-resources',
    replicationFactor: 1,
    writer: id,
    log: silentLog,
  });
  let isFrozen = false;
  const lease: LeaseLog = {
    get isCaughtUp() {
      return resources.isCaughtUp;
    },
    versioned: (entity) => resources.versioned(entity),
    onChange: (listener) => resources.onChange(listener),
    write: (changes) => (isFrozen ? Promise.reject(new Error('frozen')) : resources.write(changes)),
  };
  const leader = new Leader({
    resources: lease,
    id,
    ttlMs: TTL_MS,
    log: silentLog,
    now: () => now,
  });
  await resources.start(run);
  await leader.start(run);
  closing.push(
    () => resources.stop(),
    () => leader.stop(),
  );
  return {
    leader,
    freeze: () => {
      isFrozen = true;
    },
  };
}

function broker(): MemoryKafka {
  const kafka = new MemoryKafka();
  kafka.create({ topic: '__quick-resources', partitions: 1, replicationFactor: 1 });
  return kafka;
}

test('one of two managers leads, and the other one takes over as soon as it has stopped', async () => {
  const kafka = broker();
  const one = await candidate(kafka, 'one');
  await eventually(() => expect(one.leader.isLeader).toBe(true));
  const two = await candidate(kafka, 'two');
  await eventually(() => expect(two.leader.holder).toBe('one'));
  expect(two.leader.isLeader).toBe(false);
  await one.leader.stop();
  expect(one.leader.isLeader).toBe(false);
  await eventually(() => expect(two.leader.isLeader).toBe(true));
});

test('a manager that renews its lease no more is followed by the other one after the lease', async () => {
  const kafka = broker();
  const one = await candidate(kafka, 'one');
  await eventually(() => expect(one.leader.isLeader).toBe(true));
  const two = await candidate(kafka, 'two');
  one.freeze();
  await eventually(() => {
    now += TTL_MS / 30;
    const both = [one.leader.isLeader, two.leader.isLeader];
    expect(both).not.toEqual([true, true]);
    expect(both).toEqual([false, true]);
  });
  expect(two.leader.holder).toBe('two');
});

test('a manager that comes back under its own id leads at once', async () => {
  const kafka = broker();
  const body = JSON.stringify({
    id: 'x',
    entity: 'lease/manager',
    base: 0,
    version: 1,
    body: { holder: 'one' },
  });
  kafka.write('__quick-resources', 'lease/manager/one', body);
  const one = await candidate(kafka, 'one');
  await eventually(() => expect(one.leader.isLeader).toBe(true));
});
