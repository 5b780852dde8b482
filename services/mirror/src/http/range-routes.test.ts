import type { MirrorArguments } from '@quicksilver/contracts/control/resource';
import { partitionOf } from '@quicksilver/kafka/partitioner';
import { rangePath } from '@quicksilver/contracts/mirror-api/contract';
import { call } from '@quicksilver/testkit/http-call';
import { RawConnection, rawRequest } from '@quicksilver/testkit/raw-http';
import { afterEach, describe, expect, test } from 'vitest';
import {
  PARTITIONS,
  RangeReplicas,
  REPLICAS,
  TOPIC,
  type Row,
} from '@quicksilver/testkit/range-replicas';

const BY_TIME: MirrorArguments = { rangeField: 'time' };
const BY_CITY: MirrorArguments = { rangeField: 'time', rangeKey: 'city' };

interface Page {
  readonly items: readonly { readonly time: number; readonly n: number }[];
  readonly next: string | null;
}

let network: RangeReplicas;
afterEach(() => network[Symbol.asyncDispose]());

const ask = async (query: string, key = 'a', ordinal = 0) =>
  call(`${network.url(ordinal)}${rangePath(TOPIC, key)}?${query}`);
const timesOf = async (query: string, key = 'a', ordinal = 0): Promise<number[]> => {
  const answer = await ask(query, key, ordinal);
  expect(answer.status, answer.text).toBe(200);
  return (answer.json() as Page).items.map(({ time }) => time);
};
const errorOf = async (query: string, key = 'a'): Promise<unknown> => {
  const answer = await ask(query, key);
  return [answer.status, (answer.json() as { errorCode?: string }).errorCode];
};
const versions = (key: string, times: readonly number[], city = 'rome'): Row[] =>
  times.map((time, n) => ({ key, value: { time, city, n } }));

/** All of a range, page by page. */
async function allPages(query: string, key: string, ordinal = 0): Promise<Page['items']> {
  const all: Page['items'][] = [];
  let cursor = '';
  do {
    const answer = await ask(`${query}${cursor}`, key, ordinal);
    expect(answer.status, answer.text).toBe(200);
    const page = answer.json() as Page;
    all.push(page.items);
    cursor = page.next === null ? '' : `&cursor=${page.next}`;
  } while (cursor !== '');
  return all.flat();
}

