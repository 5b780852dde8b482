import type {
  FetchedPartition,
  FetchOptions,
  FetchPosition,
  RecordSource,
} from '@quicksilver/kafka/ports';
import { AppError } from '@quicksilver/common/errors/app-error';
import { silentLog } from '@quicksilver/testkit/silent-log';
import { expect, test } from 'vitest';

import { FetchLoop } from './fetch-loop.ts';
import { Lane, type LaneEnd } from './lane.ts';
import type { PartitionTarget, TargetEvent } from './partition-target.ts';

type Answer = (position: FetchPosition) => Partial<FetchedPartition>;

/** A source that answers at once by a function, and keeps what it was asked. */
class ScriptedSource implements RecordSource {
  readonly asked: (readonly FetchPosition[])[] = [];
  readonly bytes: number[] = [];
  #answer: Answer;

  constructor(answer: Answer) {
    this.#answer = answer;
  }

  async fetch(positions: readonly FetchPosition[], options: FetchOptions) {
    this.asked.push(positions);
    this.bytes.push(options.maxBytesPerPartition);
    await new Promise(setImmediate);
    options.signal.throwIfAborted();
    return positions.map((position) => {
      const { topic, partition, offset } = position;
      const empty = { records: [], nextOffset: offset, endOffset: offset, logStartOffset: 0n };
      return { topic, partition, ...empty, ...this.#answer(position) };
    });
  }

  describe = () => Promise.resolve(undefined);
  offsets = () => Promise.resolve(new Map<number, bigint>());
  close = () => Promise.resolve();
}

interface Harness extends AsyncDisposable {
  readonly loop: FetchLoop;
  readonly source: ScriptedSource;
}

async function running(answer: Answer, stallMs = 60_000): Promise<Harness> {
  const source = new ScriptedSource(answer);
  const loop = new FetchLoop({
    createSource: () => source,
    log: silentLog,
    maxWaitMs: 1,
    bufferBytesMax: 1_000_000,
    partitionBytesMax: 400_000,
    stallMs,
    onRenewed: () => {},
  });
  await loop.start({ signal: new AbortController().signal, fail: () => {} });
  return { loop, source, [Symbol.asyncDispose]: () => loop.stop() };
}

interface Target extends PartitionTarget {
  readonly applied: FetchedPartition[];
  readonly events: TargetEvent[];
  settle: PartitionTarget['settle'];
  /** Applies wait while it is set. */
  gate: Promise<void> | undefined;
  /** Steps of what may wait that are left. */
  stepsLeft: number;
}

function target(partition: number, fail?: Error): Target {
  const applied: FetchedPartition[] = [];
  const events: TargetEvent[] = [];
  return {
    partition,
    nextOffset: 0n,
    applied,
    events,
    gate: undefined,
    stepsLeft: 0,
    stored: () => undefined,
    problem: () => undefined,
    resume: () => {},
    rebuild: () => Promise.resolve(),
    clearOtherGenerations: () => Promise.resolve(),
    async apply(fetched) {
      await this.gate;
      if (fail !== undefined) {
        throw fail;
      }
      applied.push(fetched);
    },
    settle() {
      this.stepsLeft = Math.max(0, this.stepsLeft - 1);
      return Promise.resolve(this.stepsLeft > 0);
    },
    transition: (event) => void events.push(event),
  };
}

const laneOf = (of: PartitionTarget, onEnd: (end: LaneEnd) => void = () => {}): Lane =>
  new Lane({ topic: 't', topicId: 'id', target: of, onEnd });

const more: Answer = ({ offset }) => ({ nextOffset: offset + 1n, endOffset: 1_000_000n });

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) {
    await new Promise(setImmediate);
  }
}

test('batches of a partition are applied in order and without a hole', async () => {
  await using harness = await running(more);
  const one = target(0);
  harness.loop.add(laneOf(one));
  await until(() => one.applied.length >= 50);
  const offsets = one.applied.map(({ nextOffset }) => nextOffset);
  expect(offsets).toEqual(offsets.map((_, index) => BigInt(index + 1)));
});

