import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { codecFor } from '@quicksilver/codec/codecs';
import type { ProduceResult } from '@quicksilver/kafka/ports';
import { MemoryKafka } from '@quicksilver/testkit/memory-kafka';
import { silentLog } from '@quicksilver/testkit/silent-log';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { Applier } from '../apply/applier.ts';
import { Sweep } from '../apply/sweep.ts';
import { keyEncodingFor } from '../store/key-encoding.ts';
import type { LevelStore } from '../store/level-store.ts';
import { openTopicStore } from '../store/open-topic-store.ts';
import { RetentionTombstones } from './retention-tombstones.ts';
import { retentionOf } from './retention.ts';

const TOPIC = 't';
const PERIOD_MS = 60_000;
let ends: AsyncDisposableStack;
/** Of the mirror's clock and of the records. */
let now: number;
let kafka: MemoryKafka;
let store: LevelStore;
beforeEach(async () => {
  ends = new AsyncDisposableStack();
  const root = ends.use(await mkdtempDisposable(join(tmpdir(), 'mirror-tombstones-')));
  const identity = {
    topic: TOPIC,
    partitions: 1,
    keyType: 'STRING',
    valueType: 'JSON',
    writeType: 'MUTABLE',
  } as const;
  ({ store } = await openTopicStore({ root: root.path, identity, cacheBytes: 4_194_304 }));
  const opened = store;
  ends.defer(() => opened.close());
  now = 1_000_000;
  kafka = new MemoryKafka(() => now);
  kafka.create({ topic: TOPIC, partitions: 1, replicationFactor: 1 });
});
afterEach(() => ends.disposeAsync());

interface SetUp {
  readonly isWriter?: boolean;
  /** In place of the write itself. */
  readonly produce?: (write: () => Promise<ProduceResult[]>) => Promise<ProduceResult[]>;
}

/** One partition as the mirror follows it, by hand: the real applier, sweep and store. */
class Follower {
  readonly outcomes: Record<string, number> = {};
  readonly applier: Applier;
  readonly tombstones: RetentionTombstones;
  readonly #source = kafka.source();

  constructor(setUp: SetUp = {}) {
    const clock = (): number => now;
    const retention = retentionOf(PERIOD_MS, clock);
    const sink = kafka.sink();
    const produce: typeof sink.produce = (batches, timeoutMs) => {
      const write = (): Promise<ProduceResult[]> => sink.produce(batches, timeoutMs);
      return setUp.produce === undefined ? write() : setUp.produce(write);
    };
    this.tombstones = new RetentionTombstones({
      topic: TOPIC,
      sink: { produce, close: () => sink.close() },
      source: kafka.source(),
      store,
      keyEncoding: keyEncodingFor('STRING'),
      isExpired: retention.isExpired,
      isMixed: () => false,
      partition: () => this.applier,
      isWriter: () => setUp.isWriter ?? true,
      pauseMs: 0,
      onOutcome: (outcome, records) => {
        this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + records;
      },
      log: silentLog,
    });
    this.applier = new Applier({
      partition: 0,
      store,
      types: {
        keyCodec: codecFor('STRING'),
        keyEncoding: keyEncodingFor('STRING'),
        valueCodec: codecFor('JSON'),
      },
      sweep: new Sweep({ ...retention, clock, everyMs: 1_000, taker: this.tombstones }),
      waitersMax: 1,
      poisonEntriesMax: 10,
      onApplied: () => {},
      onPoison: () => {},
      onState: () => {},
      onRebuild: () => {},
      onCorrupt: () => {},
    });
    ends.defer(() => this.tombstones.stop());
  }

  async rebuild(endOffset = 0n): Promise<void> {
    await this.applier.rebuild('id', 0n, endOffset);
  }

  /** Applies what the topic has; a sweep goes on meanwhile and its tombstones are written. */
  async follow(): Promise<void> {
    const [fetched] = await this.#source.fetch(
      [{ topic: TOPIC, partition: 0, offset: this.applier.nextOffset }],
      { maxWaitMs: 1, maxBytesPerPartition: 1_000_000, signal: AbortSignal.timeout(5_000) },
    );
    if (fetched === undefined) {
      throw new Error('nothing was fetched');
    }
    await this.applier.apply(fetched);
    await this.tombstones.idle();
  }

  has(key: string): boolean {
    return store.get(0, this.applier.generation, Buffer.from(key)) !== undefined;
  }
}

/** The log as texts: `key=value`, a tombstone is `key`. */
async function log(): Promise<string[]> {
  const [fetched] = await kafka.source().fetch([{ topic: TOPIC, partition: 0, offset: 0n }], {
    maxWaitMs: 1,
    maxBytesPerPartition: 1_000_000,
    signal: AbortSignal.timeout(5_000),
  });
  return (fetched?.records ?? []).map(({ key, value }) =>
    value === null ? String(key) : `${String(key)}=${String(value)}`,
  );
}