describe('a range field', () => {
  test('I-R6, I-R7: every replica returns the versions of a key, half-open and in order', async () => {
    network = await RangeReplicas.start(BY_TIME);
    await network.write([
      ...versions('a', [3, -1, 0, 2, 1, -20, 10, 1e300, 0.1, 3]),
      ...versions('b', [1, 2]),
      ...versions('a\0', [2]),
    ]);
    for (const ordinal of [0, 1, 2]) {
      expect(await timesOf('from=1&to=3', 'a', ordinal)).toEqual([1, 2]);
      expect(await timesOf('from=-20&to=1', 'a', ordinal)).toEqual([-20, -1, 0, 0.1]);
      expect(await timesOf('from=3', 'a', ordinal)).toEqual([3, 10, 1e300]);
      expect(await timesOf('to=0', 'a', ordinal)).toEqual([-20, -1]);
      expect(await timesOf('from=1&to=3&includeTo=true', 'a', ordinal)).toEqual([1, 2, 3]);
      expect(await timesOf('from=1&to=3&includeFrom=false', 'a', ordinal)).toEqual([2]);
      expect(await timesOf('from=0&to=10&reverse=true', 'a', ordinal)).toEqual([3, 2, 1, 0.1, 0]);
      expect(await timesOf('from=2&to=2', 'a', ordinal)).toEqual([]);
      expect(await timesOf('from=2&to=2.0&includeTo=true', 'a', ordinal)).toEqual([2]);
      expect(await timesOf('from=0&to=9', 'nobody', ordinal)).toEqual([]);
      expect(await timesOf('from=0&to=9&keyForm=json', '"b"', ordinal)).toEqual([1, 2]);
    }
    await expect.poll(() => network.readers).toBe(0);
  });

  test('D16: the same value of the field overwrites, a tombstone removes all versions', async () => {
    network = await RangeReplicas.start(BY_TIME);
    await network.write([
      { key: 'a', value: { time: 1, n: 1 } },
      { key: 'a', value: { time: 1.0, n: 2 } },
      { key: 'a', value: { time: 2, n: 3 } },
    ]);
    const items = (await ask('from=0')).json() as Page;
    expect(items.items.map(({ n }) => n)).toEqual([2, 3]);
    await network.write([{ key: 'a', value: null }]);
    expect(await timesOf('from=0')).toEqual([]);
    const keys = await call(`${network.url(0)}/topics/${TOPIC}/keys/a`);
    expect(keys.status).toBe(404);
  });

  test('a record without the field is found by its key and is in no range', async () => {
    network = await RangeReplicas.start(BY_TIME);
    await network.write([
      { key: 'a', value: { time: 1, n: 1 } },
      { key: 'a', value: { n: 2 } },
      { key: 'a', value: { time: '5', n: 3 } },
    ]);
    expect(await timesOf('from=0')).toEqual([1]);
    expect((await call(`${network.url(0)}/topics/${TOPIC}/keys/a`)).json()).toEqual({
      time: '5',
      n: 3,
    });
  });

  test('pages continue behind the last one, forwards and backwards, during any writes', async () => {
    network = await RangeReplicas.start(BY_TIME);
    const times = Array.from({ length: 25 }, (_, at) => at - 12);
    await network.write(versions('a', times));
    for (const ordinal of [0, 1, 2]) {
      const forwards = await allPages('from=-12&limit=7', 'a', ordinal);
      expect(forwards.map(({ time }) => time)).toEqual(times);
      const backwards = await allPages('from=-12&limit=4&reverse=true', 'a', ordinal);
      expect(backwards.map(({ time }) => time)).toEqual(times.toReversed());
    }
    const { next } = (await ask('from=-12&limit=20')).json() as Page;
    await network.write(versions('a', [-12.5, 100]));
    expect(await timesOf(`from=-12&limit=20&cursor=${next ?? ''}`)).toEqual([
      8, 9, 10, 11, 12, 100,
    ]);
  });

  test('row 78: a cursor of another range, or a forged one, gets 400 BAD_CURSOR', async () => {
    network = await RangeReplicas.start(BY_TIME);
    await network.write([...versions('a', [1, 2, 3]), ...versions('b', [1, 2, 3])]);
    const { next } = (await ask('from=1&limit=1')).json() as Page;
    expect(await timesOf(`from=1&limit=5&cursor=${next ?? ''}`)).toEqual([2, 3]);
    for (const query of [
      'from=0',
      'from=1&reverse=true',
      'from=1&to=3',
      'from=1&includeFrom=false',
    ]) {
      expect(await errorOf(`${query}&cursor=${next ?? ''}`)).toEqual([400, 'BAD_CURSOR']);
    }
    expect(await errorOf(`from=1&cursor=${next ?? ''}`, 'b')).toEqual([400, 'BAD_CURSOR']);
    expect(await errorOf(`from=1&cursor=${(next ?? '').slice(0, -2)}`)).toEqual([
      400,
      'BAD_CURSOR',
    ]);
    expect(await errorOf('from=1&cursor=')).toEqual([400, 'BAD_CURSOR']);
  });

  test('rows 73, 75, 76: invalid bounds and limits get 400', async () => {
    network = await RangeReplicas.start(BY_TIME);
    for (const query of ['', 'limit=3', 'from=2&to=1', 'from=abc', 'to=', 'from=01', 'from=0x1']) {
      expect(await errorOf(query)).toEqual([400, 'BAD_RANGE']);
    }
    for (const limit of ['0', '-1', '1e9', '1001', 'abc', 'NaN', '']) {
      expect(await errorOf(`from=1&limit=${limit}`)).toEqual([400, 'BAD_REQUEST']);
    }
    for (const query of ['from=1&from=2', 'from=1&reverse=yes', 'from=1&keyForm=text']) {
      expect(await errorOf(query)).toEqual([400, 'BAD_REQUEST']);
    }
    expect(await errorOf('from=1&keyForm=json', '5')).toEqual([400, 'BAD_KEY']);
  });

  test('M4: a position that is not reached is an error, and a response has the position that is', async () => {
    network = await RangeReplicas.start(BY_TIME);
    await network.write(versions('a', [1]));
    const partition = partitionOf(Buffer.from('a'), PARTITIONS);
    for (const ordinal of [0, 1, 2]) {
      const url = `${network.url(ordinal)}${rangePath(TOPIC, 'a')}?from=0`;
      const late = await call(url, { headers: { 'x-quick-min-position': `${partition}:99` } });
      expect(late.json()).toMatchObject({ code: 504, errorCode: 'POSITION_NOT_REACHED' });
      const seen = await call(url, { headers: { 'x-quick-min-position': `${partition}:1` } });
      expect(seen.status).toBe(200);
      expect(seen.headers['x-quick-position']).toBe(`${partition}:1@id`);
    }
  });

  test('B3, B4: the path of bakdata Quick returns all of [from,to), of any length and with negative bounds', async () => {
    network = await RangeReplicas.start(BY_TIME);
    const times = Array.from({ length: 2_500 }, (_, at) => at - 1_000);
    await network.write(versions('a', times));
    for (const ordinal of [0, 1, 2]) {
      const bakdata = async (query: string) => {
        const answer = await call(`${network.url(ordinal)}/mirror/range/a?${query}`);
        return (answer.json() as { value: { time: number }[] }).value.map(({ time }) => time);
      };
      expect(await bakdata('from=-1000&to=1500')).toEqual(times);
      expect(await bakdata('from=1&to=4')).toEqual([1, 2, 3]);
      expect(await bakdata('from=-3&to=-1')).toEqual([-3, -2]);
      expect(await bakdata('from=5000&to=6000')).toEqual([]);
    }
    await expect.poll(() => network.readers).toBe(0);
  });

  test('row 77: the iterator of a range is closed when the client disconnects', async () => {
    network = await RangeReplicas.start(BY_TIME);
    const text = 'x'.repeat(20_000);
    const rows = Array.from({ length: 1_500 }, (_, time) => ({ key: 'a', value: { time, text } }));
    await network.write(rows);
    const ordinal = partitionOf(Buffer.from('a'), PARTITIONS) % REPLICAS;
    const connection = await RawConnection.open(network.peers[ordinal] ?? '');
    // It takes nothing, so that the range does not end before it leaves.
    connection.pause();
    await connection.send(rawRequest({ path: '/mirror/range/a?from=0' }));
    await expect.poll(() => network.readers).toBe(1);
    connection.destroy();
    await expect.poll(() => network.readers).toBe(0);
  });

  test('the client of a mirror reads a range page by page', async () => {
    network = await RangeReplicas.start(BY_TIME);
    await network.write(versions('a', [1, 2, 3]));
    const client = network.client();
    const topic = { name: TOPIC, keyType: 'STRING', partitions: PARTITIONS } as const;
    const query = { from: '1', to: '3', includeTo: true, limit: 2 };
    const first = await client.range(topic, '"a"', query);
    expect(first.items.map((json) => (JSON.parse(json) as { time: number }).time)).toEqual([1, 2]);
    const cursor = first.next ?? '';
    expect(await client.range(topic, '"a"', { ...query, cursor })).toMatchObject({
      items: ['{"time":3,"city":"rome","n":2}'],
      next: null,
    });
    const refused = client.range(topic, '5', query);
    await expect(refused).rejects.toMatchObject({ code: 'BAD_KEY' });
  });
});

