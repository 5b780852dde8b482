import { describe, expect, test } from 'vitest';

import type { DefinitionError } from '../problems/definition-error.ts';
import { parseDefinition } from '../parse/parse-definition.ts';

const TYPES = `
type CarEdge { cursor: String! node: Car }
type Car { id: ID }
`;
const CONNECTION = `type CarConnection { edges: [CarEdge!]! pageInfo: PageInfo! }${TYPES}`;
const all = (args: string, types = CONNECTION): string =>
  `type Query { cars${args}: CarConnection! @topic(name: "cars") }\n${types}`;
const range = (args: string): string =>
  `type Query { cars(id: ID!, from: Long, to: Long, ${args}): CarConnection @topic(name: "cars", keyArgument: "id", rangeFrom: "from", rangeTo: "to") }\n${CONNECTION}`;

function problemsOf(sdl: string): readonly string[] {
  try {
    parseDefinition(sdl);
    return [];
  } catch (error) {
    const { problems } = error as DefinitionError;
    return problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
  }
}

describe('a connection', () => {
  test('is bound to all of a topic, or to a range of it', () => {
    const { bindings } = parseDefinition(all('(first: Int = 20, after: String)'));
    const fieldRef = { typeName: 'Query', fieldName: 'cars', topic: 'cars' };
    expect(bindings).toEqual([{ ...fieldRef, kind: 'all-pages' }]);
    const paged = range('first: Int, after: ID, last: Int, before: ID');
    expect(parseDefinition(paged).bindings).toEqual([
      {
        ...fieldRef,
        ...{ argument: 'id', argumentOf: 'field', scalar: 'ID' },
        ...{ kind: 'range-pages', rangeFrom: 'from', rangeTo: 'to', bounds: 'Long' },
      },
    ]);
  });

  test('is allowed in other types too, and no subscription follows it', () => {
    const { bindings, follows } = parseDefinition(`
      type Query { city(id: ID): City @topic(name: "cities", keyArgument: "id") }
      type Subscription { news: News }
      type City { cars(first: Int, after: String): CarConnection @topic(name: "cars") }
      type News {
        car: Car @topic(name: "cars")
        cars(first: Int, after: String): CarConnection @topic(name: "cars")
      }
      ${CONNECTION}
    `);
    expect(bindings.filter(({ kind }) => kind === 'all-pages')).toHaveLength(2);
    expect(follows[0]?.fields.map(({ fieldName }) => fieldName)).toEqual(['car']);
  });

  test('is an ordinary record if the field has a key', () => {
    const { bindings } = parseDefinition(`
      type Query { trip(id: ID!): TripConnection @topic(name: "trips", keyArgument: "id") }
      type TripConnection { edges: [Int] pageInfo: String next: TripConnection @topic(name: "trips", keyField: "pageInfo") }
    `);
    expect(bindings.map(({ kind }) => kind)).toEqual(['one-by-argument', 'one-by-field']);
    expect(
      problemsOf(
        'type Query { trip: TripConnection @topic(name: "trips") } type TripConnection { a: Int }',
      ),
    ).toEqual([expect.stringContaining('key information (keyArgument or keyField) is needed')]);
  });

  test('may have the schema’s own PageInfo, if it is one', () => {
    const pageInfo = `type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: ID endCursor: ID }\n`;
    expect(problemsOf(all('(first: Int!, after: ID)', pageInfo + CONNECTION))).toEqual([]);
    const less = 'type PageInfo { hasNextPage: Int hasPreviousPage: Boolean! startCursor: ID }\n';
    expect(problemsOf(all('(first: Int!, after: ID)', less + CONNECTION))).toEqual([
      '2:6 PageInfo needs a field endCursor: of type String or ID.',
      '2:30 PageInfo.hasNextPage must be of type Boolean, found Int.',
    ]);
  });

  test.each([
    [
      'no arguments',
      all(''),
      [
        '1:14 Query.cars returns a connection and needs an argument first of type Int.',
        '1:14 Query.cars returns a connection and needs an argument after of type String.',
      ],
    ],
    [
      'arguments of other types',
      all('(first: Long, after: Int)'),
      [
        '1:19 The argument first must be of type Int, found Long.',
        '1:32 The argument after must be of type String or ID, found Int.',
      ],
    ],
    [
      'a last that cannot be answered',
      all('(first: Int, after: String, last: Int, before: String)'),
      ['last', 'before'].map(
        (name) =>
          `1:${name === 'last' ? 46 : 57} The argument ${name} cannot be used: a whole topic is read forwards, partition by partition. Remove it. Only ranges have ${name}.`,
      ),
    ],
    [
      'a last of another type',
      range('first: Int, after: String, last: [Int], before: String'),
      ['1:77 The argument last must be of type Int, found [Int].'],
    ],
    [
      'a list of connections',
      `type Query { cars: [CarConnection] @topic(name: "cars") }\n${CONNECTION}`,
      [
        '1:36 Query.cars is a list of CarConnection, which is already a page of a list. Change its type to CarConnection.',
      ],
    ],
    [
      'no pageInfo and edges of scalars',
      all('(first: Int, after: String)', 'type CarConnection { edges: [Int] }'),
      [
        '2:6 CarConnection needs a field pageInfo: of type PageInfo.',
        '2:29 CarConnection.edges must be a list of an object type, found [Int].',
      ],
    ],
    [
      'fields without a value in a type of two fields, reported once',
      `type Query { a(first: Int, after: String): CarConnection @topic(name: "a") b(first: Int, after: String): CarConnection @topic(name: "b") }
type CarConnection { edges: [CarEdge] pageInfo: PageInfo totalCount: Int }
type CarEdge { cursor: Int node: [Car] }
type Car { id: ID }`,
      [
        '2:58 CarConnection.totalCount would have no value: its type can have only edges, pageInfo. Remove it, or bind it.',
        '3:24 CarEdge.cursor must be of type String or ID, found Int.',
        '3:34 CarEdge.node must be the type of a record and not a list, found [Car].',
      ],
    ],
  ])('with %s is refused', (_what, sdl, expected) => {
    expect(problemsOf(sdl)).toEqual(expected);
  });
});
