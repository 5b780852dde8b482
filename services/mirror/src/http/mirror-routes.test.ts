import { codecFor } from '@quicksilver/codec/codecs';
import { AppError } from '@quicksilver/common/errors/app-error';
import { HttpServer } from '@quicksilver/common/http/http-server';
import { partitionOf } from '@quicksilver/kafka/partitioner';
import {
  batchPath,
  keyPath,
  listPath,
  offsetsPath,
} from '@quicksilver/contracts/mirror-api/contract';
import { HEALTHY_MIRROR } from '@quicksilver/testkit/healthy-mirror';
import { call, type Answer } from '@quicksilver/testkit/http-call';
import { silentLog } from '@quicksilver/testkit/silent-log';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { PoisonLog } from '../apply/poison-log.ts';
import type { PartitionView } from '../apply/partition-state.ts';
import { HOME_PLACEMENT } from '../query/key-placement.ts';
import { QueryService } from '../query/query-service.ts';
import type { TopicView } from '../query/topic-view.ts';
import { ValueCache } from '../query/value-cache.ts';
import { Forwarder } from '../route/forwarder.ts';
import { HttpRemoteReads } from '../route/http-remote-reads.ts';
import { Owners } from '../route/owners.ts';
import { keyEncodingFor } from '../store/key-encoding.ts';
import { keyShortcut } from './key-shortcut.ts';
import { mirrorRoutes } from './mirror-routes.ts';
import type { RouteNeeds } from './route-needs.ts';

const PARTITIONS = 3;
const TOPIC = 'flights';
/** One of two replicas with the same data. Each serves only the partitions that it owns. */
class Replica {
  readonly server: HttpServer;
  readonly forwarder: Forwarder;
  readonly partitions = new Map<number, PartitionView>();
  /** Responses that bypassed the routes. */
  shortcuts = 0;

  constructor(ordinal: number, peers: string[], data: ReadonlyMap<string, string>) {
    const advertised = (): string => peers[ordinal] ?? '';
    const owners = new Owners({ ordinal, peers, copies: 1, advertised });
    for (const partition of owners.owned(PARTITIONS)) {
      this.partitions.set(partition, servingPartition(partition));
    }
    const view = viewOf(data, this.partitions);
    this.forwarder = new Forwarder({
      partitionsOf: () => PARTITIONS,
      owners,
      timeoutMs: 5_000,
      peerKey: () => undefined,
    });
    const needs: RouteNeeds = {
      topics: {
        single: TOPIC,
        require: (topic) => {
          if (topic !== TOPIC) {
            throw new AppError('TOPIC_NOT_FOUND', `Topic ${topic} is not mirrored here.`);
          }
          return view;
        },
        find: (topic) => (topic === TOPIC ? view : undefined),
        look: () => Promise.resolve(),
      },
      queries: new QueryService({ waitMaxMs: 10, stalenessMaxMs: 0, absenceAgeMaxMs: 0 }),
      remote: new HttpRemoteReads(this.forwarder),
      ownersOf: (partition) => owners.addressesOf(partition),
      sizes: { of: () => Promise.reject(new Error('not measured')) },
      status: () => ({ ordinal, replicas: 2, topics: [] }),
      ...HEALTHY_MIRROR,
    };
    const shortcut = keyShortcut(needs);
    this.server = new HttpServer({
      name: 'mirror',
      host: '127.0.0.1',
      port: 0,
      log: silentLog,
      keys: undefined,
      routes: (app) => mirrorRoutes(app, needs),
      shortcut: (request, response, caller) => {
        const isAnswered = shortcut(request, response, caller);
        this.shortcuts += isAnswered ? 1 : 0;
        return isAnswered;
      },
    });
  }

  get url(): string {
    return `http://${this.server.address()}`;
  }
}

function servingPartition(partition: number): PartitionView {
  const endOffset = 12n + BigInt(partition);
  return {
    partition,
    state: 'serving',
    detail: undefined,
    generation: 1,
    nextOffset: 10n,
    endOffset,
    stableOffset: endOffset,
    topicId: 'id',
    poison: new PoisonLog({ entriesMax: 0, encodeKey: () => undefined }),
    atEndMs: 0,
    waitFor: (offset) => Promise.resolve(offset < 10n),
    reportCorrupt: () => {},
  };
}