test('B6: each expired key gets one tombstone, which removes it like any other, even after a rebuild', async () => {
  const follower = new Follower();
  await follower.rebuild();
  kafka.write(TOPIC, 'a', '1');
  kafka.write(TOPIC, 'b', '2');
  await follower.follow();
  expect(await log()).toEqual(['a=1', 'b=2']);
  now += PERIOD_MS;
  await follower.follow();
  expect(await log()).toEqual(['a=1', 'b=2', 'a', 'b']);
  // It waits in the store until its tombstone comes back from the topic.
  expect(follower.has('a')).toBe(true);
  await follower.follow();
  expect(follower.has('a')).toBe(false);
  now += PERIOD_MS;
  await follower.follow();
  await follower.rebuild(4n);
  await follower.follow();
  await follower.follow();
  expect(await log()).toEqual(['a=1', 'b=2', 'a', 'b']);
  expect(follower.outcomes).toEqual({ written: 2 });
});

test('a process writes the tombstones that its predecessor did not write', async () => {
  const failing = new Follower({
    produce: () =>
      Promise.resolve([{ ok: false, outcome: 'not_written', reason: 'rejected', detail: 'no' }]),
  });
  await failing.rebuild();
  kafka.write(TOPIC, 'a', '1');
  await failing.follow();
  now += PERIOD_MS;
  await failing.follow();
  expect(failing.outcomes).toEqual({ failed: 1 });
  // What comes from Kafka is applied meanwhile.
  kafka.write(TOPIC, 'b', '2');
  await failing.follow();
  expect(failing.has('b')).toBe(true);
  const next = new Follower();
  next.applier.resume(
    { generation: failing.applier.generation, nextOffset: 2n, topicId: 'id' },
    2n,
  );
  await next.follow();
  expect(await log()).toEqual(['a=1', 'b=2', 'a']);
});

test('only the first owner writes tombstones, and none while the partition is restored', async () => {
  const other = new Follower({ isWriter: false });
  await other.rebuild();
  kafka.write(TOPIC, 'a', '1');
  now += PERIOD_MS;
  await other.follow();
  await other.follow();
  expect(await log()).toEqual(['a=1']);
  const restoring = new Follower();
  await restoring.rebuild(5n);
  await restoring.follow();
  expect(restoring.applier.state).toBe('restoring');
  expect(await log()).toEqual(['a=1']);
});

test('a value that entered the log just before the tombstone of its key is written again behind it', async () => {
  let races = 2;
  const follower = new Follower({
    produce: (write) => {
      if (races > 0) {
        races -= 1;
        kafka.write(TOPIC, 'a', `"newer ${races}"`);
        kafka.write(TOPIC, 'other', '0');
      }
      return write();
    },
  });
  await follower.rebuild();
  kafka.write(TOPIC, 'a', '1');
  kafka.write(TOPIC, 'b', '2');
  await follower.follow();
  now += PERIOD_MS;
  await follower.follow();
  const entries = await log();
  const last = new Map(entries.map((entry) => [entry.split('=')[0], entry]));
  expect([...last.values()].toSorted()).toEqual(['a="newer 0"', 'b', 'other=0']);
  expect(follower.outcomes).toEqual({ written: 2, restored: 2 });
  await follower.follow();
  expect([follower.has('a'), follower.has('b')]).toEqual([true, false]);
});

test('a key that was deleted at that moment, or was written again before the check, stays unchanged', async () => {
  const follower = new Follower({
    produce: (write) => {
      kafka.write(TOPIC, 'a', '"newer"');
      kafka.write(TOPIC, 'a', null);
      return write();
    },
  });
  await follower.rebuild();
  kafka.write(TOPIC, 'a', '1');
  kafka.write(TOPIC, 'renewed', '1');
  await follower.follow();
  now += PERIOD_MS;
  kafka.write(TOPIC, 'renewed', '2');
  await follower.follow();
  expect((await log()).slice(3)).toEqual(['a="newer"', 'a', 'a']);
  expect(follower.outcomes).toEqual({ written: 1 });
});

test('a write without acknowledgement is counted as unclear, and is not retried', async () => {
  let calls = 0;
  const follower = new Follower({
    produce: () => {
      calls += 1;
      return Promise.resolve([
        { ok: false, outcome: 'unknown', reason: 'unavailable', detail: 'no answer' },
      ]);
    },
  });
  await follower.rebuild();
  kafka.write(TOPIC, 'a', '1');
  await follower.follow();
  now += PERIOD_MS;
  await follower.follow();
  expect([calls, follower.outcomes]).toEqual([1, { unclear: 1 }]);
});