test('a partition that is applied slowly is left out and holds up no other', async () => {
  await using harness = await running(more);
  const gate = Promise.withResolvers<void>();
  const slow = target(0);
  slow.gate = gate.promise;
  const quick = target(1);
  harness.loop.add(laneOf(slow));
  harness.loop.add(laneOf(quick));
  await until(() => quick.applied.length >= 50);
  expect(slow.applied).toEqual([]);
  const last = harness.source.asked.at(-1) ?? [];
  expect(last.map(({ partition }) => partition)).toEqual([1]);
  gate.resolve();
  await until(() => slow.applied.length >= 5);
});

test('X3: behind a partition that stands still at most two batches wait', async () => {
  await using harness = await running(more);
  const gate = Promise.withResolvers<void>();
  const slow = target(0);
  slow.gate = gate.promise;
  const quick = target(1);
  harness.loop.add(laneOf(slow));
  harness.loop.add(laneOf(quick));
  await until(() => quick.applied.length >= 50);
  const fetches = harness.source.asked.flat().filter(({ partition }) => partition === 0);
  expect(fetches).toHaveLength(2);
  gate.resolve();
});

test('X3: what all partitions may fetch stays within the buffer', async () => {
  await using harness = await running(more);
  const targets = Array.from({ length: 10 }, (_, partition) => target(partition));
  for (const one of targets) {
    harness.loop.add(laneOf(one));
  }
  await until(() => targets.every(({ applied }) => applied.length > 0));
  expect(harness.source.bytes.at(-1)).toBe(50_000);
});

test('a partition with a failure that may pass is left out for a while, the others go on', async () => {
  await using harness = await running((position) =>
    position.partition === 0 ? { failure: { reason: 'retriable', detail: '' } } : more(position),
  );
  const failing = target(0);
  const good = target(1);
  harness.loop.add(laneOf(failing));
  harness.loop.add(laneOf(good));
  await until(() => good.applied.length >= 50);
  const asked = harness.source.asked.filter((positions) =>
    positions.some(({ partition }) => partition === 0),
  );
  expect(asked.length).toBeLessThan(10);
});

test.each(['topic-gone', 'topic-recreated', 'offset-out-of-range', 'corrupt'] as const)(
  'a lane ends and says so: %s',
  async (reason) => {
    await using harness = await running(() => ({ failure: { reason, detail: 'why' } }));
    const ended = Promise.withResolvers<LaneEnd>();
    harness.loop.add(laneOf(target(0), ended.resolve));
    expect(await ended.promise).toEqual({ reason, detail: 'why' });
  },
);

test('X2: after a failed write nothing further of the partition is applied', async () => {
  await using harness = await running(more);
  const broken = new Error('the disk is full');
  const failing = target(0, broken);
  const ended = Promise.withResolvers<LaneEnd>();
  harness.loop.add(laneOf(failing, ended.resolve));
  expect(await ended.promise).toEqual({ reason: 'store-failed', error: broken });
  await until(() => harness.source.asked.length > 2 || failing.applied.length === 0);
  expect(failing.applied).toEqual([]);
});