function viewOf(
  data: ReadonlyMap<string, string>,
  partitions: ReadonlyMap<number, PartitionView>,
): TopicView {
  const of = (key: Buffer): number => partitionOf(key, PARTITIONS);
  const record = (json: string) => ({ offset: 7n, timestamp: 1_700n, json: Buffer.from(json) });
  return {
    topic: TOPIC,
    partitions: PARTITIONS,
    keyCodec: codecFor('STRING'),
    keyEncoding: keyEncodingFor('STRING'),
    isImmutable: false,
    placement: HOME_PLACEMENT,
    cache: new ValueCache({ bytesMax: 10_000, isText: true }),
    store: {
      get: (_partition, _generation, key) => {
        const json = data.get(key.toString());
        return json === undefined ? undefined : record(json);
      },
      find: () => undefined,
      removedAt: () => undefined,
      placesOf: () => undefined,
      list: ({ partition, after, itemsMax }) => {
        const entries = [...data]
          .map(([key, json]) => ({ key: Buffer.from(key), ...record(json) }))
          .filter(({ key }) => of(key) === partition)
          .toSorted((one, other) => Buffer.compare(one.key, other.key))
          .filter(({ key }) => after === undefined || Buffer.compare(key, after) > 0);
        const page = entries.slice(0, itemsMax);
        return Promise.resolve({ entries: page, isComplete: page.length === entries.length });
      },
      count: () => Promise.reject(new Error('not counted')),
      openRange: () => {
        throw new Error('the topic has no range');
      },
      position: () => undefined,
    },
    partitionOf: of,
    owned: (partition) => partitions.get(partition),
    listOwned: () => [...partitions.values()],
  };
}

const CITY = 'city1';
const KEYS = [...Array.from({ length: 40 }, (_, at) => `k${at}`), 'keys', 'a,b', CITY];
const DATA = new Map(KEYS.map((key) => [key, JSON.stringify({ of: key })]));
DATA.set(CITY, JSON.stringify({ of: CITY, text: 'Zürich, 東京' }));

