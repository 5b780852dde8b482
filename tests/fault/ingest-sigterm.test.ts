import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import type { History } from '@quicksilver/testkit/history';
import { checkWrites, inversions, NO_VIOLATIONS, readTopic } from '@quicksilver/testkit/oracle';
import { TestNetwork } from '@quicksilver/testkit/test-network';
import { WriteLoad } from '@quicksilver/testkit/write-load';
import { expect, test } from 'vitest';

import { followsStandstill } from './load-facts.ts';

const STOPS = 5;
const WRITES_BETWEEN = 600;
/** So long a server that stops waits for the next request of a connection that is still open. */
const QUIET_MS = 300;

test('F11, I-W1, I-W2: ingest that is stopped by SIGTERM under load loses nothing, invents nothing and leaves no outcome unknown', async () => {
  const topic = uniqueTopic('sigterm');
  await using network = await TestNetwork.start({
    broker: testBroker(),
    topics: [{ name: topic, valueType: 'STRING' }],
    mirrors: [],
  });
  const history = network.history('writes');
  const load = WriteLoad.start({
    url: network.ingest.url,
    topic,
    history,
    writers: 16,
    keysPerWriter: 5,
    timeoutMs: 15_000,
    run: 'sigterm',
  });
  for (let stop = 0; stop < STOPS; stop += 1) {
    await untilMore(history, WRITES_BETWEEN);
    expect(await network.ingest.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    await network.ingest.start();
  }
  await untilMore(history, WRITES_BETWEEN);
  await load[Symbol.asyncDispose]();

  // A client that stood still for longer may write into a connection that is closed by then.
  const inDoubt = history.operations.filter(
    (operation) => operation.outcome === 'info' && !followsStandstill(history, operation, QUIET_MS),
  );
  expect(inDoubt.map((operation) => operation.end)).toEqual([]);
  expect(inversions(history)).toEqual([]);
  expect(checkWrites(history, await readTopic(network.broker, topic))).toEqual(NO_VIOLATIONS);
});

async function untilMore(history: History, writes: number): Promise<void> {
  const target = history.count('ok') + writes;
  await eventually(() => expect(history.count('ok')).toBeGreaterThanOrEqual(target), 90_000);
}
