import { ManagerBench, type TestManager } from '@quicksilver/testkit/test-manager';
import { afterAll, beforeAll, expect, test } from 'vitest';

let bench: ManagerBench;
let manager: TestManager;

beforeAll(async () => {
  bench = await ManagerBench.create();
  manager = await bench.start();
});
afterAll(async () => {
  await manager.stop();
  await bench[Symbol.asyncDispose]();
});

const exists = async (topic: string): Promise<boolean> =>
  (await bench.admin.describe(topic, AbortSignal.timeout(20_000))) !== undefined;

// The names are segments of paths.
test.each(['mirror', 'topic', 'mirrors', 'status', 'openapi.json', 'docs'])(
  'a topic named %s is created, described and deleted',
  async (name) => {
    const made = await manager.send('POST', `/topic/${name}?keyType=INTEGER&valueType=LONG`, {
      writeType: 'IMMUTABLE',
    });
    expect([made.status, made.text]).toEqual([201, '']);
    expect((await manager.send('GET', `/topic/${name}`)).json()).toMatchObject({
      name,
      keyType: 'INTEGER',
      writeType: 'IMMUTABLE',
    });
    expect((await manager.send('DELETE', `/topic/${name}/mirror`)).status).toBe(200);
    const body = { name, topicName: name };
    expect((await manager.send('POST', '/topic/mirror', body)).status).toBe(201);
    const again = await manager.send('PUT', `/topic/${name}`, { key: 'int', value: 'long' });
    expect(again.json()).toMatchObject({ result: 'unchanged' });
    expect((await manager.send('DELETE', `/topic/${name}`)).status).toBe(200);
    expect(await exists(name)).toBe(false);
  },
);

test('a new mirror without its topic is not taken for a topic', async () => {
  const refused = await manager.send('POST', '/topic/mirror', { name: 'mirror' });
  expect(refused.json()).toMatchObject({
    code: 400,
    detail: expect.stringContaining('topicName'),
  });
  expect(await exists('mirror')).toBe(false);
});
