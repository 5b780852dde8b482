import { eventually } from '@quicksilver/testkit/eventually';
import { freezeProcess, thawProcess } from '@quicksilver/testkit/freeze-process';
import { OwnRedis } from '@quicksilver/testkit/own-redis';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { Secret } from '@quicksilver/common/config/secret';
import { SharedCache } from '@quicksilver/common/cache/shared-cache';

/** Long for a Redis that works, so that none of its answers is late. */
const TIMEOUT_MS = 1_000;
/** A part of what a hundred commands would take that wait for the deadline each. */
const AT_ONCE_MS = 30 * TIMEOUT_MS;
const BACK_MS = 90_000;

let redis: OwnRedis;
let cache: SharedCache;
const said: string[] = [];

const log = {
  debug() {},
  info: (_fields: object, text: string) => said.push(text),
  warn: (_fields: object, text: string) => said.push(text),
  error() {},
  child: () => log,
};

beforeEach(async () => {
  said.length = 0;
  redis = await OwnRedis.start();
  cache = new SharedCache({
    url: new Secret(redis.url),
    timeoutMs: TIMEOUT_MS,
    prefix: 'test:',
    log,
  });
  await cache.start();
  await eventually(async () => {
    await cache.put('is', 'there', 1_000);
    const { is } = await cache.claim('is', 'x', 1_000);
    if (is !== 'taken') {
      throw new Error(`Redis is not used yet: ${is}`);
    }
  }, BACK_MS);
  said.length = 0;
});
afterEach(async () => {
  await cache.stop();
  await redis[Symbol.asyncDispose]();
});

test('of several who claim a key one gets it, and the others what it put there', async () => {
  const claims = await Promise.all(
    Array.from({ length: 20 }, (_, at) => cache.claim('k', `v${at}`, 10_000)),
  );
  const ours = claims.findIndex(({ is }) => is === 'ours');
  expect(claims.filter(({ is }) => is === 'ours')).toHaveLength(1);
  expect(claims.filter((_, at) => at !== ours)).toEqual(
    Array.from({ length: 19 }, () => ({ is: 'taken', value: `v${ours}` })),
  );
  await cache.put('k', 'answer', 10_000);
  expect(await cache.claim('k', 'x', 10_000)).toEqual({ is: 'taken', value: 'answer' });
  await cache.drop('k');
  expect(await cache.claim('k', 'x', 10_000)).toEqual({ is: 'ours' });
});

test('a Redis that goes is missed at once, said to be away once, and used again when it is back', async () => {
  await redis.kill();
  const beganMs = performance.now();
  for (let at = 0; at < 100; at += 1) {
    expect(await cache.claim(`k${at}`, 'v', 1_000)).toEqual({ is: 'away' });
  }
  expect(performance.now() - beganMs).toBeLessThan(AT_ONCE_MS);
  expect(cache.isAway).toBe(true);
  expect(said).toEqual(['Redis is unavailable: this process continues with its local cache']);
  await redis.start();
  await eventually(async () => {
    expect((await cache.claim('again', 'v', 10_000)).is).not.toBe('away');
  }, BACK_MS);
  expect(cache.isAway).toBe(false);
  expect(said.slice(1)).toEqual(['Redis is available again']);
});

test('a Redis that hangs holds a few commands up for the deadline, and the next ones not at all', async () => {
  await freezeProcess(redis.pid);
  try {
    const beganMs = performance.now();
    for (let at = 0; at < 100; at += 1) {
      expect(await cache.claim(`k${at}`, 'v', 1_000)).toEqual({ is: 'away' });
    }
    expect(performance.now() - beganMs).toBeLessThan(AT_ONCE_MS);
  } finally {
    thawProcess(redis.pid);
  }
  await eventually(async () => {
    expect((await cache.claim('again', 'v', 10_000)).is).not.toBe('away');
  }, BACK_MS);
});

test('a service starts without Redis', async () => {
  const early = new SharedCache({
    url: new Secret('redis://:hunter2@127.0.0.1:1/0'),
    timeoutMs: TIMEOUT_MS,
    prefix: 'test:',
    log,
  });
  await early.start();
  expect(await early.claim('k', 'v', 1_000)).toEqual({ is: 'away' });
  await early.stop();
  expect(said).toHaveLength(1);
});
