import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { call } from '@quicksilver/testkit/http-call';
import { readTopic } from '@quicksilver/testkit/oracle';
import { TestNetwork } from '@quicksilver/testkit/test-network';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** Each is another number, or none, once it has been a number of JavaScript. */
const NUMBERS = {
  odd: '9007199254740993',
  max: '9223372036854775807',
  min: '-9223372036854775808',
  fraction: '0.1000000000000000055',
  precise: '-3.14159265358979323846264338327950288',
  small: '4.9406564584124654417656879286822e-324',
  huge: '123456789012345678901234567890',
};
/** Beyond what GraphQL's Float may hold: JSON takes it, so only a scalar of the user's own can. */
const BEYOND = '1e400';
const DOCUMENT = `{${Object.entries(NUMBERS)
  .map(([name, digits]) => `"${name}":${digits}`)
  .join(',')},"beyond":${BEYOND},"list":[1,${NUMBERS.odd},[${NUMBERS.huge}]]}`;

describe('the digits of numbers', () => {
  const documents = uniqueTopic('documents');
  const longs = uniqueTopic('longs');
  const doubles = uniqueTopic('doubles');
  let network: TestNetwork;
  beforeAll(async () => {
    network = await TestNetwork.start({
      broker: testBroker(),
      topics: [
        { name: documents },
        { name: longs, keyType: 'LONG', valueType: 'LONG' },
        { name: doubles, keyType: 'DOUBLE', valueType: 'DOUBLE' },
      ],
      schema: `
        scalar Anything
        type Query {
          document(id: ID!): Document @topic(name: "${documents}", keyArgument: "id")
          long(key: Long!): Long @topic(name: "${longs}", keyArgument: "key")
          double(key: Float!): Float @topic(name: "${doubles}", keyArgument: "key")
        }
        type Document {
          odd: Long!, max: Long!, min: Long!
          fraction: Float!, precise: Float!, small: Float!, huge: Anything!
          beyond: Anything!, list: [Anything!]!
        }`,
    });
  });
  afterAll(() => network[Symbol.asyncDispose]());

  const write = async (topic: string, key: string, value: string): Promise<string> => {
    const body = `{"key":${key},"value":${value}}`;
    const answer = await network.postBytes(topic, body);
    expect(answer.status, answer.text).toBe(201);
    return `${topic}/${answer.headers['x-quick-position']}`;
  };
  const readMirror = async (topic: string, key: string, position: string): Promise<string> => {
    const url = `${network.mirror(topic).url}/topics/${topic}/keys/${encodeURIComponent(key)}`;
    const headers = { 'x-quick-min-position': position.slice(topic.length + 1) };
    return (await call(url, { headers })).text;
  };
  const ask = async (body: string, position: string): Promise<string> => {
    const headers = { 'x-quick-min-position': position };
    return (await call(`${network.gateway.url}/graphql`, { body, headers })).text;
  };

  test('of a JSON value are the same in the topic, at the mirror and in the answer to a query', async () => {
    const position = await write(documents, '"d"', DOCUMENT);
    const [record] = await readTopic(network.broker, documents);
    expect(record?.value).toBe(DOCUMENT);
    expect(await readMirror(documents, 'd', position)).toBe(DOCUMENT);
    const fields = [...Object.keys(NUMBERS), 'beyond', 'list'].join(' ');
    const query = `{"query":"{ document(id: \\"d\\") { ${fields} } }"}`;
    expect(await ask(query, position)).toBe(`{"data":{"document":${DOCUMENT}}}`);
  });

  test.each(['9007199254740993', '9223372036854775807', '-9223372036854775808', '0'])(
    'of a 64-bit key and value are the same at the mirror and in a query: %s',
    async (digits) => {
      const position = await write(longs, digits, digits);
      expect(await readMirror(longs, digits, position)).toBe(digits);
      const answer = `{"data":{"long":${digits}}}`;
      expect(await ask(`{"query":"{ long(key: ${digits}) }"}`, position)).toBe(answer);
      const query = '"query":"query ($key: Long!) { long(key: $key) }"';
      expect(await ask(`{${query},"variables":{"key":"${digits}"}}`, position)).toBe(answer);
      expect(await ask(`{${query},"variables":{"key":${digits}}}`, position)).toBe(answer);
    },
  );

  test('of neighbouring 64-bit keys keep them apart', async () => {
    await write(longs, '9007199254740995', '1');
    const position = await write(longs, '9007199254740997', '2');
    const query = '{"query":"{ a: long(key: 9007199254740996) b: long(key: 9007199254740997) }"}';
    expect(await ask(query, position)).toBe('{"data":{"a":null,"b":2}}');
  });

  test.each([
    ['0.1', '0.1'],
    ['5e-324', '5e-324'],
    ['1.7976931348623157e308', '1.7976931348623157e+308'],
    ['-0.30000000000000004', '-0.30000000000000004'],
  ])('of a double are those of the nearest double: %s', async (digits, printed) => {
    const position = await write(doubles, digits, digits);
    expect(await readMirror(doubles, printed, position)).toBe(printed);
    const query = `{"query":"{ double(key: ${digits}) }"}`;
    expect(await ask(query, position)).toBe(`{"data":{"double":${printed}}}`);
  });

  test('that no double can hold are refused for a topic of doubles', async () => {
    const answer = await network.postBytes(doubles, '{"key":1,"value":1e400}');
    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({ errorCode: 'OUT_OF_RANGE', outcome: 'not_written' });
  });
});
