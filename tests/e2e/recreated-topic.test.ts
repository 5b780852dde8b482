import { mirrorNameOf } from '@quicksilver/contracts/control/resource-name';
import { uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { call, type Answer } from '@quicksilver/testkit/http-call';
import { ManagedNetwork } from '@quicksilver/testkit/managed-network';
import { expect, test } from 'vitest';

const ROUNDS = 30;
const KEYS = ['a', 'b', 'c'];
const DEADLINE_MS = 90_000;

test('I-K5: a topic that is created, written, deleted and created again, 30 times, never shows what it had before', async () => {
  await using network = await ManagedNetwork.start();
  const [topic, other] = [uniqueTopic('again'), uniqueTopic('stays')];
  const create = (name: string): Promise<Answer> =>
    network.mustSend('POST', `/topic/${name}?keyType=string&valueType=string`, {});
  // Another topic keeps the process that both mirrors share alive: its stores are what is proved.
  await create(other);
  const [mirror] = await network.addresses('mirror', mirrorNameOf(other));
  /** What a client's cache has: of the round before, so that a 304 would be of what is gone. */
  const tags = new Map<string, string>();
  const lookup = (key: string): Promise<Answer> =>
    call(`http://${mirror}/topics/${topic}/keys/${key}`, {
      headers: { 'if-none-match': tags.get(key) ?? '"none"' },
    });
  const gone: number[] = [];
  const stale: string[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await create(topic);
    // Until the new topic is served it may be unknown or restoring, but nothing may be found in it.
    await eventually(async () => {
      const answers = await Promise.all(KEYS.map(lookup));
      stale.push(...answers.filter(({ status }) => status === 200).map(({ text }) => text));
      expect(answers.map(({ text }) => text)).toEqual(
        KEYS.map(() => expect.stringContaining('KEY_NOT_FOUND')),
      );
    }, DEADLINE_MS);
    const value = `of round ${round}`;
    await eventually(async () => {
      const written = await call(`${network.ingest.url}/${topic}`, {
        json: KEYS.map((key) => ({ key, value })),
      });
      expect(written.status, written.text).toBe(201);
    }, DEADLINE_MS);
    for (const key of KEYS) {
      const response = await eventually(async () => {
        const answer = await lookup(key);
        stale.push(
          ...(answer.status === 200 && answer.text !== JSON.stringify(value) ? [answer.text] : []),
        );
        expect(answer.status).toBe(200);
        return answer;
      }, DEADLINE_MS);
      tags.set(key, response.headers['etag'] ?? '');
    }
    await network.mustSend('DELETE', `/topic/${topic}`);
    gone.push(...(await Promise.all(KEYS.map(lookup))).map(({ status }) => status));
  }
  expect(stale).toEqual([]);
  expect(new Set(gone)).toEqual(new Set([404]));
});