describe('a range key', () => {
  const cars = Array.from({ length: 60 }, (_, at) => `car-${at}`);
  const cities = ['rome', '5', 'a\0b'];
  const rows = cars.flatMap((key, at) =>
    [0, 1, 2].map((step) => ({
      key,
      value: { time: (at * 7 + step * 31) % 40, city: cities[at % 3], n: at * 3 + step },
    })),
  );

  test('I-R6, I-R7: every replica merges the entries of all partitions in order', async () => {
    network = await RangeReplicas.start(BY_CITY);
    await network.write(rows);
    const expected = (city: string, from: number, to: number) =>
      rows
        .filter(({ value }) => value.city === city && value.time >= from && value.time < to)
        .toSorted(
          (one, other) =>
            one.value.time - other.value.time ||
            Buffer.compare(Buffer.from(one.key), Buffer.from(other.key)),
        )
        .map(({ value }) => value.n);
    for (const ordinal of [0, 1, 2]) {
      for (const city of cities) {
        const key = JSON.stringify(city);
        const query = `keyForm=json&from=3&to=33`;
        const all = await allPages(`${query}&limit=1000`, key, ordinal);
        expect(all.map(({ n }) => n)).toEqual(expected(city, 3, 33));
        const paged = await allPages(`${query}&limit=7`, key, ordinal);
        expect(paged.map(({ n }) => n)).toEqual(expected(city, 3, 33));
        const reverse = await allPages(`${query}&limit=9&reverse=true`, key, ordinal);
        expect(reverse.map(({ n }) => n)).toEqual(expected(city, 3, 33).toReversed());
      }
      const bakdata = await call(`${network.url(ordinal)}/mirror/range/rome?from=0&to=40`);
      const { value } = bakdata.json() as { value: { n: number }[] };
      expect(value.map(({ n }) => n)).toEqual(expected('rome', 0, 40));
      // As plain text it is the number, which no record has.
      expect(await timesOf('from=0', '5', ordinal)).toEqual([]);
    }
    await expect.poll(() => network.readers).toBe(0);
  });

  test('M3: a tombstone removes a key’s entries from every value of the range key', async () => {
    network = await RangeReplicas.start(BY_CITY);
    await network.write([
      { key: 'a', value: { time: 1, city: 'rome' } },
      { key: 'a', value: { time: 2, city: 'oslo' } },
      { key: 'b', value: { time: 1, city: 'rome' } },
    ]);
    expect(await timesOf('from=0', 'rome')).toEqual([1, 1]);
    await network.write([{ key: 'a', value: null }]);
    expect(await timesOf('from=0', 'rome')).toEqual([1]);
    expect(await timesOf('from=0', 'oslo')).toEqual([]);
    expect((await call(`${network.url(0)}/topics/${TOPIC}/keys/b`)).status).toBe(200);
  });

  test('I-R6: a partition that cannot be read makes every range an error that names it', async () => {
    network = await RangeReplicas.start(BY_CITY);
    await network.write(rows);
    network.appliers.get(4)?.transition('failed', 'for this test');
    for (const ordinal of [0, 1, 2]) {
      const answer = await ask('from=0', 'rome', ordinal);
      expect(answer.status).toBe(503);
      expect(answer.json()).toMatchObject({ detail: expect.stringContaining('artition 4') });
    }
    const bakdata = await call(`${network.url(0)}/mirror/range/rome?from=0&to=40`);
    expect(bakdata.status).toBe(503);
    await network.servers[2]?.stop();
    const gone = await ask('from=0', 'rome', 0);
    expect([gone.status, gone.headers['retry-after']]).toEqual([503, '1']);
    expect(gone.json()).toMatchObject({ detail: expect.stringContaining('Partition 2, 5:') });
    await expect.poll(() => network.readers).toBe(0);
  });

  test('a replica never forwards a forwarded request', async () => {
    network = await RangeReplicas.start(BY_CITY);
    const url = `${network.url(0)}${rangePath(TOPIC, 'rome')}?from=0`;
    const answer = await call(url, { headers: { 'x-quick-forwarded': '1' } });
    expect([answer.status, answer.json()]).toMatchObject([421, { errorCode: 'WRONG_OWNER' }]);
    const part = await call(`${url}&partitions=0,3`, { headers: { 'x-quick-forwarded': '1' } });
    expect(part.status).toBe(200);
  });
});

