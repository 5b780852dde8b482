import { oneOf } from '@quicksilver/testkit/seeded-random';

export type Random = () => number;

/** Topics of the schema; their names differ in each run. */
export interface BrokenTopics {
  readonly nodes: string;
  readonly pets: string;
  readonly versions: string;
}

export const KEYS: readonly string[] = Array.from({ length: 12 }, (_none, at) => `k${at}`);

/** Nearly nothing here may be null, and joins of all kinds stand between what a record may lack. */
export function brokenSchema({ nodes, pets, versions }: BrokenTopics, restHost: string): string {
  const rest = `http://${restHost}/nodes`;
  return `
    type Query {
      node(id: ID!): Node! @topic(name: "${nodes}", keyArgument: "id")
      maybeNode(id: ID!): Node @topic(name: "${nodes}", keyArgument: "id")
      nodes(ids: [ID!]!): [Node!]! @topic(name: "${nodes}", keyArgument: "ids")
      maybeNodes(ids: [ID!]!): [Node] @topic(name: "${nodes}", keyArgument: "ids")
      allNodes: [Node!]! @topic(name: "${nodes}")
      nodePage(first: Int, after: String): NodeConnection! @topic(name: "${nodes}")
      pet(id: ID!): Pet! @topic(name: "${pets}", keyArgument: "id")
      allPets: [Pet!]! @topic(name: "${pets}")
      versions(id: ID!, from: Long, to: Long): [Version!]!
        @topic(name: "${versions}", keyArgument: "id", rangeFrom: "from", rangeTo: "to")
      versionPage(id: ID!, from: Long, to: Long, first: Int, after: String): VersionConnection!
        @topic(name: "${versions}", keyArgument: "id", rangeFrom: "from", rangeTo: "to")
      remote(id: ID!): Node! @rest(url: "${rest}", pathParameter: ["id"])
      profile(id: ID!): Profile
    }
    type Mutation {
      setNode(id: ID!, node: NodeInput): Node! @topic(name: "${nodes}", keyArgument: "id", valueArgument: "node")
      maybeSetNode(id: ID!, node: NodeInput): Node @topic(name: "${nodes}", keyArgument: "id", valueArgument: "node")
    }
    type Subscription {
      nodes: Node @topic(name: "${nodes}", tombstones: true)
      node(id: ID): Node @topic(name: "${nodes}", keyArgument: "id")
      pets: Pet! @topic(name: "${pets}")
      both(id: ID): Both
    }
    type Both {
      id: ID!
      node: Node @topic(name: "${nodes}", keyField: "id", tombstones: true)
      pet: Pet! @topic(name: "${pets}", keyField: "id")
    }
    type Profile {
      node: Node! @topic(name: "${nodes}", keyArgument: "id")
      remote: Node! @rest(url: "${rest}", pathParameter: ["id"])
    }
    type Node {
      name: String!
      count: Int!
      size: Long!
      ratio: Float!
      kind: Kind!
      tags: [String!]!
      grid: [[Cell!]!]!
      cell: Cell!
      parentId: ID
      childIds: [ID!]
      parent: Node! @topic(name: "${nodes}", keyField: "parentId")
      children: [Node!]! @topic(name: "${nodes}", keyField: "childIds")
      maybeChildren: [Node] @topic(name: "${nodes}", keyField: "childIds")
      pet: Pet! @topic(name: "${pets}", keyField: "parentId")
      remote(id: ID! = "k1"): Node! @rest(url: "${rest}", pathParameter: ["id"])
    }
    input NodeInput {
      name: String
      count: Int
      kind: Kind
      tags: [String]
      parentId: ID
      childIds: [ID!]
    }
    type Cell { x: Int! ownerId: ID owner: Node! @topic(name: "${nodes}", keyField: "ownerId") }
    enum Kind { SMALL LARGE }
    union Pet = Cat | Dog
    type Cat { lives: Int! ownerId: ID owner: Node! @topic(name: "${nodes}", keyField: "ownerId") }
    type Dog { tricks: [String!]! friends: [Pet!]! }
    type Version { at: Long! nodeId: ID node: Node! @topic(name: "${nodes}", keyField: "nodeId") }
    type NodeConnection { edges: [NodeEdge!]! pageInfo: PageInfo! }
    type NodeEdge { cursor: String! node: Node! }
    type VersionConnection { edges: [VersionEdge!]! pageInfo: PageInfo! }
    type VersionEdge { cursor: String! node: Version! }
  `;
}

/** Whether the next member is as its type says. */
const GOOD_SHARE = 0.85;

/** A record of the topic's type that breaks it in some places at random, as JSON text. */
export function brokenRecord(random: Random, topic: keyof BrokenTopics): string {
  const make = { nodes: newNode, pets: newPet, versions: newVersion }[topic];
  return JSON.stringify(random() < 0.95 ? make(random) : wrongValue(random));
}

function newNode(random: Random): object {
  return members(random, {
    name: () => 'node',
    count: () => Math.floor(random() * 1_000),
    size: () => Math.floor(random() * 2 ** 50),
    ratio: random,
    kind: () => oneOf(random, ['SMALL', 'LARGE']),
    tags: () => listOf(random, () => 'tag'),
    grid: () => listOf(random, () => listOf(random, () => newCell(random))),
    cell: () => newCell(random),
    parentId: () => someKey(random),
    childIds: () => listOf(random, () => someKey(random)),
  });
}

function newCell(random: Random): object {
  return members(random, {
    x: () => Math.floor(random() * 10),
    ownerId: () => someKey(random),
  });
}

function newPet(random: Random): object {
  return random() < 0.5
    ? members(random, {
        __typename: () => 'Cat',
        lives: () => 9,
        ownerId: () => someKey(random),
      })
    : members(random, {
        __typename: () => 'Dog',
        tricks: () => listOf(random, () => 'roll'),
        friends: () => (random() < 0.5 ? [] : listOf(random, () => newPet(random))),
      });
}

function newVersion(random: Random): object {
  const at = Math.floor(random() * 100);
  return { ...members(random, { nodeId: () => someKey(random) }), at };
}

function members(random: Random, makers: Readonly<Record<string, () => unknown>>): object {
  return Object.fromEntries(
    Object.entries(makers).flatMap(([name, make]): (readonly [string, unknown])[] => {
      if (random() < GOOD_SHARE) {
        return [[name, make()]];
      }
      return random() < 0.3 ? [] : [[name, wrongValue(random)]];
    }),
  );
}

/** One key in ten is of no record. */
export function someKey(random: Random): string {
  return random() < 0.1 ? 'missing' : oneOf(random, KEYS);
}

function listOf(random: Random, make: () => unknown): unknown[] {
  return Array.from({ length: Math.floor(random() * 4) }, () =>
    random() < GOOD_SHARE ? make() : wrongValue(random),
  );
}

/** As JSON: a linter sees no difference between a member `then` and a promise. */
const WRONG: readonly unknown[] = JSON.parse(
  `[null, true, "", "MEDIUM", -1, 1.5, 1e300, {}, { "name": "an object" }, [], [null], [[[]]], [{}],
    { "then": "no promise" }, { "__typename": "Fish" }, { "length": 3 }]`,
) as readonly unknown[];

export function wrongValue(random: Random): unknown {
  return oneOf(random, WRONG);
}
