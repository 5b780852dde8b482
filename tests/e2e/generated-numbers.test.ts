import { createKafkaClient } from '@quicksilver/kafka/kafka-client';
import { partitionOf } from '@quicksilver/kafka/partitioner';
import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import {
  exactValue,
  isWholeOfBits,
  spelledNumber,
  valueName,
  wholeValue,
} from '@quicksilver/testkit/generated/numbers';
import { call } from '@quicksilver/testkit/http-call';
import { TestNetwork } from '@quicksilver/testkit/test-network';
import fc from 'fast-check';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';

const DEADLINE_MS = 90_000;
const SEED = Math.floor(Math.random() * 2 ** 31);
const NUMBERS = 300;
const PARTITIONS = 3;

/** Numbers that were refused or changed once, and as many others as the test draws. */
const notable = [
  ['9007199254740994', '9007199254740994.0', '9.007199254740994E+15'],
  ['1764000000123456000', '1764000000123456000.00', '1764000000123456e3'],
  ['-9223372036854775808', '-9223372036854775808.0', '-9.223372036854775808e18'],
  ['1000', '1e3', '1000.0', '1E+3'],
  ['-0', '0', '-0.0', '0e5'],
].map((spellings) => ({ value: exactValue(spellings[0] ?? ''), spellings }));

/** Equal numbers are drawn once. */
const drawn = new Map(
  [...notable, ...fc.sample(spelledNumber, { seed: SEED, numRuns: NUMBERS })].map((each) => [
    valueName(each.value),
    each,
  ]),
);
const all = [...drawn.values()];
const longs = all.filter(({ value }) => isWholeOfBits(value, 64));

