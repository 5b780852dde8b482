import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { call } from '@quicksilver/testkit/http-call';
import { checkWrites, foldTopic, NO_VIOLATIONS, readTopic } from '@quicksilver/testkit/oracle';
import { TestNetwork } from '@quicksilver/testkit/test-network';
import { outcomeOf } from '@quicksilver/testkit/write-load';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const CLIENTS = 8;
const WRITES_PER_CLIENT = 125;
/** Fewer than writes, so that a stale answer would have an older value to show. */
const KEYS_PER_CLIENT = 25;
const REACHED_MS = 90_000;
const POSITION = 'x-quick-position';
const MIN_POSITION = 'x-quick-min-position';

describe.each(['platformatic', 'kafkajs'])(
  'what was written is read back at once, by %s',
  (kafkaClient) => {
    const topic = uniqueTopic('write-read');
    let network: TestNetwork;
    beforeAll(async () => {
      network = await TestNetwork.start({
        broker: testBroker(),
        topics: [{ name: topic, valueType: 'STRING' }],
        schema: `type Query {
        value(key: ID!): String @topic(name: "${topic}", keyArgument: "key")
        values: [String!]! @topic(name: "${topic}")
      }`,
        env: {
          ingest: { QUICK_KAFKA_CLIENT: kafkaClient },
          mirror: { QUICK_KAFKA_CLIENT: kafkaClient, QUICK_MIRROR_WAIT_MAX_MS: '1000' },
          gateway: { QUICK_KAFKA_CLIENT: kafkaClient },
        },
      });
    });
    afterAll(() => network[Symbol.asyncDispose]());

    /** If the mirror has not reached the position, the client retries, as the error says. */
    const untilReached = <T>(read: () => Promise<T>): Promise<T> =>
      eventually(async () => {
        const result = await read();
        if (JSON.stringify(result).includes('POSITION_NOT_REACHED')) {
          throw new Error('the mirror has not come so far');
        }
        return result;
      }, REACHED_MS);
    const readMirror = (key: string, position: string): Promise<unknown> =>
      untilReached(async () => {
        const url = `${network.mirror(topic).url}/topics/${topic}/keys/${encodeURIComponent(key)}`;
        const answer = await call(url, { headers: { [MIN_POSITION]: position } });
        return answer.status === 404 ? null : answer.json();
      });
    const readGateway = async (key: string, position: string): Promise<unknown> => {
      const { data, errors } = await network.graphql('query ($key: ID!) { value(key: $key) }', {
        variables: { key },
        headers: { [MIN_POSITION]: position },
      });
      return errors === undefined ? (data as { value: unknown }).value : errors;
    };

    test('I-W1, I-R1: 1,000 acknowledged writes are in the topic, and no read with their position is older', async () => {
      const history = network.history('write-read');
      const stale: unknown[] = [];
      const client = async (index: number): Promise<void> => {
        for (let seq = 0; seq < WRITES_PER_CLIENT; seq += 1) {
          const key = `c${index}-k${seq % KEYS_PER_CLIENT}`;
          const value = `c${index}-${seq}`;
          const process = `c${index}`;
          const end = history.invoke({ process, op: 'write', topic, key, value });
          const answer = await network.post(topic, { key, value });
          end(...outcomeOf(answer));
          const position = answer.headers[POSITION] ?? '';
          const seen = await Promise.all([
            readMirror(key, position),
            untilReached(() => readGateway(key, position)),
          ]);
          if (seen.some((each) => each !== value)) {
            stale.push({ key, value, position, seen });
          }
        }
      };
      await Promise.all(Array.from({ length: CLIENTS }, (_, index) => client(index)));
      expect(stale).toEqual([]);
      expect(history.count('ok')).toBe(CLIENTS * WRITES_PER_CLIENT);
      const records = await readTopic(network.broker, topic);
      expect(checkWrites(history, records)).toEqual(NO_VIOLATIONS);
    });

    test('I-R1: a position that the mirror has not reached is an error in time, never an older answer', async () => {
      const written = await network.post(topic, { key: 'ahead', value: 'now' });
      const { partition, offset } = written.json() as { partition: number; offset: number };
      const position = `${partition}:${offset + 1_000}`;
      const url = `${network.mirror(topic).url}/topics/${topic}/keys/ahead`;
      const answer = await call(url, { headers: { [MIN_POSITION]: position } });
      expect(answer.status, answer.text).toBe(504);
      expect(answer.json()).toMatchObject({ errorCode: 'POSITION_NOT_REACHED' });
      expect(await readGateway('ahead', position)).toMatchObject([
        { path: ['value'], extensions: { code: 'POSITION_NOT_REACHED' } },
      ]);
    });

    test('I-W7: a deleted key is gone from lookups and lists once its position is read', async () => {
      const keys = Array.from({ length: 100 }, (_, at) => `deleted-${at}`);
      const pairs = keys.map((key) => ({ key, value: key }));
      expect((await network.post(topic, pairs)).status).toBe(201);
      for (const key of keys) {
        const answer = await network.remove(topic, key);
        expect(answer.status, answer.text).toBe(200);
        const position = answer.headers[POSITION] ?? '';
        expect([
          await readMirror(key, position),
          await untilReached(() => readGateway(key, position)),
        ]).toEqual([null, null]);
      }
      const state = foldTopic(await readTopic(network.broker, topic));
      const { data, errors } = await network.graphql('{ values }');
      expect(errors).toBeUndefined();
      const { values } = data as { values: readonly string[] };
      expect(values.toSorted()).toEqual(
        [...state.values()].map((each) => String(each.value)).toSorted(),
      );
    });
  },
);