test('times have a zone or are milliseconds, and their order is that of the instants', async () => {
  network = await RangeReplicas.start({ rangeField: 'time', rangeType: 'timestamp' });
  const times = ['2026-01-01T12:00:00+02:00', 1767261600001, '2026-01-01T09:59:59.999Z', 'noon'];
  await network.write(times.map((time, n) => ({ key: 'a', value: { time, n } })));
  const numbers = async (query: string) =>
    ((await ask(query)).json() as Page).items.map(({ n }) => n);
  expect(await numbers('from=0')).toEqual([2, 0, 1]);
  expect(await numbers('from=2026-01-01T10:00:00Z')).toEqual([0, 1]);
  // A plus that was not encoded.
  expect(await numbers('from=2026-01-01T12:00:00+02:00&to=1767261600001')).toEqual([0]);
  expect(await errorOf('from=2026-01-01T12:00:00')).toEqual([400, 'BAD_RANGE']);
});

test('texts order by their code points, the empty one first', async () => {
  network = await RangeReplicas.start({ rangeField: 'time', rangeType: 'string' });
  const times = ['b', '', 'a', 'aa', 'ä', '\u{1f680}', '\uffff', 'a\0'];
  await network.write(times.map((time, n) => ({ key: 'a', value: { time, n } })));
  expect(await timesOf('from=')).toEqual(['', 'a', 'a\0', 'aa', 'b', 'ä', '\uffff', '\u{1f680}']);
  expect(await timesOf('from=a&to=b')).toEqual(['a', 'a\0', 'aa']);
});
