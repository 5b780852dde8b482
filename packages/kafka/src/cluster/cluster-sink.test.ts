import {
  ScriptedBrokers,
  SCRIPTED_TOPIC,
  type Script,
} from '@quicksilver/testkit/kafka/scripted-brokers';
import { describe, expect, test } from 'vitest';

import type { OutgoingBatch } from '../ports.ts';
import type { ProduceAnswer, ProduceRequest } from './broker.ts';
import { Cluster } from './cluster.ts';
import { ClusterSink } from './cluster-sink.ts';
import { KAFKA_CODE } from './kafka-code.ts';

const topic = SCRIPTED_TOPIC;
const NEVER = new Promise<never>(() => undefined);

/** A limit that only tests of limits reach, even if the process pauses. */
function sinkOn(script: Script): { brokers: ScriptedBrokers; sink: ClusterSink } {
  const brokers = new ScriptedBrokers(script);
  const bootstrapServers = ['127.0.0.1:1'];
  const cluster = new Cluster({ connector: brokers, bootstrapServers, requestTimeoutMs: 20_000 });
  return { brokers, sink: new ClusterSink(cluster) };
}

function batch(partition: number, ...values: string[]): OutgoingBatch {
  return {
    topic,
    partition,
    records: values.map((value) => ({ key: null, value: Buffer.from(value) })),
  };
}

function coded({ batches }: ProduceRequest, errorCode: number): ProduceAnswer[] {
  return batches.map((each) => ({ topic, partition: each.partition, errorCode, baseOffset: -1n }));
}

/** Answers each request with the next code of the list, and appends once the list is used up. */
function codes(...list: number[]): Script['produce'] & {} {
  const rest = [...list];
  return (_nodeId, request) => {
    const code = rest.shift() ?? 0;
    return code === 0
      ? request.batches.map((each) => ({
          topic,
          partition: each.partition,
          errorCode: 0,
          baseOffset: 7n,
        }))
      : coded(request, code);
  };
}

/** Epoch and first sequence of every attempt, in order. */
function places(brokers: ScriptedBrokers): string[] {
  return brokers.produced.map((each) => `${each.producerEpoch}:${each.firstSequence}`);
}

