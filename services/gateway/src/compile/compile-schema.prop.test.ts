import { codecFor } from '@quicksilver/common/codec/codecs';
import type { TopicEntry } from '@quicksilver/common/topics/topic-entry';
import fc from 'fast-check';
import { execute, parse } from 'graphql';
import { expect, test } from 'vitest';

import { parseDefinition } from '@quicksilver/definition/parse-definition';
import { Operation, type MirrorReader } from '../load/operation.ts';
import { compileSchema } from './compile-schema.ts';

const SDL = `
  type Query {
    person(id: Int!): Person @topic(name: "people", keyArgument: "id")
    people(ids: [Int!]!): [Person] @topic(name: "people", keyArgument: "ids")
    present(ids: [Int!]!): [Person!]! @topic(name: "people", keyArgument: "ids")
  }
  type Person {
    id: Int
    name: String!
    bestId: Int
    best: Person @topic(name: "people", keyField: "bestId")
    friendIds: [Int]
    friends: [Person] @topic(name: "people", keyField: "friendIds")
    presentFriends: [Person!] @topic(name: "people", keyField: "friendIds")
    city: String
    home: City @topic(name: "cities", keyField: "city")
  }
  type City { name: String! mayorId: Int mayor: Person @topic(name: "people", keyField: "mayorId") }
`;

interface Person {
  readonly id: number;
  readonly name?: string | undefined;
  readonly bestId?: number | null;
  readonly friendIds?: readonly (number | null)[] | null;
  readonly city?: string | null;
}
interface City {
  readonly name: string;
  readonly mayorId?: number | null;
}
type People = ReadonlyMap<number, Person>;
interface World {
  readonly people: People;
  readonly cities: ReadonlyMap<string, City>;
}

/** One field of a query, as text and as what a reader without any batching does with it. */
interface Field {
  readonly alias: string;
  readonly name: string;
  readonly args?: string;
  readonly isFragment: boolean;
  readonly children: readonly Field[];
}

const ids = fc.integer({ min: 0, max: 12 });
const worlds: fc.Arbitrary<World> = fc.record({
  people: fc
    .uniqueArray(
      fc.record(
        {
          id: ids,
          name: fc.string(),
          bestId: fc.option(ids),
          friendIds: fc.option(fc.array(fc.option(ids), { maxLength: 4 })),
          city: fc.option(fc.constantFrom('a', 'b', 'c')),
        },
        { requiredKeys: ['id', 'name'] },
      ),
      { selector: (person) => person.id, maxLength: 10 },
    )
    .map((people) => new Map(people.map((person) => [person.id, person]))),
  cities: fc
    .subarray(['a', 'b', 'c'])
    .chain((names) =>
      fc.tuple(
        ...names.map((name) => fc.record({ name: fc.constant(name), mayorId: fc.option(ids) })),
      ),
    )
    .map((cities) => new Map(cities.map((city) => [city.name, city]))),
});

const field = (
  name: string,
  children: fc.Arbitrary<readonly Field[]>,
  args?: string,
): fc.Arbitrary<Field> =>
  fc.record({
    alias: fc.constantFrom(name, `${name}Too`),
    name: fc.constant(name),
    isFragment: fc.boolean(),
    children,
    ...(args === undefined ? {} : { args: fc.constant(args) }),
  });
const NO_CHILDREN: fc.Arbitrary<readonly Field[]> = fc.constant([]);
const selection = (fields: readonly fc.Arbitrary<Field>[]): fc.Arbitrary<readonly Field[]> =>
  fc
    .uniqueArray(fc.oneof(...fields), { minLength: 1, maxLength: 4, selector: (one) => one.alias })
    .map((chosen) => chosen);

function personFields(depth: number): fc.Arbitrary<readonly Field[]> {
  const leaves = ['id', 'name', 'bestId', 'friendIds'].map((name) => field(name, NO_CHILDREN));
  if (depth === 0) {
    return selection(leaves);
  }
  const below = personFields(depth - 1);
  const joins = ['best', 'friends', 'presentFriends'].map((name) => field(name, below));
  const mayor = field('mayor', below);
  const home = field('home', selection([field('name', NO_CHILDREN), mayor]));
  return selection([...leaves, ...joins, home]);
}

