import { fetchResponseBytes } from '@quicksilver/testkit/kafka/fetch-response-bytes';
import { recordBatch } from '@quicksilver/testkit/kafka/record-batch';
import {
  ScriptedBrokers,
  SCRIPTED_TOPIC,
  SCRIPTED_TOPIC_ID,
  type Script,
} from '@quicksilver/testkit/kafka/scripted-brokers';
import { describe, expect, test } from 'vitest';

import type { FetchPosition } from '../ports.ts';
import type { FetchRequest } from './broker.ts';
import { Cluster } from './cluster.ts';
import { ClusterSource } from './cluster-source.ts';
import { KAFKA_CODE } from './kafka-code.ts';

const topic = SCRIPTED_TOPIC;
const topicId = SCRIPTED_TOPIC_ID;
const NEVER = new Promise<never>(() => undefined);
const SILENT_MS = 300;

/** Only tests of silent brokers have a short limit, because the process may pause. */
function sourceOn(
  script: Script,
  requestTimeoutMs = 20_000,
): { brokers: ScriptedBrokers; source: ClusterSource } {
  const brokers = new ScriptedBrokers(script);
  const bootstrapServers = ['127.0.0.1:1'];
  const cluster = new Cluster({ connector: brokers, bootstrapServers, requestTimeoutMs });
  return { brokers, source: new ClusterSource({ cluster, decompressedBytesMax: 10_000 }) };
}

function positions(...offsets: bigint[]): FetchPosition[] {
  return offsets.map((offset, partition) => ({ topic, partition, offset }));
}

function options(signal = AbortSignal.timeout(25_000), maxWaitMs = 200) {
  return { maxWaitMs, maxBytesPerPartition: 1000, signal };
}

/** One record at the requested offset of every partition. */
function records({ targets }: FetchRequest): Buffer {
  return fetchResponseBytes(
    targets.map(({ partition, offset }) => {
      const one = { delta: 0, key: null, value: Buffer.from('v') };
      const batch = recordBatch({ baseOffset: offset, records: [one] });
      return { topicId, partition, endOffset: offset + 1n, records: batch };
    }),
  );
}

/** Nothing, from partitions that are read to their end. */
function nothing({ targets }: FetchRequest): Buffer {
  return fetchResponseBytes(
    targets.map(({ partition, offset }) => ({ topicId, partition, endOffset: offset })),
  );
}