describe('two replicas', () => {
  const peers = ['', ''];
  const replicas = [0, 1].map((ordinal) => new Replica(ordinal, peers, DATA));
  const [first, second] = replicas as [Replica, Replica];

  beforeAll(async () => {
    for (const [ordinal, { server }] of replicas.entries()) {
      await server.start({ signal: new AbortController().signal, fail: () => {} });
      peers[ordinal] = server.address();
    }
  });
  afterAll(async () => {
    await Promise.all(
      replicas.flatMap(({ server, forwarder }) => [server.stop(), forwarder.stop()]),
    );
  });

  const keyAt = (partition: number): string =>
    KEYS.find((key) => partitionOf(Buffer.from(key), PARTITIONS) === partition) ?? '';
  const bakdata = (path: string): Promise<Answer> => call(`${first.url}${path}`);

  test('an owner responds with its position and lag, from the store and from the cache', async () => {
    for (const _round of ['from the store', 'from the cache']) {
      const answer = await call(`${first.url}${keyPath(TOPIC, keyAt(2))}`);
      expect(answer.text).toBe(DATA.get(keyAt(2)));
      expect(answer.headers).toMatchObject({
        'x-quick-position': '2:9@id',
        'x-quick-lag': '4',
        'content-type': 'application/json',
      });
      expect(answer.headers['x-cache-update']).toBeUndefined();
    }
  });

  test('a response identifies its record, and is 304 if the client has it, on every replica', async () => {
    for (const partition of [2, 1]) {
      const url = `${first.url}${keyPath(TOPIC, keyAt(partition))}`;
      const etag = `"${partition}-7-id"`;
      const place = {
        etag,
        'cache-control': 'no-cache',
        'x-kafka-partition': String(partition),
        'x-kafka-offset': '7',
      };
      for (const _round of ['from the store', 'from the cache']) {
        const { status, headers } = await call(url);
        expect({ status, headers }).toMatchObject({
          status: 200,
          headers: { ...place, 'x-kafka-timestamp': '1700' },
        });
      }
      for (const tag of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
        const same = await call(url, { headers: { 'if-none-match': tag } });
        expect([same.status, same.text, same.headers['etag']]).toEqual([304, '', etag]);
        expect(same.headers['cache-control']).toBe('no-cache');
      }
      // Another record, and the same place in a topic that was there before under this name.
      for (const tag of [`"${partition}-6-id"`, `"${partition}-7-di"`]) {
        expect((await call(url, { headers: { 'if-none-match': tag } })).status).toBe(200);
      }
    }
  });

  test('offsets of several keys are in their order, with null for a missing key', async () => {
    const keys = [keyAt(0), 'none', keyAt(1), keyAt(2)];
    for (const _round of ['from the store', 'from the cache']) {
      const answer = await call(`${first.url}${offsetsPath(TOPIC)}`, { json: keys });
      expect(answer.text).toBe('[\n7\n,null\n,7\n,7\n]');
    }
    const headers = { 'x-quick-min-position': '1:50' };
    const late = await call(`${first.url}${offsetsPath(TOPIC)}`, { json: keys, headers });
    expect([late.status, late.json()]).toMatchObject([504, { errorCode: 'POSITION_NOT_REACHED' }]);
  });

  test('a value bypasses the route with the same response, cached or not', async () => {
    const key = CITY;
    const url = `${first.url}${keyPath(TOPIC, key)}`;
    const before = first.shortcuts;
    const [stored, fast, slow] = [await call(url), await call(url), await call(`${url}?by=route`)];
    expect(first.shortcuts).toBe(before + 2);
    const later = { date: '', 'x-quick-age': '' };
    const partsOf = ({ status, text, headers }: Answer) => [status, text, { ...headers, ...later }];
    expect(partsOf(fast)).toEqual(partsOf(slow));
    expect(partsOf(stored)).toEqual(partsOf(slow));
    expect(fast.headers['content-length']).toBe(String(Buffer.byteLength(DATA.get(key) ?? '')));
  });

  test('a request that needs more than a stored value takes the route', async () => {
    const url = `${first.url}${keyPath(TOPIC, keyAt(2))}`;
    const before = first.shortcuts;
    await call(url, { headers: { 'x-quick-min-position': '2:9' } });
    await call(url, { headers: { 'if-none-match': '"2-7"' } });
    await call(url, { method: 'HEAD' });
    await call(`${first.url}${keyPath(TOPIC, 'a,b')}`);
    await call(`${first.url}${keyPath(TOPIC, 'none')}`);
    await call(`${first.url}${keyPath('other', keyAt(2))}`);
    expect(first.shortcuts).toBe(before);
  });

  test('a request for another replica is forwarded, and its errors keep their code', async () => {
    const answer = await call(`${first.url}${keyPath(TOPIC, keyAt(1))}`);
    expect(answer.text).toBe(DATA.get(keyAt(1)));
    expect(answer.headers).toMatchObject({ 'x-quick-position': '1:9@id', 'x-cache-update': '?1' });
    const missing = Array.from({ length: 20 }, (_, at) => `none${at}`).find(
      (key) => partitionOf(Buffer.from(key), PARTITIONS) === 1,
    );
    const none = await call(`${first.url}${keyPath(TOPIC, missing ?? '')}`);
    expect([none.status, none.json()]).toMatchObject([404, { errorCode: 'KEY_NOT_FOUND' }]);
    const age: unknown = expect.stringMatching(/^\d+$/);
    expect(none.headers).toMatchObject({ 'x-quick-position': '1:9@id', 'x-quick-age': age });
    const headers = { 'x-quick-min-position': '1:50' };
    const late = await call(`${first.url}${keyPath(TOPIC, keyAt(1))}`, { headers });
    expect([late.status, late.json()]).toMatchObject([504, { errorCode: 'POSITION_NOT_REACHED' }]);
  });

  test('a batch of several owners is returned in its order', async () => {
    const keys = ['none', ...KEYS, 'k1', 'none'];
    const expected = keys.map((key) => DATA.get(key) ?? 'null').join('\n,');
    for (const headers of [{}, { 'x-quick-min-position': '0:9,1:9,2:9' }]) {
      const answer = await call(`${second.url}${batchPath(TOPIC)}`, { json: keys, headers });
      expect(answer.text).toBe(`[\n${expected}\n]`);
      expect(answer.headers).toMatchObject({ 'x-quick-lag': '4', 'x-cache-update': '?1' });
      expect(answer.headers['x-quick-position']?.split(/[,@]/).toSorted()).toEqual([
        '0:9',
        '1:9',
        '2:9',
        'id',
      ]);
    }
  });

  test('a batch is an error if one owner cannot return its part', async () => {
    const state = second.partitions.get(1);
    Object.assign(state ?? {}, { state: 'restoring' });
    try {
      const answer = await call(`${first.url}${batchPath(TOPIC)}`, { json: KEYS });
      expect([answer.status, answer.json()]).toMatchObject([503, { errorCode: 'RESTORING' }]);
      // The first pages are sent already, so the connection breaks. The list is never short.
      await expect(bakdata('/mirror')).rejects.toThrow('closed');
      const owned = await call(`${first.url}${keyPath(TOPIC, keyAt(0))}`);
      expect(owned.status).toBe(200);
    } finally {
      Object.assign(state ?? {}, { state: 'serving' });
    }
  });

  test('pages contain all partitions of all replicas, or those of the request', async () => {
    const list = async (query: string): Promise<string[]> => {
      const keys: string[] = [];
      for (let cursor = ''; cursor !== 'end';) {
        const path = `${listPath(TOPIC)}?limit=4${query}${cursor}`;
        const page = (await call(`${first.url}${path}`)).json() as {
          items: { key: string }[];
          next: string | null;
        };
        expect(page.items.length).toBeLessThanOrEqual(4);
        keys.push(...page.items.map(({ key }) => key));
        cursor = page.next === null ? 'end' : `&cursor=${page.next}`;
      }
      return keys;
    };
    expect((await list('')).toSorted()).toEqual(KEYS.toSorted());
    const some = KEYS.filter((key) => partitionOf(Buffer.from(key), PARTITIONS) > 0);
    expect((await list('&partitions=1,2')).toSorted()).toEqual(some.toSorted());
  });

  test('a mirror returns the owners of the partitions', async () => {
    const [one = '', other = ''] = peers;
    expect((await bakdata(`/topics/${TOPIC}/partitions`)).json()).toEqual({
      0: [one],
      1: [other],
      2: [one],
    });
    expect((await bakdata('/streams/partitions')).json()).toEqual({ 0: one, 1: other, 2: one });
  });

  test('bakdata Quick: a value has an envelope, and a missing key has the text of bakdata Quick', async () => {
    for (const partition of [0, 1]) {
      const key = keyAt(partition);
      expect((await bakdata(`/mirror/${key}`)).json()).toEqual({ value: { of: key } });
    }
    for (const key of ['none1', 'none2', 'none3', 'none4']) {
      const answer = await bakdata(`/mirror/${key}`);
      expect([answer.status, answer.json()]).toMatchObject([
        404,
        { detail: `Key ${key} does not exist in Mirror`, uriPath: `/mirror/${key}` },
      ]);
    }
  });

  test('bakdata Quick: several keys in their order, or 404 if one is missing', async () => {
    const values = (answer: Answer): unknown => answer.json();
    expect(values(await bakdata('/mirror/keys?ids=k3,k1,k3'))).toEqual({
      value: [{ of: 'k3' }, { of: 'k1' }, { of: 'k3' }],
    });
    expect(values(await bakdata('/mirror/keys?ids=k1&ids=a,b'))).toEqual({
      value: [{ of: 'k1' }, { of: 'a,b' }],
    });
    const missing = await bakdata('/mirror/keys?ids=k1,none,k2');
    expect([missing.status, missing.json()]).toMatchObject([
      404,
      { detail: 'Key none does not exist in Mirror' },
    ]);
    // Row 66: a plus in a query is a space, and an encoded one is a plus.
    for (const [ids, key] of [
      ['no+ne', 'no ne'],
      ['no%2Bne', 'no+ne'],
    ]) {
      const { detail } = (await bakdata(`/mirror/keys?ids=${ids}`)).json() as { detail: string };
      expect(detail).toBe(`Key ${key} does not exist in Mirror`);
    }
    expect((await bakdata('/mirror/keys?ids=')).status).toBe(400);
    expect((await bakdata(`/mirror/keys?ids=${'k,'.repeat(500)}k`)).status).toBe(413);
  });

  test('bakdata Quick: without ids the path is that of the key `keys`', async () => {
    expect((await bakdata('/mirror/keys')).json()).toEqual({ value: { of: 'keys' } });
  });

  test('bakdata Quick: all values of all replicas', async () => {
    const { value } = (await bakdata('/mirror')).json() as { value: { of: string }[] };
    expect(value.map(({ of }) => of).toSorted()).toEqual(KEYS.toSorted());
  });

  test('bakdata Quick: a range without an index has the text of bakdata Quick', async () => {
    const answer = await bakdata('/mirror/range/k1?from=1&to=2');
    expect([answer.status, answer.json()]).toMatchObject([
      400,
      { detail: 'You are trying to query a range. But no range index set.' },
    ]);
  });

  test('only the keys of a stopped replica are unavailable', async () => {
    await second.server.stop();
    const gone = await call(`${first.url}${keyPath(TOPIC, keyAt(1))}`);
    expect([gone.status, gone.json()]).toMatchObject([503, { errorCode: 'MIRROR_UNAVAILABLE' }]);
    expect(gone.headers['retry-after']).toBe('1');
    expect((await call(`${first.url}${keyPath(TOPIC, keyAt(0))}`)).status).toBe(200);
  });
});
