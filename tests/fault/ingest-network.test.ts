import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import type { History } from '@quicksilver/testkit/history';
import { checkWrites, inversions, NO_VIOLATIONS, readTopic } from '@quicksilver/testkit/oracle';
import { OwnBroker } from '@quicksilver/testkit/own-broker';
import { TestNetwork } from '@quicksilver/testkit/test-network';
import type { ToggleProxy } from '@quicksilver/testkit/toggle-proxy';
import { WriteLoad } from '@quicksilver/testkit/write-load';
import { afterAll, afterEach, assert, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { slowestMs, untilMore } from './load-facts.ts';

const DEADLINE_MS = 3_000;
const ANSWER_MS = DEADLINE_MS + 1_000;
/** F06. */
const HEALED_MS = 5_000;
const SEEN_MS = 90_000;
const WRITERS = 16;

/** Only ingest's connections to the broker are bad here; the test's own are not. */
describe('a bad network between ingest and the broker', () => {
  const topic = uniqueTopic('network');
  let broker: OwnBroker;
  let proxy: ToggleProxy;
  let network: TestNetwork;
  let history: History;
  let load: WriteLoad;
  let runs = 0;
  beforeAll(async () => {
    const { jarsDir } = testBroker();
    broker = await OwnBroker.start({ jarsDir, proxies: 1 });
    const [only] = broker.proxies;
    assert(only !== undefined);
    proxy = only;
    network = await TestNetwork.start({
      broker: { bootstrapServer: broker.bootstrapServer, jarsDir },
      topics: [{ name: topic, valueType: 'STRING' }],
      mirrors: [],
      env: { ingest: { QUICK_INGEST_DEADLINE_MS: String(DEADLINE_MS) } },
      kafkaFor: { ingest: proxy.address },
    });
    history = network.history('writes');
  });
  afterAll(async () => {
    await network[Symbol.asyncDispose]();
    await broker[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    runs += 1;
    load = WriteLoad.start({
      url: network.ingest.url,
      topic,
      history,
      writers: WRITERS,
      keysPerWriter: 5,
      timeoutMs: 30_000,
      run: `run${runs}`,
      pauseAfterFailureMs: 50,
    });
    await untilMore(history, 'ok', 500);
  });
  afterEach(async () => {
    await proxy.set('pass');
    await load[Symbol.asyncDispose]();
  });

  const expectHealed = async (): Promise<void> => {
    await proxy.set('pass');
    await untilMore(history, 'ok', WRITERS, HEALED_MS);
    await untilMore(history, 'ok', 500);
    await load[Symbol.asyncDispose]();
    expect(slowestMs(history)).toBeLessThan(ANSWER_MS);
    expect(inversions(history)).toEqual([]);
    expect(checkWrites(history, await readTopic(network.broker, topic))).toEqual(NO_VIOLATIONS);
  };

  test('F06: writes into a black hole are answered in time, and go on seconds after it is gone', async () => {
    const before = history.operations.length;
    await proxy.set('blackhole');
    await eventually(() => {
      assert(history.operations.length >= before + 2 * WRITERS, 'too few are answered');
    }, SEEN_MS);
    await expectHealed();
  });

  test('F07: a write whose acknowledgement is lost is answered as unknown, never as refused', async () => {
    await proxy.set('half_open');
    await untilMore(history, 'info', 1);
    await expectHealed();
    const inTopic = new Set((await readTopic(network.broker, topic)).map((record) => record.value));
    const unknown = history.operations.filter((operation) => operation.outcome === 'info');
    // Some of them were executed: that is why they could not be called refused.
    expect(
      unknown.filter((operation) => inTopic.has(operation.value ?? '')).length,
    ).toBeGreaterThan(0);
  });

  test('F08, I-W4: resets and delays reorder nothing and duplicate nothing', async () => {
    await proxy.set({ latencyMs: 20, jitterMs: 20 });
    for (let reset = 0; reset < 20; reset += 1) {
      const before = history.operations.length;
      await eventually(() => {
        assert(history.operations.length >= before + 2 * WRITERS, 'too few are answered');
      }, SEEN_MS);
      proxy.resetConnections();
    }
    await expectHealed();
  });
});
