import { consoleProduce } from '@quicksilver/local-kafka/console-tools';
import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { readTopic } from '@quicksilver/testkit/oracle';
import { TestNetwork } from '@quicksilver/testkit/test-network';
import { describe, expect, test } from 'vitest';

const KEYS = [
  ...Array.from({ length: 400 }, (_, at) => `key-${at}`),
  ...Array.from({ length: 100 }, (_, at) => String(at * 7919)),
  ...['a', 'é', 'e\u0301', '日本語', '🚀', 'a/b', 'a%2Fb', ' ', '..', '"', '\\', 'x'.repeat(500)],
];
const KEYS_PER_QUERY = 100;

describe('keys that other programs wrote', () => {
  test.each([3, 6])(
    "I-R5: the gateway finds every key that Java's producer placed in one of %i partitions",
    async (partitions) => {
      const topic = uniqueTopic('java');
      await using network = await TestNetwork.start({
        broker: testBroker(),
        topics: [{ name: topic, valueType: 'STRING', partitions }],
        // A replica for each partition but one: a key looked for in the wrong place is not found.
        mirrors: [{ topics: [topic], replicas: partitions === 3 ? 2 : 3 }],
        ingests: 0,
        schema: `type Query {
          values(keys: [ID!]!): [String] @topic(name: "${topic}", keyArgument: "keys")
        }`,
      });
      const records = KEYS.map((key) => ({ key, value: `value of ${key}` }));
      await consoleProduce({ ...network.broker, topic, records });
      const placed = await readTopic(network.broker, topic);
      expect(new Set(placed.map((record) => record.partition)).size).toBe(partitions);

      const find = async (keys: readonly string[]): Promise<unknown> => {
        const answer = await network.graphql('query ($keys: [ID!]!) { values(keys: $keys) }', {
          variables: { keys },
        });
        expect(answer.errors).toBeUndefined();
        return (answer.data as { values: unknown }).values;
      };
      for (let from = 0; from < KEYS.length; from += KEYS_PER_QUERY) {
        const keys = KEYS.slice(from, from + KEYS_PER_QUERY);
        await eventually(async () => {
          expect(await find(keys)).toEqual(keys.map((key) => `value of ${key}`));
        }, 90_000);
      }
    },
  );
});