/** JSON with the names of the values of its numbers in their places. */
function named(json: string): unknown {
  return JSON.parse(json, (_name, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' ? valueName(exactValue(context?.source ?? '')) : value,
  );
}

describe(`numbers in every spelling, drawn with the seed ${SEED}`, () => {
  const rows = uniqueTopic('rows');
  const byLong = uniqueTopic('by-long');
  const byText = uniqueTopic('by-text');
  const doubles = uniqueTopic('doubles');
  let network: TestNetwork;
  let position = '';
  beforeAll(async () => {
    network = await TestNetwork.start({
      broker: testBroker(),
      topics: [
        { name: rows, keyType: 'STRING', partitions: 1 },
        { name: byLong, keyType: 'LONG', partitions: 3 },
        { name: byText, keyType: 'STRING', partitions: 3 },
        { name: doubles, keyType: 'DOUBLE', valueType: 'DOUBLE', partitions: PARTITIONS },
      ],
      schema: `
        type Query {
          rows(keys: [ID!]!): [Row] @topic(name: "${rows}", keyArgument: "keys")
          long(key: Long!): Named @topic(name: "${byLong}", keyArgument: "key")
          longs(keys: [Long!]!): [Named] @topic(name: "${byLong}", keyArgument: "keys")
          texts(keys: [ID!]!): [Named] @topic(name: "${byText}", keyArgument: "keys")
          double(key: Float!): JSON @topic(name: "${doubles}", keyArgument: "key")
        }
        type Mutation { set(key: Long!, value: NamedInput!): Named @topic(name: "${byLong}") }
        type Subscription {
          long(key: Long!): Named @topic(name: "${byLong}", keyArgument: "key")
          text(key: ID!): Named @topic(name: "${byText}", keyArgument: "key")
          double(key: Float!): JSON @topic(name: "${doubles}", keyArgument: "key")
        }
        input NamedInput { l: Long list: [Long!] decimal: BigDecimal json: JSON id: ID }
        type Named { name: String l: Long list: [Long!] decimal: BigDecimal json: JSON id: ID }
        type Row {
          decimal: BigDecimal json: JSON list: [JSON] l: Long i: ID
          named: Named @topic(name: "${byLong}", keyField: "l")
          texted: Named @topic(name: "${byText}", keyField: "i")
        }`,
    });
    const positions = [
      await write(
        rows,
        all.map(({ value, spellings }, at) => rowOf(at, value, spellings)),
      ),
      await write(
        byLong,
        longs.map(({ value, spellings }) => pair(spellings[1] ?? '', value)),
      ),
      await write(
        byText,
        longs.map(({ value }) => pair(`"${wholeValue(value)}"`, value)),
      ),
    ];
    position = positions.join(';');
  });
  afterAll(() => network[Symbol.asyncDispose]());

  const pair = (key: string, value: Parameters<typeof valueName>[0]): string =>
    `{"key":${key},"value":{"name":"${valueName(value)}"}}`;
  const rowOf = (
    at: number,
    value: Parameters<typeof valueName>[0],
    spellings: readonly string[],
  ): string => {
    const keys = isWholeOfBits(value, 64) ? `"l":${spellings[2]},"i":${spellings.at(-1)},` : '';
    return `{"key":"${at}","value":{${keys}"decimal":${spellings[1]},"json":{"a":${spellings[0]}},"list":[${spellings.join()}]}}`;
  };
  const write = async (topic: string, pairs: readonly string[]): Promise<string> => {
    const answer = await network.postBytes(topic, `[${pairs.join()}]`);
    expect(answer.status, answer.text.slice(0, 1_000)).toBe(201);
    return `${topic}/${answer.headers['x-quick-position']}`;
  };
  const ask = async (query: string, variables = '{}'): Promise<Record<string, unknown>> => {
    const body = `{"query":${JSON.stringify(query)},"variables":${variables}}`;
    const headers = { 'x-quick-min-position': position };
    const { text } = await call(`${network.gateway.url}/graphql`, { body, headers });
    return named(text) as Record<string, unknown>;
  };
  const chunks = <T>(items: readonly T[]): T[][] =>
    Array.from({ length: Math.ceil(items.length / 100) }, (_, at) =>
      items.slice(100 * at, 100 * at + 100),
    );

  test.each(['9007199254740994', '1764000000123456000', '-9223372036854775808'])(
    'a record with %s, whose digits JavaScript prints or rounds, has a Long',
    async (digits) => {
      const row = await write(rows, [`{"key":"${digits}","value":{"l":${digits}}}`]);
      const query = `{"query":"{ rows(keys: [\\"${digits}\\"]) { l } }"}`;
      const headers = { 'x-quick-min-position': row };
      const { text } = await call(`${network.gateway.url}/graphql`, { body: query, headers });
      expect(text).toBe(`{"data":{"rows":[{"l":${digits}}]}}`);
    },
  );

  test('in records and joins they keep their values and find their keys', async () => {
    for (const part of chunks([...all.entries()])) {
      const keys = part.map(([at]) => `"${at}"`).join();
      const { data, errors } = await ask(
        `{ rows(keys: [${keys}]) { decimal json list l i named { name } texted { name } } }`,
      );
      expect(errors).toBeUndefined();
      expect(data).toEqual({
        rows: part.map(([, { value, spellings }]) => {
          const name = valueName(value);
          const isKey = isWholeOfBits(value, 64);
          return {
            decimal: name,
            json: { a: name },
            list: spellings.map(() => name),
            l: isKey ? name : null,
            i: isKey ? String(wholeValue(value)) : null,
            named: isKey ? { name } : null,
            texted: isKey ? { name } : null,
          };
        }),
      });
    }
  });

  test('as literals and variables, in lists and alone, they find their keys', async () => {
    for (const part of chunks(longs)) {
      const list = (at: number): string => part.map(({ spellings }) => spellings.at(at)).join();
      const { data, errors } = await ask(
        `query ($a: [Long!]!, $b: [ID!]!, $one: [ID!]!, $v: Long!) {
          literals: longs(keys: [${list(0)}]) { name } longs(keys: $a) { name }
          texts(keys: $b) { name } one: texts(keys: $one) { name } long(key: $v) { name }
        }`,
        `{"a":[${list(-1)}],"b":[${list(1)}],"one":${part[0]?.spellings[2]},"v":${part[0]?.spellings[1]}}`,
      );
      const names = part.map(({ value }) => ({ name: valueName(value) }));
      expect(errors).toBeUndefined();
      expect(data).toEqual({
        literals: names,
        longs: names,
        texts: names,
        one: [names[0]],
        long: names[0],
      });
    }
  });

  test('a mutation writes them with their values', async () => {
    const value =
      '{"l":9.007199254740994e15,"list":[1764000000123456000,-0],"decimal":1E+3,"json":{"a":[9007199254740994]},"id":9007199254740993}';
    const { data, errors } = await ask(
      `mutation ($k: Long!, $v: NamedInput!, $l: Long, $i: ID) {
        a: set(key: $k, value: $v) { l list decimal json id }
        b: set(key: $k, value: { json: { l: $l, in: [{ i: $i }] }, id: $i, l: $l }) { l json id }
      }`,
      `{"k":1.0e3,"v":${value},"l":9007199254740994.0,"i":9007199254740993}`,
    );
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      a: {
        l: '9007199254740994e0',
        list: ['1764000000123456e3', '0e0'],
        decimal: '1e3',
        json: { a: ['9007199254740994e0'] },
        id: '9007199254740993',
      },
      b: {
        l: '9007199254740994e0',
        json: { l: '9007199254740994e0', in: [{ i: '9007199254740993' }] },
        id: '9007199254740993',
      },
    });
  });

  test('a subscription by key gets its key in another spelling, and the values keep theirs', async () => {
    const { value, spellings } = longs[Math.floor(longs.length / 2)] ?? {
      value: exactValue('0'),
      spellings: [],
    };
    const heard: unknown[] = [];
    const follow = async (query: string, key: string): Promise<() => Promise<void>> => {
      const client = createClient({
        url: `ws://${network.gateway.address}/graphql`,
        webSocketImpl: WebSocket,
        retryAttempts: 0,
        // What is sent is JSON already, with digits that a JS number would change.
        jsonMessageReplacer: (name, member: unknown) =>
          name === 'key'
            ? (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(key)
            : member,
        jsonMessageReviver: (_name, member: unknown, ...[context]: { source?: string }[]) =>
          typeof member === 'number' ? valueName(exactValue(context?.source ?? '')) : member,
      });
      const events = client.iterate({ query, variables: { key } });
      const following = (async () => {
        for await (const event of events) {
          heard.push(event);
        }
      })();
      return async () => {
        await events.return?.(undefined);
        await following;
        await client.dispose();
      };
    };
    const leaves = [
      await follow(
        'subscription ($key: Long!) { long(key: $key) { l decimal } }',
        spellings.at(-1) ?? '',
      ),
      await follow(
        'subscription ($key: ID!) { text(key: $key) { l decimal } }',
        spellings[1] ?? '',
      ),
    ];
    const written = `{"l":${spellings[2]},"decimal":0.10000000000000000550}`;
    const event = { l: valueName(value), decimal: '1000000000000000055e-19' };
    // A subscription has no acknowledgement, so the key is written until both have received it.
    await eventually(async () => {
      await write(byLong, [`{"key":${spellings[0]},"value":${written}}`]);
      await write(byText, [`{"key":"${wholeValue(value)}","value":${written}}`]);
      expect(heard).toContainEqual({ data: { long: event } });
      expect(heard).toContainEqual({ data: { text: event } });
    }, DEADLINE_MS);
    await Promise.all(leaves.map((leave) => leave()));
    for (const each of heard) {
      expect([{ data: { long: event } }, { data: { text: event } }]).toContainEqual(each);
    }
  });

  test('doubles that are not finite are strings, and minus zero is the key zero', async () => {
    const sink = createKafkaClient('platformatic', {
      bootstrapServers: [network.broker.bootstrapServer],
      clientId: 'foreign-producer',
      requestTimeoutMs: DEADLINE_MS,
      decompressedBytesMax: 67_108_864,
    }).sink();
    const double = (value: number): Buffer => {
      const bytes = Buffer.alloc(8);
      bytes.writeDoubleBE(value);
      return bytes;
    };
    const values = [
      [1, Number.NaN],
      [2, Number.POSITIVE_INFINITY],
      [3, Number.NEGATIVE_INFINITY],
      [-0, 7.5],
    ] as const;
    // Kafka's own producers place a key by its bytes, and zero has others than minus zero.
    const batches = values.map(([key, value]) => ({
      topic: doubles,
      partition: partitionOf(double(key), PARTITIONS),
      records: [{ key: double(key), value: double(value) }],
    }));
    expect(partitionOf(double(-0), PARTITIONS)).not.toBe(partitionOf(double(0), PARTITIONS));
    const results = [];
    for (const batch of batches) {
      results.push(...(await sink.produce([batch], DEADLINE_MS)));
    }
    await sink.close();
    expect(results.map(({ ok }) => ok)).toEqual(values.map(() => true));
    await eventually(async () => {
      const { data, errors } = await ask(
        'query ($z: Float!) { a: double(key: 1) b: double(key: 2) c: double(key: 3) zero: double(key: 0) minus: double(key: -0.0) v: double(key: $z) }',
        '{"z":-0}',
      );
      expect(errors).toBeUndefined();
      expect(data).toEqual({
        ...{ a: 'NaN', b: 'Infinity', c: '-Infinity' },
        ...{ zero: '75e-1', minus: '75e-1', v: '75e-1' },
      });
    }, DEADLINE_MS);
    const { text } = await call(`${network.mirror(doubles).url}/topics/${doubles}/keys/0`);
    expect(text).toBe('7.5');
  });
});
