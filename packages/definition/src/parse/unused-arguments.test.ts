import { expect, test } from 'vitest';

import { parseDefinition } from './parse-definition.ts';
import { unusedArguments } from './unused-arguments.ts';

const problemsOf = (sdl: string): string[] =>
  unusedArguments(parseDefinition(sdl)).map(
    ({ line, column, message }) => `${line}:${column} ${message}`,
  );

test('arguments that no directive names are reported at their places', () => {
  expect(
    problemsOf(`type Query {
      range(id: ID!, from: Int, to: Int, reverse: Boolean): [Item] @topic(name: "t", keyArgument: "id", rangeFrom: "from", rangeTo: "to")
      all(first: Int): [Item] @topic(name: "t")
    }
    type Item { n: Int other(id: ID, by: Int): Item @topic(name: "t", keyField: "n") }`),
  ).toEqual([
    '2:42 The argument reverse of Query.range is unused: no directive names it. Remove it, or name it in a directive.',
    '3:11 The argument first of Query.all is unused: no directive names it. Remove it, or name it in a directive.',
    '5:30 The argument id of Item.other is unused: no directive names it. Remove it, or name it in a directive.',
    '5:38 The argument by of Item.other is unused: no directive names it. Remove it, or name it in a directive.',
  ]);
});

test('arguments that a field or one below it uses are not reported', () => {
  expect(
    problemsOf(`type Query {
      one(id: ID!, lang: String, kind: ID): Item @topic(name: "t", keyArgument: "id")
      page(id: ID!, from: Int, to: Int, first: Int, after: String, last: Int, before: String): ItemConnection
        @topic(name: "t", keyArgument: "id", rangeFrom: "from", rangeTo: "to")
    }
    type Mutation { set(id: ID!, value: Int): Int @topic(name: "n") }
    type Subscription { items(id: ID): Item @topic(name: "t", keyArgument: "id") }
    type Item {
      n: Int
      kind: Item @topic(name: "kinds", keyArgument: "kind")
      text: Text @rest(url: "http://h/", queryParameter: ["lang"])
    }
    type Text { words: String }
    type ItemConnection { edges: [ItemEdge] pageInfo: PageInfo }
    type ItemEdge { cursor: String! node: Item }`),
  ).toEqual([]);
});
