import type { EdgePage } from '@quicksilver/contracts/mirror-api/edges';
import { printCursor } from '@quicksilver/contracts/mirror-api/list-cursor';
import { afterEach, expect, test } from 'vitest';
import { PARTITIONS, RangeReplicas, TOPIC } from '@quicksilver/testkit/range-replicas';

const BY_TIME = { rangeField: 'time' };
const BY_CITY = { rangeField: 'time', rangeKey: 'city' };
const topic = { name: TOPIC, keyType: 'STRING', partitions: PARTITIONS } as const;

let network: RangeReplicas;
afterEach(() => network[Symbol.asyncDispose]());

const numbersOf = ({ edges }: EdgePage): number[] =>
  edges.map(({ valueJson }) => (JSON.parse(valueJson) as { n: number }).n);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

test('a list continues behind each of its edges, over all replicas, even if the edge no longer exists', async () => {
  network = await RangeReplicas.start(BY_TIME);
  const rows = upTo(30).map((n) => ({ key: `car-${n}`, value: { time: n, n } }));
  await network.write(rows);
  const client = network.client();
  const whole = async (cursor?: string, limit = 7): Promise<EdgePage['edges']> => {
    const query = { limit, ...(cursor === undefined ? {} : { cursor }) };
    const { edges, next } = await client.listEdges(topic, query);
    expect(edges.length).toBeLessThanOrEqual(limit);
    return next === null ? edges : [...edges, ...(await whole(next, limit))];
  };
  const all = await whole();
  expect(numbersOf({ edges: all, next: null }).toSorted((a, b) => a - b)).toEqual(upTo(30));
  for (const at of [0, 11, 29]) {
    expect(await whole(all[at]?.cursor)).toEqual(all.slice(at + 1));
  }
  const removed = numbersOf({ edges: all, next: null })[11];
  await network.write([{ key: `car-${removed}`, value: null }]);
  expect(await whole(all[11]?.cursor)).toEqual(all.slice(12));
});

test('row 78: the cursor of another topic, or a forged one, gets BAD_CURSOR', async () => {
  network = await RangeReplicas.start(BY_TIME);
  await network.write(upTo(3).map((n) => ({ key: 'a', value: { time: n, n } })));
  const client = network.client();
  const beyond = printCursor(TOPIC, { partition: PARTITIONS, after: undefined });
  const other = printCursor('other', { partition: 0, after: undefined });
  const range = { from: '0', limit: 1 };
  const { edges } = await client.rangeEdges(topic, '"a"', range);
  const ofRange = edges[0]?.cursor ?? '';
  for (const cursor of ['', 'c1', beyond, other, ofRange]) {
    const list = client.listEdges(topic, { limit: 1, cursor });
    await expect(list).rejects.toMatchObject({ code: 'BAD_CURSOR' });
  }
  for (const [key, query] of [
    ['"b"', { ...range, after: ofRange }],
    ['"a"', { from: '1', before: ofRange }],
    ['"a"', { ...range, to: '3', after: ofRange }],
    ['"a"', { ...range, cursor: ofRange }],
    ['"a"', { ...range, after: ofRange.slice(1) }],
  ] as const) {
    const read = client.rangeEdges(topic, key, query);
    await expect(read).rejects.toMatchObject({ code: 'BAD_CURSOR' });
  }
});

test.each([
  ['of a key', BY_TIME, '"a"'],
  ['of a range key, over all partitions', BY_CITY, '"rome"'],
])(
  'a range %s starts and ends at the cursors of its edges, in both directions',
  async (_what, topicArguments, key) => {
    network = await RangeReplicas.start(topicArguments);
    const keyOf = (n: number): string => (topicArguments === BY_CITY ? `car-${n % 7}` : 'a');
    const rows = upTo(20).map((n) => ({ key: keyOf(n), value: { time: n, city: 'rome', n } }));
    await network.write(rows);
    const client = network.client();
    const read = async (query: object): Promise<EdgePage> =>
      client.rangeEdges(topic, key, { from: '0', to: '20', ...query });
    const { edges } = await read({});
    const cursor = (n: number): string => edges[n]?.cursor ?? '';
    expect(numbersOf({ edges, next: null })).toEqual(upTo(20));
    expect(numbersOf(await read({ after: cursor(16) }))).toEqual([17, 18, 19]);
    expect(numbersOf(await read({ before: cursor(2) }))).toEqual([0, 1]);
    const both = { after: cursor(4), before: cursor(9) };
    expect(numbersOf(await read({ ...both, limit: 3 }))).toEqual([5, 6, 7]);
    const backwards = await read({ ...both, reverse: true, limit: 3 });
    expect(numbersOf(backwards)).toEqual([8, 7, 6]);
    // A cursor of one direction is valid in the other.
    expect(backwards.edges.map((edge) => edge.cursor)).toEqual([cursor(8), cursor(7), cursor(6)]);
    const rest = { ...both, reverse: true, limit: 3, cursor: backwards.next ?? '' };
    expect(numbersOf(await read(rest))).toEqual([5]);
    expect(await read({ after: cursor(9), before: cursor(4) })).toEqual({ edges: [], next: null });
    expect(await read({ after: cursor(9), before: cursor(9) })).toEqual({ edges: [], next: null });
  },
);