test('F21: records that cannot be read for now are handed in again until they can, the partition says so, and others go on', async () => {
  await using harness = await running(more);
  const held = target(0);
  const other = target(1);
  const apply = held.apply.bind(held);
  const away = new AppError('REGISTRY_UNAVAILABLE', 'the registry is away');
  const tries: bigint[] = [];
  let isAway = true;
  held.apply = async (fetched) => {
    tries.push(fetched.nextOffset);
    if (isAway) {
      throw away;
    }
    return apply(fetched);
  };
  const ends: LaneEnd[] = [];
  harness.loop.add(laneOf(held, (end) => ends.push(end)));
  harness.loop.add(laneOf(other));
  await until(() => tries.length >= 3 && other.applied.length >= 50);
  expect(tries.every((offset) => offset === 1n)).toBe(true);
  // Of the answers that Kafka gave meanwhile only the first came before the outage was known.
  expect(held.events.slice(1)).not.toContain('progressed');
  isAway = false;
  await until(() => held.applied.length >= 5);
  expect(held.applied.map(({ nextOffset }) => nextOffset).slice(0, 5)).toEqual([
    1n,
    2n,
    3n,
    4n,
    5n,
  ]);
  expect(held.events.indexOf('progressed', 2)).toBeGreaterThan(held.events.lastIndexOf('stalled'));
  expect(ends).toEqual([]);
});

test('a lane whose records cannot be read for now is removed at once', async () => {
  await using harness = await running(more);
  const held = target(0, new AppError('REGISTRY_UNAVAILABLE', 'the registry is away'));
  const lane = laneOf(held);
  harness.loop.add(lane);
  await until(() => held.events.includes('stalled'));
  await harness.loop.remove(lane);
  expect(held.applied).toEqual([]);
});

test('M6: a lane that was removed applies nothing any more', async () => {
  await using harness = await running(more);
  const one = target(0);
  const other = target(1);
  const lane = laneOf(one);
  harness.loop.add(lane);
  harness.loop.add(laneOf(other));
  await until(() => one.applied.length >= 5);
  await harness.loop.remove(lane);
  const count = one.applied.length;
  const before = other.applied.length;
  await until(() => other.applied.length >= before + 20);
  expect(one.applied).toHaveLength(count);
});

test('what may wait is done one partition after the other, also while records come, and never where a partition is closed', async () => {
  await using harness = await running(more);
  const order: number[] = [];
  const [closed, ...open] = [0, 1, 2].map((partition) => {
    const one = target(partition);
    const settle = one.settle.bind(one);
    one.stepsLeft = 20;
    one.settle = () => {
      order.push(partition);
      return settle();
    };
    return one;
  });
  const lane = laneOf(closed ?? target(0));
  await lane.close();
  for (const one of [lane, ...open.map((of) => laneOf(of))]) {
    harness.loop.add(one);
  }
  await until(() => open.every(({ stepsLeft }) => stepsLeft === 0));
  expect(order.slice(0, 40)).toEqual([...Array(20).fill(1), ...Array(20).fill(2)]);
  expect(open.every(({ applied }) => applied.length > 0)).toBe(true);
});

test('a partition whose records wait for their schema holds up nothing that may wait of others', async () => {
  const held = target(0);
  held.apply = () => Promise.reject(new AppError('REGISTRY_UNAVAILABLE', 'no schema'));
  const other = { ...target(1), stepsLeft: 20 };
  await using harness = await running(more);
  harness.loop.add(laneOf(held));
  harness.loop.add(laneOf(other));
  await until(() => other.stepsLeft === 0);
  expect(held.events).toContain('stalled');
});

test('X2: where what may wait fails, nothing further of the partition is applied', async () => {
  const broken = target(0);
  broken.settle = () => Promise.reject(new Error('disk'));
  await using harness = await running(more);
  const end = await new Promise<LaneEnd>((resolve) => harness.loop.add(laneOf(broken, resolve)));
  expect(end).toEqual({ reason: 'store-failed', error: new Error('disk') });
  const count = broken.applied.length;
  const other = target(1);
  harness.loop.add(laneOf(other));
  await until(() => other.applied.length >= 20);
  expect(broken.applied).toHaveLength(count);
});

test('a stop in the middle of everything ends the loop', async () => {
  const harness = await running(more);
  harness.loop.add(laneOf(target(0)));
  await until(() => harness.source.asked.length > 3);
  await harness.loop.stop();
  const asked = harness.source.asked.length;
  await new Promise(setImmediate);
  expect(harness.source.asked).toHaveLength(asked);
});
