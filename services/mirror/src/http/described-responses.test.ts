import { codecFor } from '@quicksilver/codec/codecs';
import { partitionOf } from '@quicksilver/kafka/partitioner';
import { MIN_POSITION_HEADER } from '@quicksilver/contracts/mirror-api/contract';
import { printPosition } from '@quicksilver/contracts/mirror-api/position-token';
import { DescribedApi } from '@quicksilver/testkit/described-api';
import { call, type CallOptions } from '@quicksilver/testkit/http-call';
import { MirrorReplicas } from '@quicksilver/testkit/mirror-replicas';
import { expect, test } from 'vitest';

const PARTITIONS = 4;
const home = (key: string): number => partitionOf(codecFor('STRING').fromText(key), PARTITIONS);
const BATCH = { json: ['a', 'nope', 'c'] };
const RANGE = 'from=0&to=9';

type Request = readonly [route: string, path: string, status: number, options?: CallOptions];

/** Requests to every route, with each status that a healthy mirror returns. */
const REQUESTS: readonly Request[] = [
  ['GET /topics/{topic}/keys/{key}', '/topics/people/keys/a', 200],
  ['GET /topics/{topic}/keys/{key}', '/topics/people/keys/b%2Fb', 200],
  ['GET /topics/{topic}/keys/{key}', '/topics/people/keys/nope', 404],
  ['GET /topics/{topic}/keys/{key}', '/topics/nope/keys/a', 404],
  ['GET /topics/{topic}/keys/{key}', '/topics/__nope/keys/a', 403],
  [
    'GET /topics/{topic}/keys/{key}',
    '/topics/people/keys/a',
    304,
    { headers: { 'if-none-match': '*' } },
  ],
  [
    'GET /topics/{topic}/keys/{key}',
    '/topics/people/keys/a',
    400,
    { headers: { [MIN_POSITION_HEADER]: '9:1' } },
  ],
  [
    'GET /topics/{topic}/keys/{key}',
    '/topics/people/keys/a',
    200,
    { headers: { accept: 'application/problem+json' } },
  ],
  ['POST /topics/{topic}/keys:batchGet', '/topics/people/keys:batchGet', 200, BATCH],
  ['POST /topics/{topic}/keys:batchGet', '/topics/people/keys:batchGet', 400, { json: [] }],
  ['POST /topics/{topic}/keys:batchGet', '/topics/people/keys:batchGet', 400, { json: [1] }],
  ['POST /topics/{topic}/keys:batchGet', '/topics/people/keys:batchGet', 400, { json: {} }],
  ['POST /topics/{topic}/keys:batchGet', '/topics/people/keys:batchGet', 400, { body: '[' }],
  [
    'POST /topics/{topic}/keys:batchGet',
    '/topics/people/keys:batchGet',
    413,
    { json: Array.from({ length: 501 }, String) },
  ],
  [
    'POST /topics/{topic}/keys:batchGet',
    '/topics/people/keys:batchGet',
    415,
    { body: '[]', headers: { 'content-type': 'text/plain' } },
  ],
  ['POST /topics/{topic}/keys:offsets', '/topics/people/keys:offsets', 200, BATCH],
  ['POST /topics/{topic}/keys:locate', '/topics/people/keys:locate', 200, BATCH],
  ['POST /topics/{topic}/keys:held', '/topics/people/keys:held?partitions=0', 200, BATCH],
  ['POST /topics/{topic}/keys:held', '/topics/people/keys:held?partitions=1', 421, BATCH],
  [
    'POST /topics/{topic}/keys:held',
    '/topics/people/keys:held?partitions=0&values=true',
    200,
    BATCH,
  ],
  ['GET /topics/{topic}/keys', '/topics/people/keys?limit=2', 200],
  ['GET /topics/{topic}/keys', '/topics/people/keys?cursors=true&partitions=0,2', 200],
  ['GET /topics/{topic}/keys', '/topics/people/keys?cursor=nope', 400],
  ['GET /topics/{topic}/keys', '/topics/people/keys?limit=0', 400],
  ['GET /topics/{topic}/partitions', '/topics/people/partitions', 200],
  ['GET /topics/{topic}/range/{key}', `/topics/people/range/a?${RANGE}`, 200],
  ['GET /topics/{topic}/range/{key}', `/topics/people/range/a?${RANGE}&cursors=true&limit=1`, 200],
  ['GET /topics/{topic}/range/{key}', '/topics/people/range/a?from=x', 400],
  ['GET /topics/{topic}/range/{key}', `/topics/people/range/a?${RANGE}&cursor=nope`, 400],
  ['GET /mirror/{key}', '/mirror/a', 200],
  ['GET /mirror/{key}', '/mirror/nope', 404],
  ['GET /mirror/{key}', '/mirror/a', 304, { headers: { 'if-none-match': '*' } }],
  ['GET /mirror/keys', '/mirror/keys?ids=a,c', 200],
  ['GET /mirror/keys', '/mirror/keys?ids=a,nope', 404],
  ['GET /mirror/keys', '/mirror/keys', 404],
  ['GET /mirror', '/mirror', 200],
  ['GET /mirror/range/{key}', `/mirror/range/a?${RANGE}`, 200],
  ['GET /mirror/range/{key}', '/mirror/range/a', 400],
  ['GET /streams/partitions', '/streams/partitions', 200],
  ['GET /status', '/status', 200],
  ['GET /places', '/places', 200],
  ['GET /poison', '/poison', 200],
  ['GET /topics/{topic}/poison', '/topics/people/poison', 200],
  ['POST /topics/{topic}/poison:retry', '/topics/people/poison:retry', 200],
  ['GET /topics/{topic}/size', '/topics/people/size', 200],
  ['GET /topics/{topic}/size', '/topics/nope/size', 404],
  ['GET /unindexed', '/unindexed', 200],
  ['GET /nonconforming', '/nonconforming', 200],
];

