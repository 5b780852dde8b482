import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { freezeProcess, thawProcess } from '@quicksilver/testkit/freeze-process';
import type { History } from '@quicksilver/testkit/history';
import { call } from '@quicksilver/testkit/http-call';
import { checkWrites, inversions, NO_VIOLATIONS, readTopic } from '@quicksilver/testkit/oracle';
import { OwnBroker } from '@quicksilver/testkit/own-broker';
import { readMetric } from '@quicksilver/testkit/read-metric';
import { TestNetwork } from '@quicksilver/testkit/test-network';
import { WriteLoad } from '@quicksilver/testkit/write-load';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { slowestMs, untilMore } from './load-facts.ts';
import { ReadLoad } from './read-load.ts';

const INGEST_DEADLINE_MS = 3_000;
/** I-W3: an answer always comes, at most a second after the deadline. */
const ANSWER_MS = INGEST_DEADLINE_MS + 1_000;
/** I-M12. */
const HEALED_MS = 30_000;
const SEEN_MS = 90_000;
const PARTITIONS = 3;

describe('a broker that goes away and comes back', () => {
  const topic = uniqueTopic('broker');
  const pairs = new Map(Array.from({ length: 50 }, (_, at) => [`still-${at}`, `here-${at}`]));
  let broker: OwnBroker;
  let network: TestNetwork;
  let history: History;
  beforeAll(async () => {
    const { jarsDir } = testBroker();
    broker = await OwnBroker.start({ jarsDir });
    network = await TestNetwork.start({
      broker: { bootstrapServer: broker.bootstrapServer, jarsDir },
      topics: [{ name: topic, valueType: 'STRING', partitions: PARTITIONS }],
      schema: `type Query { value(key: ID!): String @topic(name: "${topic}", keyArgument: "key") }`,
      env: { ingest: { QUICK_INGEST_DEADLINE_MS: String(INGEST_DEADLINE_MS) } },
    });
    history = network.history('writes');
    await writePairs();
  });
  afterAll(async () => {
    await network[Symbol.asyncDispose]();
    await broker[Symbol.asyncDispose]();
  });

  const writePairs = async (): Promise<void> => {
    for (const [key, value] of pairs) {
      const end = history.invoke({ process: 'setup', op: 'write', topic, key, value });
      const answer = await network.post(topic, { key, value });
      const { partition, offset } = answer.json() as { partition: number; offset: number };
      end('ok', { partition, offset: BigInt(offset) });
    }
  };
  const startWrites = (run: string, writers: number): WriteLoad =>
    WriteLoad.start({
      url: network.ingest.url,
      topic,
      history,
      writers,
      keysPerWriter: 5,
      timeoutMs: 30_000,
      run,
      pauseAfterFailureMs: 50,
    });

  /** Writes a marker to every partition and reads it through the gateway with its position. */
  const expectHealed = async (run: string): Promise<void> => {
    const missing = new Set(Array.from({ length: PARTITIONS }, (_, partition) => partition));
    let seq = 0;
    await eventually(async () => {
      seq += 1;
      const key = `marker-${run}-${seq}`;
      const end = history.invoke({ process: run, op: 'write', topic, key, value: key });
      const answer = await network.post(topic, { key, value: key });
      if (answer.status !== 201) {
        end('info');
        throw new Error(`ingest answers ${answer.text}`);
      }
      const { partition, offset } = answer.json() as { partition: number; offset: number };
      end('ok', { partition, offset: BigInt(offset) });
      const headers = { 'x-quick-min-position': `${partition}:${offset}` };
      const read = await network.graphql(`{ value(key: "${key}") }`, { headers });
      if ((read.data as { value?: unknown } | undefined)?.value !== key) {
        throw new Error(`the gateway answers ${JSON.stringify(read)}`);
      }
      missing.delete(partition);
      if (missing.size > 0) {
        throw new Error(`no marker was read back from partitions ${[...missing].join()}`);
      }
    }, HEALED_MS);
    await eventually(async () => {
      const { text } = await call(`${network.mirror(topic).url}/status`);
      const lags = [...text.matchAll(/"lagRecords":"(\d+)"/g)].map(([, lag]) => lag);
      if (lags.length !== PARTITIONS || lags.some((lag) => lag !== '0')) {
        throw new Error(`the mirror lags: ${text}`);
      }
    }, HEALED_MS);
  };

  /** How old what the mirror answers may be: the mean of its partitions. */
  const lagSeconds = async (): Promise<number> =>
    (await readMetric(network.mirror(topic), 'mirror_apply_lag_seconds')) / PARTITIONS;

  const expectNothingLostOrInvented = async (): Promise<void> => {
    expect(slowestMs(history)).toBeLessThan(ANSWER_MS);
    expect(inversions(history)).toEqual([]);
    expect(checkWrites(history, await readTopic(network.broker, topic))).toEqual(NO_VIOLATIONS);
  };

  test('F01, I-W1, I-W2, I-M12: the broker is killed and started again under writes and reads', async () => {
    const load = startWrites('killed', 8);
    await untilMore(history, 'ok', 500);
    const reads = ReadLoad.start({ network, topic, pairs });
    await broker.kill();
    // Long enough that every writer has been answered without a broker, more than once.
    await untilMore(history, 'fail', 16);
    const rightSoFar = reads.right;
    await eventually(() => expect(reads.right).toBeGreaterThan(rightSoFar + 100), SEEN_MS);
    await eventually(async () => expect(await lagSeconds()).toBeGreaterThan(5), SEEN_MS);
    await broker.startAgain();
    await expectHealed('killed');
    await eventually(async () => expect(await lagSeconds()).toBeLessThan(5), SEEN_MS);
    await untilMore(history, 'ok', 500);
    await load[Symbol.asyncDispose]();
    await reads[Symbol.asyncDispose]();
    expect(reads.wrong).toEqual([]);
    await expectNothingLostOrInvented();
  });

  test('F02, I-W3: with a broker that hangs, each of 200 concurrent requests is answered in time', async () => {
    const reads = ReadLoad.start({ network, topic, pairs });
    await freezeProcess(broker.kafka.pid);
    const before = history.operations.length;
    const load = startWrites('hung', 200);
    try {
      await eventually(() => {
        expect(history.operations.length).toBeGreaterThanOrEqual(before + 400);
      }, SEEN_MS);
    } finally {
      thawProcess(broker.kafka.pid);
    }
    await untilMore(history, 'ok', 200, 15_000);
    await load[Symbol.asyncDispose]();
    await reads[Symbol.asyncDispose]();
    expect(history.open).toBe(0);
    expect(reads.wrong).toEqual([]);
    await expectHealed('hung');
    await expectNothingLostOrInvented();
  });
});
