import { TestNetwork } from '@quicksilver/testkit/test-network';
import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';

/** The topics of the rows, by their role. */
export interface GraphqlTopics {
  readonly items: string;
  readonly numbers: string;
  readonly longs: string;
}

export function newGraphqlTopics(): GraphqlTopics {
  return {
    items: uniqueTopic('bad-items'),
    numbers: uniqueTopic('bad-numbers'),
    longs: uniqueTopic('bad-longs'),
  };
}

export function schemaOf(topics: GraphqlTopics): string {
  return `
    type Query {
      ok(id: ID = "none"): Int @topic(name: "${topics.items}", keyArgument: "id")
      item(id: ID): Item @topic(name: "${topics.items}", keyArgument: "id")
      items(ids: [ID!]!): [Item] @topic(name: "${topics.items}", keyArgument: "ids")
      number(id: Int!): Int @topic(name: "${topics.numbers}", keyArgument: "id")
      long(id: Long!): Long @topic(name: "${topics.longs}", keyArgument: "id")
    }
    type Mutation { set(id: ID = "none", name: String): String @topic(name: "${topics.items}") }
    type Subscription {
      items: Item @topic(name: "${topics.items}")
      item(id: ID): Item @topic(name: "${topics.items}", keyArgument: "id")
    }
    type Item {
      id: ID!
      name: String
      stock: Int
      nextId: ID
      next: Item @topic(name: "${topics.items}", keyField: "nextId")
    }
  `;
}

/** Ingest, a mirror and a gateway with these topics, as real processes. */
export async function openGraphqlNetwork(
  topics: GraphqlTopics,
  gateway: Readonly<Record<string, string>> = {},
): Promise<TestNetwork> {
  return TestNetwork.start({
    broker: testBroker(),
    topics: [
      { name: topics.items },
      { name: topics.numbers, keyType: 'INTEGER', valueType: 'INTEGER' },
      { name: topics.longs, keyType: 'LONG', valueType: 'LONG' },
    ],
    schema: schemaOf(topics),
    env: { gateway },
  });
}
