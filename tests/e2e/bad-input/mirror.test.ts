import { createKafkaClient } from '@quicksilver/kafka/kafka-client';
import { partitionOf } from '@quicksilver/kafka/partitioner';
import type { RecordSink } from '@quicksilver/kafka/ports';
import { FORWARDED_HEADER, type MirrorStatus } from '@quicksilver/contracts/mirror-api/contract';
import { ownersOf } from '@quicksilver/contracts/mirror-api/ownership';
import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { call } from '@quicksilver/testkit/http-call';
import { RawConnection, rawRequest, sendRaw } from '@quicksilver/testkit/raw-http';
import { readMetric } from '@quicksilver/testkit/read-metric';
import { TestNetwork } from '@quicksilver/testkit/test-network';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { MIRROR_ROWS, TEXT_KEYS, type MirrorTopics } from './mirror-rows.ts';
import { POISON_ROWS } from './poison-rows.ts';
import { LARGE_KEY, LARGE_ROWS, RANGE_ROWS, rangeRequest, SMALL, SMALL_KEY } from './range-rows.ts';

const PARTITIONS = 3;
const DEADLINE_MS = 90_000;

const topics: MirrorTopics = {
  text: uniqueTopic('bad-text'),
  integer: uniqueTopic('bad-integer'),
  long: uniqueTopic('bad-long'),
  double: uniqueTopic('bad-double'),
  json: uniqueTopic('bad-json'),
};
const shared = uniqueTopic('bad-shared');
const poisoned = uniqueTopic('bad-poison');
const ranged = uniqueTopic('bad-range');
/** From below zero to above it, the last first: the order is that of the index. */
const LARGE = Array.from({ length: LARGE_ROWS }, (_, at) => LARGE_ROWS / 2 - at);
const ROWS = MIRROR_ROWS.map((row) => ({ ...row, gets: row.code ?? '' }));

const bytes = (form: (buffer: Buffer) => void, length: number): Buffer => {
  const buffer = Buffer.alloc(length);
  form(buffer);
  return buffer;
};
const int32 = (value: number): Buffer => bytes((buffer) => buffer.writeInt32BE(value), 4);
const int64 = (value: bigint): Buffer => bytes((buffer) => buffer.writeBigInt64BE(value), 8);

