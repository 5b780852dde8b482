import { randomInt } from 'node:crypto';

import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { checkWrites, inversions, NO_VIOLATIONS, readTopic } from '@quicksilver/testkit/oracle';
import { TestNetwork } from '@quicksilver/testkit/test-network';
import { WriteLoad } from '@quicksilver/testkit/write-load';
import { expect, test } from 'vitest';

const KILLS = 8;

test('F09, I-W1, I-W2: ingest that is killed again and again has written all that it acknowledged and nothing that it refused', async () => {
  const topic = uniqueTopic('kill');
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
    run: 'kill',
  });
  for (let kill = 0; kill < KILLS; kill += 1) {
    const target = history.count('ok') + randomInt(200, 1_500);
    await eventually(() => expect(history.count('ok')).toBeGreaterThanOrEqual(target), 90_000);
    expect(await network.ingest.kill('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
    await network.ingest.start();
  }
  await load[Symbol.asyncDispose]();

  // The kills came while writes were on their way, else this proves nothing.
  expect(history.count('info')).toBeGreaterThan(0);
  expect(inversions(history)).toEqual([]);
  expect(checkWrites(history, await readTopic(network.broker, topic))).toEqual(NO_VIOLATIONS);
});
