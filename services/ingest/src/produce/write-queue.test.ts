import { createRegistry } from '@quicksilver/common/observe/metrics-registry';
import type { ProduceResult, RecordSink } from '@quicksilver/kafka/ports';
import { MemoryRecordSink } from '@quicksilver/testkit/memory-record-sink';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { createIngestMetrics } from '../metrics.ts';
import type { PlacedRecord, WriteOutcome } from './write.ts';
import { WriteQueue } from './write-queue.ts';

const DEADLINE_MS = 10_000;

const record = (text: string, partition = 0): PlacedRecord => {
  const [key = '', value] = text.split('=');
  return {
    partition,
    key: Buffer.from(key),
    value: value === undefined ? null : Buffer.from(value),
  };
};

function queueOn(
  sink: RecordSink,
  bounds: { recordsMax?: number; bytesMax?: number } = {},
): WriteQueue {
  const queue: WriteQueue = new WriteQueue({
    sink,
    metrics: createIngestMetrics(createRegistry(), {
      queueSize: () => queue.size,
      answers: () => ({ entries: 0, bytes: 0 }),
      isSharedCacheAway: () => false,
    }),
    deadlineMs: DEADLINE_MS,
    recordsMax: bounds.recordsMax ?? 1_000,
    bytesMax: bounds.bytesMax ?? 1_000_000,
  });
  return queue;
}

/** Submits and gives what becomes of it, in short: `0:3` written there, else the outcome. */
function submit(queue: WriteQueue, records: PlacedRecord[], topic = 't'): Promise<string[]> {
  const { promise, resolve } = Promise.withResolvers<readonly WriteOutcome[]>();
  queue.submit(topic, records, performance.now(), resolve);
  return promise.then((outcomes) =>
    outcomes.map((outcome) =>
      outcome.ok ? `${outcome.partition}:${outcome.offset}` : outcome.outcome,
    ),
  );
}

const failed = (
  outcome: 'not_written' | 'unknown',
  reason: 'rejected' | 'topic-gone' | 'unavailable' = 'unavailable',
): ProduceResult => ({ ok: false, outcome, reason, detail: 'as the test wants' });

describe('writes', () => {
  test('what arrives while a produce is in flight goes together with the next one', async () => {
    const sink = new MemoryRecordSink({ hold: true });
    const queue = queueOn(sink);
    const first = submit(queue, [record('a=1')]);
    await sink.call(0);
    const rest = [submit(queue, [record('b=1', 1)]), submit(queue, [record('a=2')])];
    sink.calls[0]?.end();
    const second = await sink.call(1);
    expect(second.batches.map((batch) => [batch.partition, batch.records.length])).toEqual([
      [1, 1],
      [0, 1],
    ]);
    second.end();
    expect(await Promise.all([first, ...rest])).toEqual([['0:0'], ['1:0'], ['0:1']]);
  });

  test('records of one partition keep the order of their submission', async () => {
    const sink = new MemoryRecordSink();
    const queue = queueOn(sink);
    const all = Array.from({ length: 50 }, (_, at) => submit(queue, [record(`k=${at}`)]));
    await Promise.all(all);
    expect(sink.texts('t', 0)).toEqual(Array.from({ length: 50 }, (_, at) => `k=${at}`));
  });

  test('each record of a request has its outcome in its place', async () => {
    const sink = new MemoryRecordSink({ hold: true });
    const queue = queueOn(sink);
    const answer = submit(queue, [
      record('a=1', 0),
      record('b=1', 1),
      record('c=1', 2),
      record('d', 0),
    ]);
    (await sink.call(0)).end([
      { ok: true, baseOffset: 7n },
      failed('not_written'),
      failed('unknown'),
    ]);
    expect(await answer).toEqual(['0:7', 'not_written', 'unknown', '0:8']);
  });

  test('a topic that Kafka does not take holds up no other topic', async () => {
    const sink = new MemoryRecordSink({ hold: true });
    const queue = queueOn(sink);
    void submit(queue, [record('a=1')], 'stuck');
    const other = submit(queue, [record('a=1')], 'well');
    await sink.call(1);
    sink.calls.find((call) => call.batches[0]?.topic === 'well')?.end();
    expect(await other).toEqual(['0:0']);
  });

  test('a record that Kafka refuses for its size takes no other record with it', async () => {
    const refusing: RecordSink['produce'] = async (batches, timeoutMs) => {
      const held = batches.map((batch) => batch.records.some((r) => String(r.value) === 'huge'));
      return held.includes(true)
        ? batches.map(() => failed('not_written', 'rejected'))
        : writer.produce(batches, timeoutMs);
    };
    const writer = new MemoryRecordSink();
    const queue = queueOn(new MemoryRecordSink({ produce: refusing }));
    const texts = ['a=1', 'b=2', 'c=huge', 'd=4', 'e=5', 'f=6', 'a=7'];
    const answer = submit(
      queue,
      texts.map((text) => record(text)),
    );
    const later = submit(queue, [record('a=8')]);
    expect(await answer).toEqual(['0:0', '0:1', 'not_written', '0:2', '0:3', '0:4', '0:5']);
    expect(await later).toEqual(['0:6']);
    expect(writer.texts('t', 0)).toEqual(['a=1', 'b=2', 'd=4', 'e=5', 'f=6', 'a=7', 'a=8']);
  });

  test('a batch never grows beyond what Kafka takes by default', async () => {
    const sink = new MemoryRecordSink({ hold: true });
    const queue = queueOn(sink, { bytesMax: 10_000_000 });
    const value = Buffer.alloc(400_000);
    const records = [1, 2, 3].map(() => ({ partition: 0, key: Buffer.from('k'), value }));
    const answer = submit(queue, records);
    expect((await sink.call(0)).batches[0]?.records).toHaveLength(2);
    sink.calls[0]?.end();
    (await sink.call(1)).end();
    expect(await answer).toEqual(['0:0', '0:1', '0:2']);
  });
});

