import { ownersOf } from '@quicksilver/contracts/mirror-api/ownership';
import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { call, type Answer } from '@quicksilver/testkit/http-call';
import { readMetric } from '@quicksilver/testkit/read-metric';
import { TestNetwork } from '@quicksilver/testkit/test-network';
import { afterAll, assert, beforeAll, describe, expect, test } from 'vitest';

const PARTITIONS = 6;
const REPLICAS = 3;
/** Sent while replicas come and go. */
const QUERIES = 1_000;
const KEYS = Array.from({ length: 600 }, (_, at) => `key-${at}`);
const ORDINALS = Array.from({ length: REPLICAS }, (_, ordinal) => ordinal);
const FORWARDED = 'x-cache-update';

interface Page {
  readonly items: readonly { readonly key: string; readonly value: string }[];
  readonly next: string | null;
}

describe('three replicas of a mirror over six partitions', () => {
  const topic = uniqueTopic('replicas');
  const ownerOf = new Map<string, number>();
  let network: TestNetwork;
  beforeAll(async () => {
    network = await TestNetwork.start({
      broker: testBroker(),
      topics: [{ name: topic, valueType: 'STRING', partitions: PARTITIONS }],
      mirrors: [{ topics: [topic], replicas: REPLICAS }],
      schema: `type Query {
        value(key: ID!): String @topic(name: "${topic}", keyArgument: "key")
        some(keys: [ID!]!): [String] @topic(name: "${topic}", keyArgument: "keys")
        all: [String!] @topic(name: "${topic}")
      }`,
    });
    const written = await network.post(
      topic,
      KEYS.map((key) => ({ key, value: valueOf(key) })),
    );
    const { results } = written.json() as { results: readonly { partition: number }[] };
    for (const [at, { partition }] of results.entries()) {
      const [owner = -1] = ownersOf(partition, { replicas: REPLICAS, copies: 1 });
      ownerOf.set(KEYS[at] ?? '', owner);
    }
    await untilComplete();
  });
  afterAll(() => network[Symbol.asyncDispose]());

  const getKey = (ordinal: number, key: string): Promise<Answer> =>
    call(`${network.mirror(topic, ordinal).url}/topics/${topic}/keys/${key}`);
  const getPage = (ordinal: number, cursor: string | null): Promise<Answer> => {
    const query = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    return call(`${network.mirror(topic, ordinal).url}/topics/${topic}/keys?limit=70${query}`);
  };
  const listThroughGateway = async (): Promise<unknown> => {
    const { data, errors } = await network.graphql('{ all }');
    return errors === undefined ? sorted((data as { all: readonly string[] }).all) : errors;
  };

  const untilComplete = (): Promise<void> =>
    eventually(async () => assert.deepEqual(await listThroughGateway(), ALL_VALUES), 90_000);

  test('every key is answered at every replica, by its owner directly and by the others after one forward', async () => {
    for (const ordinal of ORDINALS) {
      const answers = await Promise.all(KEYS.map((key) => getKey(ordinal, key)));
      expect(answers.map((answer) => answer.text)).toEqual(
        KEYS.map((key) => JSON.stringify(valueOf(key))),
      );
      expect(answers.map((answer) => FORWARDED in answer.headers)).toEqual(
        KEYS.map((key) => ownerOf.get(key) !== ordinal),
      );
    }
    expect(new Set(ownerOf.values())).toEqual(new Set(ORDINALS));
  });

  test('I-R6: the pages of a list hold each key exactly once, whichever replica is asked', async () => {
    for (const ordinal of ORDINALS) {
      const keys: string[] = [];
      let cursor: string | null = null;
      do {
        const answer = await getPage(ordinal, cursor);
        expect(answer.status, answer.text).toBe(200);
        const page = answer.json() as Page;
        keys.push(...page.items.map((item) => item.key));
        cursor = page.next;
      } while (cursor !== null);
      expect(keys.toSorted()).toEqual(KEYS.toSorted());
    }
  });

  test('the gateway asks the owners: none of its requests is forwarded between replicas', async () => {
    const counts = async (): Promise<{ sent: number; received: number }> => {
      const sent = await readMetric(network.gateway, 'gateway_mirror_seconds_count', { topic });
      const received = await Promise.all(
        network
          .mirrors(topic)
          .flatMap((mirror) =>
            ['key', 'batch', 'list'].map((kind) =>
              readMetric(mirror, 'mirror_query_seconds_count', { kind }),
            ),
          ),
      );
      return { sent, received: received.reduce((sum, count) => sum + count, 0) };
    };
    const before = await counts();
    for (let at = 0; at < KEYS.length; at += 30) {
      const keys = KEYS.slice(at, at + 30);
      const { data } = await network.graphql('query ($keys: [ID!]!) { some(keys: $keys) }', {
        variables: { keys },
      });
      expect(data).toEqual({ some: keys.map(valueOf) });
    }
    const after = await counts();
    const sent = after.sent - before.sent;
    // One request to each owner per query; a forward would be received twice.
    expect(sent).toBe((KEYS.length / 30) * REPLICAS);
    expect(after.received - before.received).toBe(sent);
  });

  test('I-R4, I-R6: while replicas stop, are killed and rebuilt, no key that exists is said not to exist and no list is short', async () => {
    const wrong: unknown[] = [];
    const queries = { asked: 0, failed: 0, answered: 0 };
    const restarted = new AbortController();
    const ask = async (at: number): Promise<void> => {
      const key = KEYS[at % KEYS.length] ?? '';
      const answer = await getKey(at % REPLICAS, key).catch(() => undefined);
      const isRight = answer?.status === 200 && answer.text === JSON.stringify(valueOf(key));
      queries.answered += isRight ? 1 : 0;
      if (answer !== undefined && !isRight && answer.status < 500) {
        wrong.push(answer);
      }
      const { data, errors } = await network.graphql(`{ value(key: "${key}") all }`);
      const { value, all } = (data ?? {}) as { value?: unknown; all?: readonly string[] | null };
      const failed = new Set((errors ?? []).map((error) => error.path?.[0]));
      queries.asked += 1;
      queries.failed += failed.has('all') ? 1 : 0;
      if (value !== valueOf(key) && !failed.has('value')) {
        wrong.push({ key, value });
      }
      if (all?.length !== KEYS.length && !failed.has('all')) {
        wrong.push({ length: all?.length });
      }
    };
    const poller = async (first: number): Promise<void> => {
      for (let at = first; !restarted.signal.aborted; at += 7) {
        await ask(at);
      }
    };
    const pollers = [0, 1, 2, 3].map((first) => poller(first * 150));
    try {
      // The last one goes again until there were enough queries.
      for (let turn = 0; turn < REPLICAS || queries.asked < QUERIES; turn += 1) {
        const ordinal = Math.min(turn, REPLICAS - 1);
        const mirror = network.mirror(topic, ordinal);
        await mirror.restart('SIGKILL');
        await mirror.restart('SIGTERM');
        await mirror.kill('SIGTERM');
        await network.wipeMirror(topic, ordinal);
        await mirror.start();
      }
    } finally {
      restarted.abort();
      await Promise.all(pollers);
    }
    expect(wrong).toEqual([]);
    expect(queries.answered).toBeGreaterThan(0);
    expect(queries.failed).toBeGreaterThan(0);
    expect(queries.asked - queries.failed).toBeGreaterThan(0);
    await untilComplete();
  });

  test('I-R6: with one replica down a list is an error, and the keys of the others have their values', async () => {
    const down = 1;
    await network.mirror(topic, down).kill('SIGKILL');
    const { data, errors } = await network.graphql(
      'query ($keys: [ID!]!) { all some(keys: $keys) }',
      {
        variables: { keys: KEYS.slice(0, 60) },
      },
    );
    const { all, some } = data as { all: unknown; some: readonly unknown[] };
    expect(all).toBeNull();
    expect(some).toEqual(
      KEYS.slice(0, 60).map((key) => (ownerOf.get(key) === down ? null : valueOf(key))),
    );
    expect(new Set(errors?.map((error) => error.extensions?.code))).toEqual(
      new Set(['MIRROR_UNAVAILABLE']),
    );
    const paths = errors?.map((error) => error.path?.join('.')).toSorted();
    const failing = KEYS.slice(0, 60).flatMap((key, at) =>
      ownerOf.get(key) === down ? [`some.${at}`] : [],
    );
    expect(paths).toEqual(['all', ...failing].toSorted());
    for (const ordinal of ORDINALS.filter((each) => each !== down)) {
      const key = KEYS.find((each) => ownerOf.get(each) === down) ?? '';
      const answer = await getKey(ordinal, key);
      expect(answer.status).toBe(503);
      expect(answer.headers['retry-after']).toBeDefined();
    }
    await network.mirror(topic, down).start();
    await untilComplete();
  });
});

const ALL_VALUES = sorted(KEYS.map(valueOf));

function valueOf(key: string): string {
  return `value of ${key}`;
}

function sorted(values: readonly string[]): readonly string[] {
  return values.toSorted();
}