async function replicas(): Promise<MirrorReplicas> {
  const mirror = await MirrorReplicas.start({
    replicas: 2,
    partitions: PARTITIONS,
    arguments: { rangeField: 'at' },
  });
  for (const [at, key] of ['a', 'b/b', 'c', 'd'].entries()) {
    mirror.write(home(key), key, JSON.stringify({ at }), at);
  }
  // A record without its range field, and one that is not JSON.
  mirror.write(home('e'), 'e', '{}', 5);
  mirror.write(home('f'), 'f', 'no JSON', 5);
  return mirror;
}

/** Both replicas get all requests, so that each of them forwards some. */
async function problemsOf(mirror: MirrorReplicas): Promise<string[]> {
  const headers = { [MIN_POSITION_HEADER]: printPosition(mirror.position) };
  const api = await DescribedApi.read(mirror.url(0));
  const problems: string[] = [];
  for (const url of [mirror.url(0), mirror.url(1)]) {
    // Waits until the replicas have applied all records.
    await call(`${url}/topics/people/keys`, { headers });
    for (const [route, path, status, options] of REQUESTS) {
      const method = route.startsWith('GET') ? 'GET' : 'POST';
      const answer = await call(`${url}${path}`, { ...options, method });
      // Only its owner has the records of a partition.
      if (answer.status !== status && !route.endsWith(':held')) {
        problems.push(`${path} answers ${answer.status}, not ${status}: ${answer.text}`);
      }
      problems.push(...api.problemsOf(route, answer));
    }
  }
  const requested = new Set(REQUESTS.map(([route]) => route));
  return [...problems, ...api.routes.filter((route) => !requested.has(route))];
}

test('every route answers as its declaration says, on both replicas', async () => {
  await using mirror = await replicas();
  expect(await problemsOf(mirror)).toEqual([]);
});

test('every route answers as its declaration says in a mixed topic', async () => {
  await using mirror = await replicas();
  mirror.write((home('c') + 1) % PARTITIONS, 'c', '{"at":7}', 9);
  expect(await problemsOf(mirror)).toEqual([]);
  const located = await call(`${mirror.url(0)}/topics/people/keys:locate`, BATCH);
  expect(located.headers['x-quick-mixed']).toBe('?1');
});