describe('the sink', () => {
  test.each([
    KAFKA_CODE.NOT_LEADER_OR_FOLLOWER,
    KAFKA_CODE.LEADER_NOT_AVAILABLE,
    KAFKA_CODE.NOT_ENOUGH_REPLICAS,
    KAFKA_CODE.REQUEST_TIMED_OUT,
    KAFKA_CODE.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
  ])('tries again at the same place after the answer %i', async (code) => {
    const { brokers, sink } = sinkOn({ leaders: [1], produce: codes(0, code, code, 0) });
    await sink.produce([batch(0, 'a', 'b')], 20_000);
    expect(await sink.produce([batch(0, 'c')], 20_000)).toEqual([{ ok: true, baseOffset: 7n }]);
    expect(places(brokers)).toEqual(['0:0', '0:2', '0:2', '0:2']);
    await sink.close();
  });

  test('fetches the metadata again, and sends to the new leader', async () => {
    const script: Script = { leaders: [1] };
    script.produce = (nodeId, request) => {
      script.leaders = [2];
      return nodeId === 1
        ? coded(request, KAFKA_CODE.NOT_LEADER_OR_FOLLOWER)
        : brokers.append(request);
    };
    const { brokers, sink } = sinkOn(script);
    expect(await sink.produce([batch(0, 'a')], 20_000)).toMatchObject([{ ok: true }]);
    await sink.close();
  });

  test('keeps the sequence position if a batch is rejected', async () => {
    const { brokers, sink } = sinkOn({
      leaders: [1],
      produce: codes(0, KAFKA_CODE.MESSAGE_TOO_LARGE, 0),
    });
    await sink.produce([batch(0, 'a')], 20_000);
    expect(await sink.produce([batch(0, 'large')], 20_000)).toMatchObject([
      { ok: false, outcome: 'not_written', reason: 'rejected' },
    ]);
    expect(await sink.produce([batch(0, 'c')], 20_000)).toMatchObject([{ ok: true }]);
    expect(places(brokers)).toEqual(['0:0', '0:1', '0:1']);
    await sink.close();
  });

  test('begins a new epoch when the broker lost its place, for what was certainly not written', async () => {
    const { brokers, sink } = sinkOn({
      leaders: [1],
      produce: codes(0, KAFKA_CODE.OUT_OF_ORDER_SEQUENCE_NUMBER, 0),
    });
    await sink.produce([batch(0, 'a')], 20_000);
    expect(await sink.produce([batch(0, 'b')], 20_000)).toMatchObject([{ ok: true }]);
    expect(places(brokers)).toEqual(['0:0', '0:1', '1:0']);
    await sink.close();
  });

  test.each([
    [KAFKA_CODE.UNKNOWN_SERVER_ERROR, KAFKA_CODE.NONE],
    [KAFKA_CODE.DUPLICATE_SEQUENCE_NUMBER, KAFKA_CODE.NONE],
    [KAFKA_CODE.REQUEST_TIMED_OUT, KAFKA_CODE.OUT_OF_ORDER_SEQUENCE_NUMBER],
    [KAFKA_CODE.REQUEST_TIMED_OUT, KAFKA_CODE.MESSAGE_TOO_LARGE],
  ])(
    'calls it unknown after the answers %i and %i, and begins a new epoch',
    async (first, second) => {
      const { brokers, sink } = sinkOn({ leaders: [1], produce: codes(first, second) });
      expect(await sink.produce([batch(0, 'a')], 20_000)).toMatchObject([
        { ok: false, outcome: 'unknown' },
      ]);
      await sink.produce([batch(0, 'b')], 20_000);
      expect(places(brokers).at(-1)).toBe('1:0');
      await sink.close();
    },
  );

  test('does not send again what was not authorised', async () => {
    const { brokers, sink } = sinkOn({
      leaders: [1],
      produce: codes(KAFKA_CODE.TOPIC_AUTHORIZATION_FAILED),
    });
    expect(await sink.produce([batch(0, 'a')], 20_000)).toMatchObject([
      { ok: false, outcome: 'not_written', reason: 'unavailable' },
    ]);
    expect(brokers.produced).toHaveLength(1);
    await sink.close();
  });

  test('never lets a later batch of a partition overtake a retried one', async () => {
    const { brokers, sink } = sinkOn({
      leaders: [1, 1],
      produce: codes(KAFKA_CODE.NOT_ENOUGH_REPLICAS, KAFKA_CODE.NOT_ENOUGH_REPLICAS),
    });
    const first = sink.produce([batch(0, 'a'), batch(0, 'b'), batch(1, 'x')], 20_000);
    const second = sink.produce([batch(0, 'c')], 20_000);
    await Promise.all([first, second]);
    const ofFirst = brokers.produced.filter(({ partition }) => partition === 0);
    const values = ofFirst.map(({ records }) => records[0]?.value?.toString());
    expect(values.join('')).toMatch(/^a+b+c+$/);
    await sink.close();
  });

  test('gathers what waits while a request is on its way', async () => {
    const gate = Promise.withResolvers<void>();
    const requests: number[] = [];
    const script: Script = { leaders: [1, 1, 1] };
    script.produce = async (_nodeId, request) => {
      requests.push(request.batches.length);
      await gate.promise;
      return brokers.append(request);
    };
    const { brokers, sink } = sinkOn(script);
    await sink.produce([], 20_000);
    const first = sink.produce([batch(0, 'a')], 20_000);
    await expect.poll(() => requests.length).toBe(1);
    const rest = [0, 1, 2, 0].map((partition) => sink.produce([batch(partition, 'b')], 20_000));
    gate.resolve();
    await Promise.all([first, ...rest]);
    expect(requests).toEqual([1, 3, 1]);
    await sink.close();
  });

  test('writes to one leader while another is silent, and each batch has its own outcome in time', async () => {
    const { brokers, sink } = sinkOn({
      leaders: [1, 2],
      produce: (nodeId, request) => (nodeId === 2 ? NEVER : brokers.append(request)),
    });
    const started = performance.now();
    const [good, silent] = await sink.produce([batch(0, 'a'), batch(1, 'b')], 700);
    expect(good).toMatchObject({ ok: true });
    expect(silent).toMatchObject({ ok: false, outcome: 'unknown', reason: 'unavailable' });
    expect(performance.now() - started).toBeLessThan(15_000);
    expect(await sink.produce([batch(0, 'c')], 20_000)).toMatchObject([{ ok: true }]);
    await sink.close();
  });

  test('reports not_written if no connection was opened', async () => {
    const { brokers, sink } = sinkOn({
      leaders: [2],
      connect: (nodeId) => (nodeId === 2 ? NEVER : undefined),
    });
    expect(await sink.produce([batch(0, 'a')], 200)).toMatchObject([
      { ok: false, outcome: 'not_written', reason: 'unavailable' },
    ]);
    expect(brokers.produced).toEqual([]);
    await sink.close();
  });

  test('waits for a leader if there is none, and reports the reason', async () => {
    const script: Script = { leaders: [-1] };
    const { sink } = sinkOn(script);
    expect(await sink.produce([batch(0, 'a')], 150)).toMatchObject([
      { ok: false, outcome: 'not_written', detail: expect.stringContaining('no leader') },
    ]);
    const waiting = sink.produce([batch(0, 'b')], 20_000);
    script.leaders = [1];
    expect(await waiting).toMatchObject([{ ok: true }]);
    await sink.close();
  });

  test('settles batches in flight when it is closed', async () => {
    const { brokers, sink } = sinkOn({ leaders: [1, 1], produce: () => NEVER });
    const sent = sink.produce([batch(0, 'a')], 20_000);
    await expect.poll(() => brokers.produced.length).toBe(1);
    const queued = sink.produce([batch(1, 'b')], 20_000);
    await sink.close();
    expect(await sent).toMatchObject([{ ok: false, outcome: 'unknown' }]);
    expect(await queued).toMatchObject([{ ok: false, outcome: 'not_written' }]);
    expect(await sink.produce([batch(0, 'c')], 20_000)).toMatchObject([
      { ok: false, outcome: 'not_written' },
    ]);
  });
});