const queries = fc.oneof(
  ids.chain((id) => field('person', personFields(3), `(id: ${id})`)),
  fc
    .tuple(fc.constantFrom('people', 'present'), fc.array(ids, { maxLength: 6 }))
    .chain(([name, list]) => field(name, personFields(3), `(ids: [${list.join(',')}])`)),
);

function printed(one: Field): string {
  const body = one.children.length === 0 ? '' : ` { ${one.children.map(printed).join(' ')} }`;
  const text = `${one.alias}: ${one.name}${one.args ?? ''}${body}`;
  return one.isFragment ? `... { ${text} }` : text;
}

/** Each field on its own, one lookup after the other. */
function resolveNaively(world: World, one: Field, parent: Person | City | undefined): unknown {
  const person = (id: number | null | undefined): unknown => {
    const found = id === undefined || id === null ? undefined : world.people.get(id);
    return found === undefined ? null : objectOf(world, one, found);
  };
  const numbers = (): number[] =>
    JSON.parse(one.args?.replace('(ids: ', '').replace(')', '') ?? '[]') as number[];
  switch (one.name) {
    case 'person':
      return person(Number(one.args?.replaceAll(/\D/g, '')));
    case 'people':
      return numbers().map(person);
    case 'present':
      return numbers()
        .map(person)
        .filter((found) => found !== null);
    case 'best':
      return person((parent as Person).bestId);
    case 'mayor':
      return person((parent as City).mayorId);
    case 'friends':
      return (parent as Person).friendIds?.map(person) ?? null;
    case 'presentFriends':
      return (parent as Person).friendIds?.map(person).filter((found) => found !== null) ?? null;
    case 'home': {
      const city = world.cities.get((parent as Person).city ?? '');
      return city === undefined ? null : objectOf(world, one, city);
    }
    default:
      return (parent as unknown as Record<string, unknown>)[one.name] ?? null;
  }
}

function objectOf(world: World, one: Field, source: Person | City): unknown {
  return Object.fromEntries(
    one.children.map((child) => [child.alias, resolveNaively(world, child, source)]),
  );
}

function mirrorsOf(world: World): MirrorReader {
  return {
    batchGet: async (topic, keys) =>
      keys.map((key) => {
        // Encoded and decoded again, as on the way through a mirror.
        const json = codecFor(topic.keyType).toJson(codecFor(topic.keyType).fromJson(key));
        const id: unknown = JSON.parse(json.toString());
        const found = typeof id === 'number' ? world.people.get(id) : world.cities.get(String(id));
        return found === undefined ? undefined : JSON.stringify(found);
      }),
    range: () => Promise.resolve({ items: [], next: null }),
    listEdges: () => Promise.resolve({ edges: [], next: null }),
    rangeEdges: () => Promise.resolve({ edges: [], next: null }),
    async *list() {
      yield [];
    },
  };
}

const definition = parseDefinition(SDL);
const schema = compileSchema({
  definition,
  topicOf: ({ topic }): TopicEntry => ({
    name: topic,
    keyType: topic === 'people' ? 'INTEGER' : 'STRING',
    valueType: 'JSON',
    writeType: 'MUTABLE',
    partitions: 3,
  }),
  follow: () => {
    throw new Error('no subscriptions here');
  },
});

test('I-G1: the answer to any query is that of a reader who resolves each field one by one', async () => {
  await fc.assert(
    fc.asyncProperty(worlds, queries, async (world, query) => {
      const operation = new Operation({
        rest: { call: () => Promise.reject(new Error('nothing is fetched here')) },
        headers: {},
        writer: { write: () => Promise.reject(new Error('nothing is written here')) },
        mirrors: mirrorsOf(world),
        signal: new AbortController().signal,
        timeoutMs: 60_000,
        listItemsMax: 100,
        positions: new Map(),
      });
      const result = await execute({
        schema,
        document: parse(`{ ${printed(query)} }`),
        contextValue: { operation },
      });
      expect(JSON.parse(JSON.stringify(result))).toEqual({
        data: { [query.alias]: resolveNaively(world, query, undefined) },
      });
    }),
    { numRuns: 1_000 },
  );
});
