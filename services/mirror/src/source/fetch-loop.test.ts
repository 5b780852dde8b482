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

/** A source that responds at once with the results of a function, and records its requests. */
class ScriptedSource implements RecordSource {
  readonly requests: (readonly FetchPosition[])[] = [];
  readonly bytes: number[] = [];
  #answer: Answer;

  constructor(answer: Answer) {
    this.#answer = answer;
  }

  async fetch(positions: readonly FetchPosition[], options: FetchOptions) {
    this.requests.push(positions);
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
  /** Steps of settling that are left. */
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

test('batches of a partition are applied in order and without gaps', async () => {
  await using harness = await running(more);
  const one = target(0);
  harness.loop.add(laneOf(one));
  await until(() => one.applied.length >= 50);
  const offsets = one.applied.map(({ nextOffset }) => nextOffset);
  expect(offsets).toEqual(offsets.map((_, index) => BigInt(index + 1)));
});

test('the loop skips a partition whose applies are slow, and the others continue', async () => {
  await using harness = await running(more);
  const gate = Promise.withResolvers<void>();
  const slow = target(0);
  slow.gate = gate.promise;
  const quick = target(1);
  harness.loop.add(laneOf(slow));
  harness.loop.add(laneOf(quick));
  await until(() => quick.applied.length >= 50);
  expect(slow.applied).toEqual([]);
  const last = harness.source.requests.at(-1) ?? [];
  expect(last.map(({ partition }) => partition)).toEqual([1]);
  gate.resolve();
  await until(() => slow.applied.length >= 5);
});

test('X3: at most two batches wait for a partition that is blocked', async () => {
  await using harness = await running(more);
  const gate = Promise.withResolvers<void>();
  const slow = target(0);
  slow.gate = gate.promise;
  const quick = target(1);
  harness.loop.add(laneOf(slow));
  harness.loop.add(laneOf(quick));
  await until(() => quick.applied.length >= 50);
  const fetches = harness.source.requests.flat().filter(({ partition }) => partition === 0);
  expect(fetches).toHaveLength(2);
  gate.resolve();
});

test('X3: the fetches of all partitions fit into the buffer', async () => {
  await using harness = await running(more);
  const targets = Array.from({ length: 10 }, (_, partition) => target(partition));
  for (const one of targets) {
    harness.loop.add(laneOf(one));
  }
  await until(() => targets.every(({ applied }) => applied.length > 0));
  expect(harness.source.bytes.at(-1)).toBe(50_000);
});

test('the loop pauses a partition after a temporary failure, and the others continue', async () => {
  await using harness = await running((position) =>
    position.partition === 0 ? { failure: { reason: 'retriable', detail: '' } } : more(position),
  );
  const failing = target(0);
  const good = target(1);
  harness.loop.add(laneOf(failing));
  harness.loop.add(laneOf(good));
  await until(() => good.applied.length >= 50);
  const requests = harness.source.requests.filter((positions) =>
    positions.some(({ partition }) => partition === 0),
  );
  expect(requests.length).toBeLessThan(10);
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

test('a batch that is too large is one poison record, and the partition goes on', async () => {
  await using harness = await running((position) =>
    position.offset === 0n
      ? { nextOffset: 7n, failure: { reason: 'too-large', detail: 'it has too many bytes' } }
      : more(position),
  );
  const applied: FetchedPartition[] = [];
  const one = target(0);
  const apply = one.apply.bind(one);
  one.apply = (fetched) => {
    applied.push(fetched);
    return apply(fetched);
  };
  harness.loop.add(laneOf(one));
  await until(() => applied.length > 1);
  expect(applied[0]).toMatchObject({
    records: [
      {
        offset: 6n,
        key: null,
        value: null,
        unreadable: 'The records up to offset 6 are skipped, because it has too many bytes',
      },
    ],
    nextOffset: 7n,
  });
  expect(applied[0]).not.toHaveProperty('failure');
});

test('X2: after a failed write the partition applies nothing more', async () => {
  await using harness = await running(more);
  const broken = new Error('the disk is full');
  const failing = target(0, broken);
  const ended = Promise.withResolvers<LaneEnd>();
  harness.loop.add(laneOf(failing, ended.resolve));
  expect(await ended.promise).toEqual({ reason: 'store-failed', error: broken });
  await until(() => harness.source.requests.length > 2 || failing.applied.length === 0);
  expect(failing.applied).toEqual([]);
});

test('F21: records that cannot be read for now are retried, the partition reports it, and the others continue', async () => {
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
  // Only the first response after the start of the outage came before the outage was known.
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

test('M6: a removed lane applies nothing more', async () => {
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

test('partitions settle one after the other, also while records arrive, but not after they are closed', async () => {
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

test('a partition whose records wait for their schema does not keep others from settling', async () => {
  const held = target(0);
  held.apply = () => Promise.reject(new AppError('REGISTRY_UNAVAILABLE', 'no schema'));
  const other = { ...target(1), stepsLeft: 20 };
  await using harness = await running(more);
  harness.loop.add(laneOf(held));
  harness.loop.add(laneOf(other));
  await until(() => other.stepsLeft === 0);
  expect(held.events).toContain('stalled');
});

test('X2: if settling fails, the partition applies nothing more', async () => {
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

test('a stop during fetches and applies ends the loop', async () => {
  const harness = await running(more);
  harness.loop.add(laneOf(target(0)));
  await until(() => harness.source.requests.length > 3);
  await harness.loop.stop();
  const requestCount = harness.source.requests.length;
  await new Promise(setImmediate);
  expect(harness.source.requests).toHaveLength(requestCount);
});
