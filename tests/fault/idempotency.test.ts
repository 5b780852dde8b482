import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { call, type Answer } from '@quicksilver/testkit/http-call';
import { readTopic } from '@quicksilver/testkit/oracle';
import { OwnRedis } from '@quicksilver/testkit/own-redis';
import { readMetric } from '@quicksilver/testkit/read-metric';
import type { ServiceProcess } from '@quicksilver/testkit/service-process';
import { TestNetwork } from '@quicksilver/testkit/test-network';
import { ToggleProxy } from '@quicksilver/testkit/toggle-proxy';
import { afterAll, beforeAll, expect, test } from 'vitest';

const CUTS = 5;
const CUT_REQUESTS = 100;
const WAIT_MS = 90_000;

const topic = uniqueTopic('idempotent');
let network: TestNetwork;
let redis: OwnRedis;
const closing = new AsyncDisposableStack();

beforeAll(async () => {
  redis = closing.use(await OwnRedis.start());
  network = closing.use(
    await TestNetwork.start({
      broker: testBroker(),
      topics: [{ name: topic, configs: { 'cleanup.policy': 'delete' } }],
      ingests: 2,
      mirrors: [],
      // A Redis that works is never taken for one that is away.
      env: { ingest: { QUICK_REDIS_URL: redis.url, QUICK_REDIS_TIMEOUT_MS: '10000' } },
    }),
  );
});
afterAll(() => closing.disposeAsync());

const first = (): ServiceProcess => network.ingest;
const second = (): ServiceProcess => network.service('ingest-1');

function post(url: string, id: string, value: unknown = id): Promise<Answer> {
  const headers = { 'idempotency-key': `"${id}"` };
  return call(`${url}/${topic}`, { json: { key: id, value }, headers });
}

/** Tries again while the first try is being answered. */
function retry(url: string, id: string): Promise<Answer> {
  return eventually(async () => {
    const answer = await post(url, id);
    expect(answer.status, answer.text).toBe(201);
    return answer;
  }, WAIT_MS);
}

/** How often each value is in the topic, of those that begin so. */
async function timesWritten(prefix: string): Promise<number[]> {
  const times = new Map<string, number>();
  for (const { key } of await readTopic(testBroker(), topic)) {
    if (key?.startsWith(prefix) === true) {
      times.set(key, (times.get(key) ?? 0) + 1);
    }
  }
  return [...times.values()];
}

test('I-W8: 500 requests whose answers were cut off are made again, at any replica, and none is done twice', async () => {
  const [host = '', port] = first().address.split(':');
  await using proxy = await ToggleProxy.listen({ target: { host, port: Number(port) } });
  for (let cut = 0; cut < CUTS; cut += 1) {
    const ids = Array.from({ length: CUT_REQUESTS }, (_, at) => `cut-${cut}-${at}`);
    const before = await readMetric(first(), 'ingest_records_total', { outcome: 'ok' });
    await proxy.set('half_open');
    const lost = ids.map((id) => post(`http://${proxy.address}`, id).catch(() => undefined));
    await eventually(async () => {
      const written = await readMetric(first(), 'ingest_records_total', { outcome: 'ok' });
      expect(written - before).toBe(CUT_REQUESTS);
    }, WAIT_MS);
    // A write is counted before its response, which may not have reached the proxy yet.
    proxy.resetConnections();
    await proxy.set('pass');
    expect((await Promise.all(lost)).filter((answer) => answer !== undefined)).toEqual([]);
    const again = await Promise.all(
      ids.map((id, at) => retry(at % 2 === 0 ? first().url : second().url, id)),
    );
    expect(again.filter(({ headers }) => headers['idempotency-replayed'] !== 'true')).toEqual([]);
    expect(again.every(({ text }) => text.includes('"outcome":"ok"'))).toBe(true);
  }
  const times = await timesWritten('cut-');
  expect(times).toHaveLength(CUTS * CUT_REQUESTS);
  expect(times.filter((count) => count !== 1)).toEqual([]);
});

test('the answer given again is the first one, with its position', async () => {
  const answer = await post(first().url, 'same');
  for (const { url } of [first(), second()]) {
    const again = await retry(url, 'same');
    expect(again.text).toBe(answer.text);
    expect(again.headers).toMatchObject({
      'x-quick-position': answer.headers['x-quick-position'],
      'content-type': answer.headers['content-type'],
      'idempotency-replayed': 'true',
    });
    const other = await post(url, 'same', 'another value');
    expect([other.status, other.json()]).toMatchObject([
      422,
      { errorCode: 'IDEMPOTENCY_MISMATCH' },
    ]);
  }
  expect(answer.headers['idempotency-replayed']).toBeUndefined();
});

test('without Redis writes go on, each process remembers its own, and they share again when it is back', async () => {
  await redis.kill();
  expect((await post(first().url, 'alone')).status).toBe(201);
  expect((await post(first().url, 'alone')).headers['idempotency-replayed']).toBe('true');
  expect((await post(second().url, 'alone')).headers['idempotency-replayed']).toBeUndefined();
  await eventually(async () => {
    expect(await readMetric(first(), 'ingest_shared_cache_away')).toBe(1);
  }, WAIT_MS);
  await redis.start();
  let turn = 0;
  await eventually(async () => {
    turn += 1;
    await post(first().url, `back-${turn}`);
    const again = await post(second().url, `back-${turn}`);
    expect(again.headers['idempotency-replayed']).toBe('true');
  }, WAIT_MS);
  expect(await readMetric(first(), 'ingest_shared_cache_away')).toBe(0);
  await eventually(() => {
    const said = first()
      .tail()
      .split('\n')
      .filter((line) => line.includes('Redis'));
    expect(said.map((line) => (JSON.parse(line) as { level: string }).level)).toEqual([
      'warn',
      'info',
    ]);
  }, WAIT_MS);
});