describe('bad input to the mirror', () => {
  let network: TestNetwork;
  let sink: RecordSink;

  const write = async (topic: string, key: Buffer | null, value: Buffer | null): Promise<void> => {
    const partition = key === null ? 0 : partitionOf(key, PARTITIONS);
    const [result] = await sink.produce(
      [{ topic, partition, records: [{ key, value }] }],
      DEADLINE_MS,
    );
    expect(result).toMatchObject({ ok: true });
  };

  /** As one batch, each with so many bytes that say nothing. */
  const writeVersions = async (key: string, ats: readonly number[], pad: number): Promise<void> => {
    const partition = partitionOf(Buffer.from(key), PARTITIONS);
    const records = ats.map((at) => ({
      key: Buffer.from(key),
      value: Buffer.from(JSON.stringify({ at, pad: 'x'.repeat(pad) })),
    }));
    for (let from = 0; from < records.length; from += 500) {
      const batch = { topic: ranged, partition, records: records.slice(from, from + 500) };
      const [result] = await sink.produce([batch], DEADLINE_MS);
      expect(result).toMatchObject({ ok: true });
    }
  };

  beforeAll(async () => {
    network = await TestNetwork.start({
      broker: testBroker(),
      topics: [
        { name: topics.text },
        { name: topics.integer, keyType: 'INTEGER' },
        { name: topics.long, keyType: 'LONG', valueType: 'LONG' },
        { name: topics.double, keyType: 'DOUBLE' },
        { name: topics.json, keyType: 'JSON' },
        { name: poisoned, configs: { 'cleanup.policy': 'delete' } },
        { name: shared },
        { name: ranged, configs: { 'cleanup.policy': 'delete' }, mirror: { rangeField: 'at' } },
      ],
      mirrors: [
        { topics: [...Object.values(topics), poisoned], replicas: 1 },
        { topics: [shared], replicas: 2 },
        { topics: [ranged], replicas: 1 },
      ],
      ingests: 0,
      env: { mirror: { QUICK_MIRROR_WAIT_MAX_MS: '300' } },
    });
    sink = createKafkaClient('platformatic', {
      bootstrapServers: [testBroker().bootstrapServer],
      clientId: 'bad-input',
      requestTimeoutMs: 10_000,
      decompressedBytesMax: 67_108_864,
    }).sink();
    for (const key of TEXT_KEYS) {
      await write(topics.text, Buffer.from(key), Buffer.from(JSON.stringify(key)));
    }
    await write(topics.integer, int32(1), Buffer.from('"one"'));
    await write(topics.json, Buffer.from('{"a":1}'), Buffer.from('"json"'));
    await write(topics.long, int64(9007199254740993n), int64(9007199254740993n));
    await write(shared, Buffer.from('k'), Buffer.from('1'));
    await writeVersions(SMALL_KEY, SMALL, 0);
    await writeVersions(LARGE_KEY, LARGE, 1_000);
    const owner = ownersOf(partitionOf(Buffer.from('k'), PARTITIONS), {
      replicas: 2,
      copies: 1,
    })[0];
    await eventually(async () => {
      await expectGood();
      await expectTexts();
      await expectOk(`${network.mirror(shared, owner).url}/topics/${shared}/keys/k`);
      await expectOk(`${url()}/topics/${topics.integer}/keys/1`);
      await expectOk(`${url()}/topics/${topics.long}/keys/9007199254740993`);
      await expectOk(`${url()}/topics/${topics.json}/keys/%7B%22a%22%3A1%7D`);
    }, DEADLINE_MS);
  });
  afterAll(async () => {
    await sink.close();
    await network[Symbol.asyncDispose]();
  });

  const url = (): string => network.mirror(topics.text).url;
  const expectOk = async (at: string): Promise<void> => {
    expect((await call(at)).status).toBe(200);
  };
  const expectTexts = async (): Promise<void> => {
    const all = await call(`${url()}/topics/${topics.text}/keys:batchGet`, { json: TEXT_KEYS });
    expect(all.json()).toEqual(TEXT_KEYS);
  };
  const expectGood = async (): Promise<void> => {
    const last = encodeURIComponent(TEXT_KEYS.at(-1) ?? '');
    await expectOk(`${url()}/topics/${topics.text}/keys/${last}`);
  };

  test.each(ROWS)('row $row: $input gets $status $gets', async (row) => {
    const answer = await sendRaw(network.mirror(topics.text).address, row.bytes(topics));
    expect(answer.status, answer.text).toBe(row.status);
    if (row.code !== undefined) {
      expect(answer.json()).toMatchObject({ errorCode: row.code, code: row.status });
    }
    if (row.body !== undefined) {
      expect(answer.text).toBe(row.body);
    }
    expect(answer.headers['x-injected']).toBeUndefined();
    await expectGood();
  });

  test('every row a hundred times over leaves no connection open and nothing to complain of', async () => {
    const mirror = network.mirror(topics.text);
    const refused = ROWS.filter(({ status }) => status >= 400 && status !== 504);
    const openFiles = (): Promise<number> => readMetric(mirror, 'process_open_fds');
    const before = await openFiles();
    for (let round = 0; round < 100; round += 1) {
      await Promise.all(
        refused.map(async (row) => {
          expect((await sendRaw(mirror.address, row.bytes(topics))).status).toBe(row.status);
        }),
      );
    }
    await expectGood();
    await eventually(async () => expect(await openFiles()).toBeLessThan(before + 20), DEADLINE_MS);
    expect(mirror.tail()).not.toMatch(/"level":"error"/);
  });

  test('I-R8: every key is found by its path, in a batch and in a list, and is no other', async () => {
    const { address } = network.mirror(topics.text);
    for (const key of TEXT_KEYS) {
      // Byte for byte: an URL parser would resolve the key `..` away.
      const path = `/topics/${topics.text}/keys/${encodeURIComponent(key)}`;
      expect((await sendRaw(address, rawRequest({ path }))).text).toBe(JSON.stringify(key));
    }
    const batch = await call(`${url()}/topics/${topics.text}/keys:batchGet`, { json: TEXT_KEYS });
    expect(batch.json()).toEqual(TEXT_KEYS);
    const list = await call(`${url()}/topics/${topics.text}/keys`);
    const { items } = list.json() as { items: { key: string; value: string }[] };
    expect(items.map(({ key }) => key).toSorted()).toEqual(TEXT_KEYS.toSorted());
    expect(items.every(({ key, value }) => key === value)).toBe(true);
  });

  test('row 85: HEAD has the headers of GET and no body, OPTIONS gets 405 with what is allowed', async () => {
    const at = `${url()}/topics/${topics.text}/keys/plain`;
    const [head, get] = [await call(at, { method: 'HEAD' }), await call(at)];
    expect([head.status, head.text]).toEqual([200, '']);
    for (const name of ['content-type', 'content-length', 'etag', 'x-quick-position']) {
      expect([name, head.headers[name]]).toEqual([name, get.headers[name]]);
      expect(head.headers[name]).toBeDefined();
    }
    expect((await call(`${at}-not`, { method: 'HEAD' })).status).toBe(404);
    const options = await call(at, { method: 'OPTIONS' });
    expect([options.status, options.headers['allow']]).toEqual([405, 'GET, HEAD']);
    await expectGood();
  });

  test('row 78: a cursor of another topic gets 400 BAD_CURSOR', async () => {
    const page = await call(`${url()}/topics/${topics.text}/keys?limit=1`);
    const { next } = page.json() as { next: string };
    expect((await call(`${url()}/topics/${topics.text}/keys?cursor=${next}`)).status).toBe(200);
    const other = await call(`${url()}/topics/${topics.integer}/keys?cursor=${next}`);
    expect([other.status, other.json()]).toMatchObject([400, { errorCode: 'BAD_CURSOR' }]);
  });

  test('row 82: a position in the far future is answered after the wait and not before', async () => {
    const startedMs = performance.now();
    const headers = { 'x-quick-min-position': '0:99999,1:99999,2:99999' };
    const answer = await call(`${url()}/topics/${topics.text}/keys/plain`, { headers });
    expect(answer.status).toBe(504);
    expect(performance.now() - startedMs).toBeGreaterThan(250);
  });

  test('row 77: a client that leaves in the middle of a list affects no other client', async () => {
    for (let round = 0; round < 50; round += 1) {
      const connection = await RawConnection.open(network.mirror(topics.text).address);
      await connection.send(rawRequest({ path: `/topics/${topics.text}/keys?limit=1000` }));
      connection.destroy();
    }
    await expectGood();
    expect(network.mirror(topics.text).tail()).not.toContain('unexpected error');
  });

  test('row 86: a request that was passed on already gets 421 with the owner at the wrong replica', async () => {
    const partition = partitionOf(Buffer.from('k'), PARTITIONS);
    const [owner = 0] = ownersOf(partition, { replicas: 2, copies: 1 });
    const path = `/topics/${shared}/keys/k`;
    const headers = { [FORWARDED_HEADER]: '1' };
    const wrong = await call(`${network.mirror(shared, 1 - owner).url}${path}`, { headers });
    expect([wrong.status, wrong.json()]).toMatchObject([
      421,
      { errorCode: 'WRONG_OWNER', owners: [network.mirror(shared, owner).address] },
    ]);
    const right = await call(`${network.mirror(shared, owner).url}${path}`, { headers });
    expect(right.text).toBe('1');
    const passedOn = await call(`${network.mirror(shared, 1 - owner).url}${path}`);
    expect(passedOn.text).toBe('1');
    expect(passedOn.headers['x-cache-update']).toBe('?1');
  });

  describe('ranges', () => {
    interface Page {
      readonly items: readonly { readonly at: number }[];
      readonly next: string | null;
    }
    const rangeOf = (key: string, query: string) =>
      call(`${network.mirror(ranged).url}/topics/${ranged}/range/${key}?${query}`);
    const ats = ({ items }: Page): number[] => items.map(({ at }) => at);

    const expectAll = async (): Promise<void> => {
      const { items } = (await rangeOf(LARGE_KEY, 'from=-9999&limit=1')).json() as Page;
      expect(items).toMatchObject([{ at: 1 - LARGE_ROWS / 2 }]);
      expect((await rangeOf(SMALL_KEY, 'from=10')).json()).toMatchObject({ items: [{ at: 10 }] });
    };
    beforeAll(() => eventually(expectAll, DEADLINE_MS));

    test.each(RANGE_ROWS)('row $row: ?$query gets $status $code', async (row) => {
      const { address } = network.mirror(ranged);
      const answer = await sendRaw(address, rangeRequest(ranged, SMALL_KEY, row.query));
      expect(answer.status, answer.text).toBe(row.status);
      if (row.code === undefined) {
        expect(ats(answer.json() as unknown as Page)).toEqual(row.at);
      } else {
        expect(answer.json()).toMatchObject({ errorCode: row.code, code: row.status });
      }
      expect(ats((await rangeOf(SMALL_KEY, 'from=10')).json() as Page)).toEqual([10]);
    });

    test('row 77: a range of any length comes in pages, with and without a limit', async () => {
      for (const [limit, size] of [
        ['', 100],
        ['&limit=1000', 1_000],
      ] as const) {
        const places: number[] = [];
        let cursor: string | null = '';
        while (cursor !== null) {
          const at: string = cursor === '' ? '' : `&cursor=${cursor}`;
          const page = (await rangeOf(LARGE_KEY, `from=-9999${limit}${at}`)).json() as Page;
          expect(page.items.length).toBeLessThanOrEqual(size);
          places.push(...ats(page));
          cursor = page.next;
        }
        expect(places).toEqual(LARGE.toReversed());
      }
    });

    test('row 77: clients that leave in the middle of a range affect no other client', async () => {
      const { url } = network.mirror(ranged);
      for (let round = 0; round < 20; round += 1) {
        const leaving = new AbortController();
        const answer = await fetch(`${url}/mirror/range/${LARGE_KEY}?from=-9999&to=9999`, {
          signal: leaving.signal,
        });
        expect((await answer.body?.getReader().read())?.done).toBe(false);
        leaving.abort();
      }
      const all = await call(`${url}/mirror/range/${LARGE_KEY}?from=-9999&to=9999`);
      expect((all.json() as { value: unknown[] }).value).toHaveLength(LARGE_ROWS);
      expect(network.mirror(ranged).tail()).not.toContain('unexpected error');
    });

    test('row 78: a cursor of another key, of other bounds or in another order gets 400 BAD_CURSOR', async () => {
      const { next } = (await rangeOf(LARGE_KEY, 'from=0&limit=1')).json() as Page;
      expect((await rangeOf(LARGE_KEY, `from=0&limit=2&cursor=${next}`)).status).toBe(200);
      for (const answer of [
        await rangeOf(SMALL_KEY, `from=0&cursor=${next}`),
        await rangeOf(LARGE_KEY, `from=-1&cursor=${next}`),
        await rangeOf(LARGE_KEY, `from=0&reverse=true&cursor=${next}`),
      ]) {
        expect([answer.status, answer.json()]).toMatchObject([400, { errorCode: 'BAD_CURSOR' }]);
      }
    });

    test('row 80: a topic without a range index gets 400 NO_RANGE_INDEX, whatever is asked', async () => {
      for (const query of ['from=1&to=2', '', 'from=2&to=1', 'field=other&from=1']) {
        const answer = await call(`${url()}/topics/${topics.text}/range/plain?${query}`);
        expect([answer.status, answer.json()]).toMatchObject([
          400,
          { errorCode: 'NO_RANGE_INDEX' },
        ]);
      }
    });
  });

  describe('records that cannot be read', () => {
    test.each(POISON_ROWS)('row $row: $record', async ({ key, value, reason, after }) => {
      const mirror = network.mirror(poisoned);
      const poisonCount = async (): Promise<number> => {
        const status = (await call(`${mirror.url}/status`)).json() as MirrorStatus;
        const topic = status.topics.find((one) => one.topic === poisoned);
        return topic?.partitions.reduce((sum, one) => sum + one.poisonRecords, 0) ?? 0;
      };
      const before = await poisonCount();
      await write(poisoned, Buffer.from('kept'), Buffer.from('"kept"'));
      await write(poisoned, key, value);
      // Behind it in every partition, so that all are known to be past it.
      for (const good of ['good-0', 'good-1', 'good-2', 'good-3', 'good-4', 'good-5']) {
        await write(poisoned, Buffer.from(good), Buffer.from(`${before}`));
      }
      const lookup = (name: string) => call(`${mirror.url}/topics/${poisoned}/keys/${name}`);
      await eventually(async () => {
        const status = (await call(`${mirror.url}/status`)).json() as MirrorStatus;
        const topic = status.topics.find((one) => one.topic === poisoned);
        expect(topic?.partitions.map(({ state }) => state)).toEqual(Array(3).fill('serving'));
        expect(await poisonCount()).toBe(before + (reason === undefined ? 0 : 1));
        expect((await lookup('good-5')).text).toBe(`${before}`);
        const response = await lookup('kept');
        expect(response.status === 404 ? undefined : response.text).toBe(after);
      }, DEADLINE_MS);
      if (reason !== undefined) {
        const { items } = (await call(`${mirror.url}/poison`)).json() as { items: object[] };
        expect(items.at(-1)).toMatchObject({ topic: poisoned, reason });
      }
    });
  });
});