describe('bounds', () => {
  test('a full queue refuses a request as a whole, and takes it when there is room', async () => {
    const sink = new MemoryRecordSink({ hold: true });
    const queue = queueOn(sink, { recordsMax: 3 });
    const first = submit(queue, [record('a=1'), record('b=1')]);
    expect(() => submit(queue, [record('c=1'), record('d=1')])).toThrow(
      /records are waiting for Kafka/,
    );
    expect(queue.size.records).toBe(2);
    (await sink.call(0)).end();
    await first;
    const second = submit(queue, [record('c=1'), record('d=1')]);
    (await sink.call(1)).end();
    expect(await second).toEqual(['0:2', '0:3']);
    expect(queue.size).toEqual({ records: 0, bytes: 0 });
  });

  test('a client that gave up leaves its bytes counted until Kafka is done with them', async () => {
    const sink = new MemoryRecordSink({ hold: true });
    const queue = queueOn(sink);
    const answer = submit(queue, [record('a=1')]);
    const call = await sink.call(0);
    await queue.stop();
    expect(await answer).toEqual(['unknown']);
    expect(queue.size.records).toBe(1);
    call.end();
    await expect.poll(() => queue.size.records).toBe(0);
  });
});

describe('stop', () => {
  test('answers everything: what was sent is unknown, what waits is not written and never sent', async () => {
    const sink = new MemoryRecordSink({ hold: true });
    const queue = queueOn(sink);
    const sent = submit(queue, [record('a=1')]);
    const call = await sink.call(0);
    const waiting = submit(queue, [record('b=1')]);
    await queue.stop();
    expect(await Promise.all([sent, waiting])).toEqual([['unknown'], ['not_written']]);
    call.end();
    await expect.poll(() => queue.size.records).toBe(0);
    expect(sink.calls).toHaveLength(1);
    expect(sink.isClosed).toBe(true);
    expect(() => submit(queue, [record('c=1')])).toThrow(/stopping/);
  });
});

describe('I-W3: every request is answered by its deadline', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('what was sent is unknown, what never was is not written and is never sent later', async () => {
    const sink = new MemoryRecordSink({ hold: true });
    const queue = queueOn(sink);
    const sent = submit(queue, [record('a=1')]);
    const call = await sink.call(0);
    const waiting = submit(queue, [record('b=1')]);
    vi.advanceTimersByTime(DEADLINE_MS);
    expect(await Promise.all([sent, waiting])).toEqual([['unknown'], ['not_written']]);
    // The broker is back: only what came after the deadline goes out.
    const later = submit(queue, [record('c=1')]);
    call.end();
    (await sink.call(1)).end();
    expect(await later).toEqual(['0:1']);
    expect(sink.texts('t', 0)).toEqual(['a=1', 'c=1']);
  });

  test('a request with records sent and records waiting is answered once, each with its outcome', async () => {
    const sink = new MemoryRecordSink({ hold: true });
    const queue = queueOn(sink, { bytesMax: 10_000_000 });
    const big = { partition: 0, key: Buffer.from('k'), value: Buffer.alloc(600_000) };
    const answer = submit(queue, [big, big]);
    await sink.call(0);
    vi.advanceTimersByTime(DEADLINE_MS);
    expect(await answer).toEqual(['unknown', 'not_written']);
  });

  test('the Kafka client gets less time than the request has', async () => {
    const sink = new MemoryRecordSink({ hold: true });
    const queue = queueOn(sink);
    void submit(queue, [record('a=1')]);
    expect((await sink.call(0)).timeoutMs).toBe(DEADLINE_MS - 250);
  });

  test('a request that has waited too long is not sent in its last moment', async () => {
    const sink = new MemoryRecordSink({ hold: true });
    const queue = queueOn(sink);
    void submit(queue, [record('a=1')]);
    const call = await sink.call(0);
    const waiting = submit(queue, [record('b=1')]);
    vi.advanceTimersByTime(DEADLINE_MS - 1_000);
    const fresh = submit(queue, [record('c=1')]);
    call.end();
    expect(await waiting).toEqual(['not_written']);
    (await sink.call(1)).end();
    expect(await fresh).toEqual(['0:1']);
  });

  test('the deadline counts from the arrival of the request', async () => {
    const sink = new MemoryRecordSink({ hold: true });
    const queue = queueOn(sink);
    void submit(queue, [record('a=1')]);
    const { promise, resolve } = Promise.withResolvers<readonly WriteOutcome[]>();
    queue.submit('t', [record('b=1')], performance.now() - 4_000, resolve);
    await sink.call(0);
    vi.advanceTimersByTime(DEADLINE_MS - 4_000);
    expect(await promise).toMatchObject([{ ok: false, code: 'WRITE_UNKNOWN' }]);
  });
});
