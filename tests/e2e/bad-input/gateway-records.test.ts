import { deepEqual, equal } from 'node:assert/strict';

import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { call } from '@quicksilver/testkit/http-call';
import { readMetric } from '@quicksilver/testkit/read-metric';
import { TestNetwork } from '@quicksilver/testkit/test-network';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { SocketClient } from './socket-client.ts';
import { TRANSPORTS } from './transports.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const OWNERS = 'name ownerStrict { name }';

describe('a record without a member that its type requires, in a list with joins', () => {
  const [items, people, groups] = [uniqueTopic('items'), uniqueTopic('people'), uniqueTopic('g')];
  let network: TestNetwork;
  let address: string;
  let pid: number;

  beforeAll(async () => {
    network = await TestNetwork.start({
      broker: testBroker(),
      topics: [{ name: items, keyType: 'LONG' }, { name: people }, { name: groups }],
      schema: `
        type Query {
          itemsStrict(ids: [Long!]!): [Item!]! @topic(name: "${items}", keyArgument: "ids")
          group(id: ID!): Group @topic(name: "${groups}", keyArgument: "id")
          ruleGroups(ids: [ID!]!): [Group!]! @topic(name: "${groups}", keyArgument: "ids")
          itemLists: ItemLists
          ok(id: ID = "none"): Int @topic(name: "${people}", keyArgument: "id")
        }
        type ItemLists { lists(ids: [Long!]!): [Item!]! @topic(name: "${items}", keyArgument: "ids") }
        type Mutation {
          setGroup(id: ID!, group: GroupInput!): Group
            @topic(name: "${groups}", keyArgument: "id", valueArgument: "group")
        }
        type Subscription { groups: Group @topic(name: "${groups}") }
        input GroupInput { memberIds: [Long!] }
        type Rule { then: String catch: String finally: String }
        type Group {
          rule: Rule
          rules: [Rule!]
          memberIds: [Long!]
          members: [Item!]! @topic(name: "${items}", keyField: "memberIds")
        }
        type Item {
          name: String!
          ownerId: ID
          ownerStrict: Person! @topic(name: "${people}", keyField: "ownerId")
        }
        type Person { name: String! }
      `,
    });
    ({ address, pid } = network.gateway);
    await write(people, { key: 'p1', value: { name: 'Ada' } });
    await write(items, { key: 1, value: { name: 'item 1', ownerId: 'p1' } });
    await write(items, { key: 2, value: { name: 'item 2', ownerId: 'nobody' } });
    await write(items, { key: 66, value: { id: 66 } });
    await write(groups, { key: 'a', value: { memberIds: [1, 66] } });
    await eventually(async () => {
      const query = `{ itemsStrict(ids: [1]) { ${OWNERS} } group(id: "a") { memberIds } }`;
      const { data } = await network.graphql(query);
      deepEqual(data, {
        itemsStrict: [{ name: 'item 1', ownerStrict: { name: 'Ada' } }],
        group: { memberIds: [1, 66] },
      });
    }, 90_000);
  });
  afterAll(() => network[Symbol.asyncDispose]());

  async function write(topic: string, pair: object): Promise<void> {
    const { status, text } = await network.post(topic, pair);
    equal(status, 201, text);
  }

  /** A response to a later request proves that the effects of the earlier ones have happened. */
  const expectUnharmed = async (): Promise<void> => {
    const answer = await call(`http://${address}/graphql`, { json: { query: '{ ok }' } });
    expect(answer.text).toBe('{"data":{"ok":null}}');
    expect(network.gateway.pid).toBe(pid);
    expect(await readMetric(network.gateway, 'unhandled_rejections_total')).toBe(0);
  };

  const operations = {
    'a list': `{ itemsStrict(ids: [1, 66]) { ${OWNERS} } }`,
    'a list with an owner that is missing': `{ itemsStrict(ids: [2, 66]) { ${OWNERS} } }`,
    'a list below a list': `{ group(id: "a") { members { ${OWNERS} } } }`,
    'a list below a type without a topic': `{ itemLists { lists(ids: [1, 66]) { ${OWNERS} } } }`,
    'a list below a mutation': `mutation { setGroup(id: "b", group: { memberIds: [1, 2, 66] }) { members { ${OWNERS} } } }`,
  };

  describe.each(TRANSPORTS)('$name', ({ name, ask }) => {
    const allowed = Object.entries(operations).filter(
      ([, query]) => name !== 'GET' || !query.startsWith('mutation'),
    );
    test.each(allowed)('%s fails alone', async (_what, query) => {
      for (let round = 0; round < 5; round += 1) {
        const { errors } = await ask(address, { query });
        expect(errors).toMatchObject([{ message: expect.stringContaining('Item.name') }]);
        await expectUnharmed();
      }
    });
  });

  test.each(TRANSPORTS)(
    'names of promises are names like others, of members as of aliases: $name',
    async ({ ask }) => {
      const record = '{"rule":{"then":"x","catch":"y","finally":"z"},"rules":[{"then":"a"}]}';
      await network.postBytes(groups, `{"key":"promise","value":${record}}`, JSON_TYPE);
      const query = `{
        then: __typename catch: __typename finally: __typename
        group(id: "promise") {
          rule { then catch finally more: then }
          then: rule { then: catch }
          rules { then finally }
        }
        list: ruleGroups(ids: ["promise"]) { then: rule { then } }
      }`;
      const expected: unknown = JSON.parse(`{
        "then": "Query", "catch": "Query", "finally": "Query",
        "group": {
          "rule": { "then": "x", "catch": "y", "finally": "z", "more": "x" },
          "then": { "then": "y" },
          "rules": [{ "then": "a", "finally": null }]
        },
        "list": [{ "then": { "then": "x" } }]
      }`);
      await eventually(async () => {
        expect(await ask(address, { query })).toMatchObject({ data: expected });
      });
      await expectUnharmed();
    },
  );

  test('an event fails alone, and the next one of the same subscription arrives', async () => {
    await using client = await SocketClient.ready(address);
    client.subscribe('1', `subscription { groups { memberIds members { ${OWNERS} } } }`);
    await eventually(async () => {
      expect(await readMetric(network.gateway, 'gateway_feed_subscribers')).toBe(1);
    });
    await network.post(groups, { key: 'c', value: { memberIds: [1, 2, 66] } });
    await network.post(groups, { key: 'd', value: { memberIds: [1] } });
    const good = { memberIds: [1], members: [{ name: 'item 1', ownerStrict: { name: 'Ada' } }] };
    await client.heard(({ payload }) => JSON.stringify(payload ?? null).includes('item 1'));
    expect(client.messages.slice(1)).toMatchObject([
      { type: 'next', payload: { data: { groups: null }, errors: [{}] } },
      { type: 'next', payload: { data: { groups: good } } },
    ]);
    await expectUnharmed();
  });
});