describe('a source with several leaders', () => {
  test('fetches from each leader its own partitions at the same time', async () => {
    const { brokers, source } = sourceOn({
      leaders: [1, 2, 1],
      fetch: (_node, request) => records(request),
    });
    const results = await source.fetch(positions(0n, 5n, 9n), options());
    const next = new Map(results.map((result) => [result.partition, result.nextOffset]));
    expect(next).toEqual(
      new Map([
        [0, 1n],
        [1, 6n],
        [2, 10n],
      ]),
    );
    expect(brokers.fetches.map(({ nodeId, request }) => [nodeId, request.targets.length])).toEqual([
      [1, 2],
      [2, 1],
    ]);
    await source.close();
  });

  test('returns available records, and the next call takes over the pending request', async () => {
    const slow = Promise.withResolvers<void>();
    let calls = 0;
    const { brokers, source } = sourceOn({
      leaders: [1, 2],
      fetch: async (nodeId, request) => {
        if (nodeId === 1) {
          return records(request);
        }
        calls += 1;
        if (calls === 1) {
          return nothing(request);
        }
        await slow.promise;
        return records(request);
      },
    });
    await source.fetch(positions(0n, 0n), options());
    const second = await source.fetch(positions(1n, 0n), options());
    const third = await source.fetch(positions(2n, 0n), options());
    for (const results of [second, third]) {
      const waiting = results.find((result) => result.partition === 1);
      expect(waiting).toMatchObject({ records: [], nextOffset: 0n, endOffset: 0n });
    }
    expect(brokers.fetches.filter(({ nodeId }) => nodeId === 2)).toHaveLength(2);
    slow.resolve();
    await expect
      .poll(async () => {
        const results = await source.fetch(positions(3n, 0n), options());
        return results.find((result) => result.partition === 1)?.nextOffset;
      })
      .toBe(1n);
    await source.close();
  });

  test('does not answer before it knows the end of every partition', async () => {
    const gate = Promise.withResolvers<void>();
    const { source } = sourceOn({
      leaders: [1, 2],
      fetch: async (nodeId, request) => {
        if (nodeId === 2) {
          await gate.promise;
          return nothing(request);
        }
        return records(request);
      },
    });
    let isAnswered = false;
    const fetched = source.fetch(positions(0n, 4n), options()).then((results) => {
      isAnswered = true;
      return results;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isAnswered).toBe(false);
    gate.resolve();
    expect((await fetched).find((result) => result.partition === 1)).toMatchObject({
      endOffset: 4n,
    });
    await source.close();
  });

  test('reports the partitions of a silent leader as retriable and reads the others', async () => {
    const { source } = sourceOn(
      { leaders: [1, 2], fetch: (nodeId, request) => (nodeId === 2 ? NEVER : records(request)) },
      SILENT_MS,
    );
    const results = await source.fetch(positions(0n, 0n), options());
    expect(results.find((result) => result.partition === 0)?.records).toHaveLength(1);
    expect(results.find((result) => result.partition === 1)?.failure?.reason).toBe('retriable');
    await source.close();
  });

  test('is unavailable if no leader responds, and reads again afterwards', async () => {
    const script: Script = { leaders: [1, 2], fetch: () => NEVER };
    const { source } = sourceOn(script, SILENT_MS);
    await expect(source.fetch(positions(0n, 0n), options())).rejects.toMatchObject({
      code: 'KAFKA_UNAVAILABLE',
    });
    script.fetch = (_nodeId, request) => records(request);
    expect(await source.fetch(positions(0n, 0n), options())).toHaveLength(2);
    await source.close();
  });
});

describe('a source', () => {
  test('makes each partition in turn the first of a request', async () => {
    const { brokers, source } = sourceOn({
      leaders: [1, 1, 1],
      fetch: (_node, request) => nothing(request),
    });
    for (let call = 0; call < 4; call += 1) {
      await source.fetch(positions(0n, 0n, 0n), options());
    }
    expect(brokers.fetches.map(({ request }) => request.targets[0]?.partition)).toEqual([
      0, 1, 2, 0,
    ]);
    await source.close();
  });

  test('learns the leader again after it has moved', async () => {
    const script: Script = { leaders: [1] };
    script.fetch = (nodeId, request) =>
      nodeId === 2
        ? records(request)
        : fetchResponseBytes([
            { topicId, partition: 0, errorCode: KAFKA_CODE.NOT_LEADER_OR_FOLLOWER },
          ]);
    const { source } = sourceOn(script);
    expect(await source.fetch(positions(0n), options())).toMatchObject([
      { failure: { reason: 'retriable' } },
    ]);
    script.leaders = [2];
    expect(await source.fetch(positions(0n), options())).toMatchObject([{ nextOffset: 1n }]);
    await source.close();
  });

  test('calls a topic that only the leader does not know yet retriable', async () => {
    const { source } = sourceOn({
      leaders: [1],
      fetch: () =>
        fetchResponseBytes([{ topicId, partition: 0, errorCode: KAFKA_CODE.UNKNOWN_TOPIC_ID }]),
    });
    expect(await source.fetch(positions(0n), options())).toMatchObject([
      { failure: { reason: 'retriable' } },
    ]);
    await source.close();
  });

  test('is retriable while a partition has no leader', async () => {
    const { source } = sourceOn({ leaders: [-1] });
    expect(await source.fetch(positions(0n), options())).toMatchObject([
      { failure: { reason: 'retriable' } },
    ]);
    await source.close();
  });

  test('treats an answer that makes no sense as an unavailable broker', async () => {
    const { source } = sourceOn({ leaders: [1], fetch: () => Buffer.from([1, 2, 3]) });
    await expect(source.fetch(positions(0n), options())).rejects.toMatchObject({
      code: 'KAFKA_UNAVAILABLE',
    });
    await source.close();
  });

  test('serves one call at a time, and an aborted call does not block the next', async () => {
    const script: Script = { leaders: [1], fetch: () => NEVER };
    const { brokers, source } = sourceOn(script);
    const abort = new AbortController();
    const first = source.fetch(positions(0n), options(abort.signal));
    await expect(source.fetch(positions(0n), options())).rejects.toThrow('one call at a time');
    await expect.poll(() => brokers.fetches.length).toBe(1);
    abort.abort();
    await expect(first).rejects.toThrow(/./);
    script.fetch = (_nodeId, request) => records(request);
    expect(await source.fetch(positions(3n), options())).toMatchObject([{ nextOffset: 4n }]);
    await source.close();
  });
});
