import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { readMetric } from '@quicksilver/testkit/read-metric';
import { TestNetwork, type GraphqlAnswer } from '@quicksilver/testkit/test-network';
import { afterAll, assert, beforeAll, describe, expect, test } from 'vitest';

/** All reads of one operation, together. */
const OPERATION_MS = 5_000;
/** Beyond the time of one operation, and less than a second one would take. */
const SLACK_MS = 4_000;
/** A hanging mirror takes the time of an operation from every fifty of them. */
const QUERIES = { down: 500, hanging: 100 };
const AT_A_TIME = 50;
const IDS = ['1', '2', '3'];

const QUERY = '{ users(ids: ["1", "2", "3"]) { id name orders { total } best { total } } }';

interface User {
  readonly id: string;
  readonly name: string;
  readonly orders: unknown;
  readonly best: unknown;
}

describe('a gateway one of whose two mirrors fails', () => {
  const users = uniqueTopic('users');
  const orders = uniqueTopic('orders');
  let network: TestNetwork;
  beforeAll(async () => {
    network = await TestNetwork.start({
      broker: testBroker(),
      topics: [{ name: users }, { name: orders }],
      mirrors: [
        { topics: [users], replicas: 1 },
        { topics: [orders], replicas: 1 },
      ],
      schema: `
        type Query {
          users(ids: [ID!]!): [User] @topic(name: "${users}", keyArgument: "ids")
          order(id: ID!): Order @topic(name: "${orders}", keyArgument: "id")
        }
        type User {
          id: ID!
          name: String!
          orderIds: [ID!]!
          orders: [Order] @topic(name: "${orders}", keyField: "orderIds")
          bestId: ID!
          best: Order @topic(name: "${orders}", keyField: "bestId")
        }
        type Order { total: Int! }`,
      env: { gateway: { QUICK_OPERATION_TIMEOUT_MS: String(OPERATION_MS) } },
    });
    await network.post(
      users,
      IDS.map((id) => ({
        key: id,
        value: { id, name: `user ${id}`, orderIds: [`a${id}`, `b${id}`], bestId: `b${id}` },
      })),
    );
    await network.post(
      orders,
      IDS.flatMap((id) => [
        { key: `a${id}`, value: { total: Number(id) } },
        { key: `b${id}`, value: { total: 10 * Number(id) } },
      ]),
    );
    await untilWhole();
  });
  afterAll(() => network[Symbol.asyncDispose]());

  const untilWhole = (): Promise<void> =>
    eventually(async () => assert.deepEqual(await network.graphql(QUERY), WHOLE), 90_000);

  /** Runs the query many times and answers the slowest time and the calls to the failing mirror. */
  const queryOften = async (
    queries: number,
  ): Promise<{
    readonly answers: readonly GraphqlAnswer[];
    readonly slowestMs: number;
    readonly calls: number;
  }> => {
    const calls = (): Promise<number> =>
      readMetric(network.gateway, 'gateway_mirror_seconds_count', { topic: orders });
    const before = await calls();
    const answers: GraphqlAnswer[] = [];
    let slowestMs = 0;
    for (let at = 0; at < queries; at += AT_A_TIME) {
      const startMs = performance.now();
      const some = Array.from({ length: AT_A_TIME }, () => network.graphql(QUERY));
      answers.push(...(await Promise.all(some)));
      slowestMs = Math.max(slowestMs, performance.now() - startMs);
    }
    return { answers, slowestMs, calls: (await calls()) - before };
  };

  const expectDependentFieldsToFail = (answers: readonly GraphqlAnswer[], code: string): void => {
    for (const { data, errors } of answers) {
      expect(data).toEqual({
        users: IDS.map((id) => ({ id, name: `user ${id}`, orders: [null, null], best: null })),
      } satisfies { users: readonly User[] });
      const paths = errors?.map((error) => error.path?.join('.')).toSorted();
      expect(paths).toEqual(FAILING_PATHS);
      expect(new Set(errors?.map((error) => error.extensions?.code))).toEqual(new Set([code]));
    }
  };

  test('I-G3: a mirror that is down fails exactly the fields that need it, at once, and heals by itself', async () => {
    await network.mirror(orders).kill('SIGKILL');
    const { answers, slowestMs, calls } = await queryOften(QUERIES.down);
    expectDependentFieldsToFail(answers, 'MIRROR_UNAVAILABLE');
    expect(slowestMs).toBeLessThan(OPERATION_MS);
    // Both fields of a level are one batch; a mirror that refuses is asked at three places at most.
    expect(calls).toBeLessThanOrEqual(3 * QUERIES.down);
    await network.mirror(orders).start();
    await untilWhole();
  });

  test('I-G3, F17: a mirror that hangs fails the fields that need it within the time of an operation', async () => {
    await network.mirror(orders).pause();
    try {
      const { answers, slowestMs, calls } = await queryOften(QUERIES.hanging);
      expectDependentFieldsToFail(answers, 'UPSTREAM_TIMEOUT');
      expect(slowestMs).toBeLessThan(OPERATION_MS + SLACK_MS);
      expect(calls).toBeLessThanOrEqual(3 * QUERIES.hanging);
    } finally {
      network.mirror(orders).resume();
    }
    await untilWhole();
  });
});

const WHOLE = {
  data: {
    users: IDS.map((id) => ({
      id,
      name: `user ${id}`,
      orders: [{ total: Number(id) }, { total: 10 * Number(id) }],
      best: { total: 10 * Number(id) },
    })),
  },
};

const FAILING_PATHS = IDS.flatMap((_, at) => [
  `users.${at}.best`,
  `users.${at}.orders.0`,
  `users.${at}.orders.1`,
]).toSorted();
