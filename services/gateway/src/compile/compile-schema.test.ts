import { AppError } from '@quicksilver/common/errors/app-error';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';
import { execute, parse, type ExecutionResult } from 'graphql';
import { describe, expect, test } from 'vitest';

import { parseDefinition } from '@quicksilver/definition/parse-definition';
import { silentLog } from '@quicksilver/testkit/silent-log';
import type { MirrorReader } from '../loaders/mirror-reads.ts';
import { Operation } from '../loaders/operation.ts';
import { BindingStates } from '../serve/binding-states.ts';
import { compileSchema } from './compile-schema.ts';
import { UNLIMITED_ACCESS } from '../resolve/unlimited-access.ts';

/**
 * For each topic the JSON of keys and values. An error instead of a value is the error of its key.
 */
type Data = Readonly<Record<string, Readonly<Record<string, string | AppError>>>>;

interface Run {
  readonly sdl: string;
  readonly query: string;
  readonly data: Data;
  readonly variables?: Record<string, unknown>;
  readonly keyTypes?: Readonly<Record<string, TopicEntry['keyType']>>;
  readonly reads?: string[];
}

/** Runs a query against topics in memory. */
async function run({
  sdl,
  query,
  data,
  variables,
  keyTypes = {},
  reads = [],
}: Run): Promise<ExecutionResult> {
  const definition = parseDefinition(sdl);
  const entryOf = (name: string): TopicEntry | undefined =>
    data[name] && {
      name,
      keyType: keyTypes[name] ?? 'STRING',
      valueType: 'JSON',
      writeType: 'MUTABLE',
      partitions: 3,
    };
  const topics = {
    get: entryOf,
    require: (name: string): TopicEntry => {
      const entry = entryOf(name);
      if (entry === undefined) {
        throw new AppError('TOPIC_NOT_FOUND', `Topic ${name} does not exist.`);
      }
      return entry;
    },
  };
  const mirrors: MirrorReader = {
    batchGet: async (topic, keys) => {
      reads.push(`${topic.name} ${keys.join(' ')}`);
      return keys.map((key) => data[topic.name]?.[key]);
    },
    range: () => Promise.resolve({ items: [], next: null }),
    listEdges: () => Promise.resolve({ edges: [], next: null }),
    rangeEdges: () => Promise.resolve({ edges: [], next: null }),
    async *list(topic) {
      reads.push(`${topic.name} *`);
      const entries = Object.entries(data[topic.name] ?? {});
      yield entries.map(([keyJson, valueJson]) => ({ keyJson, valueJson: String(valueJson) }));
    },
  };
  const states = new BindingStates({ bindings: definition.bindings, topics, log: silentLog });
  const operation = new Operation({
    rest: { call: () => Promise.reject(new Error('nothing is fetched here')) },
    headers: {},
    writer: { write: () => Promise.reject(new Error('nothing is written here')) },
    mirrors,
    signal: new AbortController().signal,
    timeoutMs: 60_000,
    listItemsMax: 3,
    resultValuesMax: 1_000_000,
    bytesMax: 67_108_864,
    positions: new Map(),
  });
  const follow = (): never => {
    throw new Error('no subscriptions here');
  };
  return execute({
    schema: compileSchema({ definition, topicOf: states.topicOf, follow }),
    document: parse(query),
    variableValues: variables ?? {},
    contextValue: { operation, access: UNLIMITED_ACCESS },
  });
}

/** The data, and the path and code of each error. */
function seen({ data, errors }: ExecutionResult): unknown {
  return JSON.parse(
    JSON.stringify({
      data,
      ...(errors === undefined
        ? {}
        : {
            errors: errors.map((error) => [
              error.path?.join('.'),
              error.originalError instanceof AppError ? error.originalError.code : error.message,
            ]),
          }),
    }),
  );
}

const SHOP = `
  type Query {
    product(id: ID): Product @topic(name: "products", keyArgument: "id")
    products(ids: [ID]!): [Product] @topic(name: "products", keyArgument: "ids")
    present(ids: [ID]!): [Product!]! @topic(name: "products", keyArgument: "ids")
    all: [Product!]! @topic(name: "products")
    cart(id: Long!): Cart @topic(name: "carts", keyArgument: "id")
  }
  type Cart {
    id: Long!
    productIds: [ID]
    products: [Product] @topic(name: "products", keyField: "productIds")
    present: [Product!] @topic(name: "products", keyField: "productIds")
    best: Product @topic(name: "products", keyField: "bestId")
    bestId: ID
  }
  type Product { id: ID! name: String! price: Float stock: Int tags: [String!] inside: Inside like: Product @topic(name: "products", keyField: "likeId") likeId: ID }
  type Inside { id: ID, constructor: String, toString: String }
`;
const PRODUCTS = {
  '"a"': '{"id":"a","name":"A","price":1.5,"likeId":"b","inside":{"id":"x"}}',
  '"b"': '{"id":"b","name":"B","likeId":"none"}',
};

describe('lookups by key', () => {
  test('a missing key is null and shifts nothing', async () => {
    const query = '{ products(ids: ["b","x","a","b"]) { id } product(id: "x") { id } }';
    expect(seen(await run({ sdl: SHOP, query, data: { products: PRODUCTS } }))).toEqual({
      data: { products: [{ id: 'b' }, null, { id: 'a' }, { id: 'b' }], product: null },
    });
  });

  test('a missing key is absent from a list that cannot contain null', async () => {
    const query = '{ present(ids: ["b","x",null,"a"]) { id } }';
    expect(seen(await run({ sdl: SHOP, query, data: { products: PRODUCTS } }))).toEqual({
      data: { present: [{ id: 'b' }, { id: 'a' }] },
    });
  });

  test('a null key is null in the list, and no keys are an empty list', async () => {
    const query = '{ products(ids: ["b",null,"a"]) { id } none: products(ids: []) { id } }';
    expect(seen(await run({ sdl: SHOP, query, data: { products: PRODUCTS } }))).toEqual({
      data: { products: [{ id: 'b' }, null, { id: 'a' }], none: [] },
    });
  });

  test('an absent key is an error with the name of its argument', async () => {
    const result = await run({
      sdl: SHOP,
      query: '{ product { id } }',
      data: { products: PRODUCTS },
    });
    expect(result.errors?.map((error) => error.message)).toEqual(['Could not find argument id']);
  });

  test('more keys than the limit of one argument are an error', async () => {
    const ids = Array.from({ length: 501 }, (_, at) => `k${at}`);
    const query = 'query ($ids: [ID]!) { products(ids: $ids) { id } }';
    const result = await run({
      sdl: SHOP,
      query,
      variables: { ids },
      data: { products: PRODUCTS },
    });
    expect(seen(result)).toEqual({
      data: { products: null },
      errors: [['products', 'TOO_MANY_KEYS']],
    });
  });

  test('a list of all values is complete, or an error if it exceeds its limit', async () => {
    const query = '{ all { id } }';
    const more = { ...PRODUCTS, '"c"': PRODUCTS['"a"'], '"d"': PRODUCTS['"a"'] };
    expect(seen(await run({ sdl: SHOP, query, data: { products: PRODUCTS } }))).toEqual({
      data: { all: [{ id: 'a' }, { id: 'b' }] },
    });
    expect(seen(await run({ sdl: SHOP, query, data: { products: more } }))).toEqual({
      data: null,
      errors: [['all', 'TOO_MANY_ITEMS']],
    });
  });
});

describe('joins', () => {
  const carts = { '1': '{"id":1,"productIds":["b","x",null,"a"],"bestId":"a"}', '2': '{"id":2}' };
  const keyTypes = { carts: 'LONG' } as const;
  const data = { products: PRODUCTS, carts };

  test('read each topic once per level, with each key once', async () => {
    const reads: string[] = [];
    const query =
      '{ cart(id: 1) { best { id like { id like { id } } } products { id } present { id } } }';
    expect(seen(await run({ sdl: SHOP, query, data, keyTypes, reads }))).toEqual({
      data: {
        cart: {
          best: { id: 'a', like: { id: 'b', like: null } },
          products: [{ id: 'b' }, null, null, { id: 'a' }],
          present: [{ id: 'b' }, { id: 'a' }],
        },
      },
    });
    expect(reads).toEqual(['carts 1', 'products "a" "b" "x"', 'products "none"']);
  });

  test('a record without the key joins nothing', async () => {
    const query = '{ cart(id: 2) { best { id } products { id } } }';
    expect(seen(await run({ sdl: SHOP, query, data, keyTypes }))).toEqual({
      data: { cart: { best: null, products: null } },
    });
  });

  test('use the key of the record itself, never that of an object inside it', async () => {
    const nested = {
      '"a"': '{"id":"a","name":"A","inside":{"likeId":"b"}}',
      '"b"': PRODUCTS['"b"'],
    };
    const query = '{ product(id: "a") { like { id } } }';
    expect(seen(await run({ sdl: SHOP, query, data: { products: nested } }))).toEqual({
      data: { product: { like: null } },
    });
  });

  test('convert numbers to strings and strings to 64-bit numbers as the schema requires', async () => {
    const sdl = `
      type Query { a(id: ID): A @topic(name: "as", keyArgument: "id") }
      type A {
        bId: String b: B @topic(name: "bs", keyField: "bId")
        cId: Long c: B @topic(name: "cs", keyField: "cId")
      }
      type B { x: Int }
    `;
    const query = '{ a(id: "1") { b { x } c { x } cId } }';
    const result = await run({
      sdl,
      query,
      data: {
        as: { '"1"': '{"bId":12345678901234567890,"cId":"9007199254740993"}' },
        bs: { '"12345678901234567890"': '{"x":1}' },
        cs: { '9007199254740993': '{"x":2}' },
      },
      keyTypes: { cs: 'LONG' },
    });
    expect(JSON.stringify(result.data)).toBe(
      '{"a":{"b":{"x":1},"c":{"x":2},"cId":9007199254740993}}',
    );
  });

  test('a key that does not have the type of the schema fails only its field', async () => {
    const query = '{ product(id: "a") { id like { id } } }';
    const wrong = { '"a"': '{"id":"a","name":"A","likeId":{"no":"key"}}' };
    expect(seen(await run({ sdl: SHOP, query, data: { products: wrong } }))).toEqual({
      data: { product: { id: 'a', like: null } },
      errors: [['product.like', 'TYPE_MISMATCH']],
    });
  });

  test('use the argument of the root field above them', async () => {
    const sdl = `
      type Query { user(userId: Int): User }
      type User {
        profile: Profile @topic(name: "profiles", keyArgument: "userId")
        visits: Int @topic(name: "visits", keyArgument: "userId")
      }
      type Profile { name: String }
    `;
    const result = await run({
      sdl,
      query: '{ user(userId: 1) { profile { name } visits } other: user(userId: 2) { visits } }',
      data: { profiles: { '1': '{"name":"Ada"}' }, visits: { '1': '7', '2': '8' } },
      keyTypes: { profiles: 'INTEGER', visits: 'LONG' },
    });
    expect(seen(result)).toEqual({
      data: { user: { profile: { name: 'Ada' }, visits: 7 }, other: { visits: 8 } },
    });
  });
});

describe('an error', () => {
  test('of a topic that does not exist yet fails only the fields of this topic', async () => {
    const query = '{ product(id: "a") { id } cart(id: 1) { id } }';
    expect(seen(await run({ sdl: SHOP, query, data: { products: PRODUCTS } }))).toEqual({
      data: { product: { id: 'a' }, cart: null },
      errors: [['cart', 'TOPIC_NOT_FOUND']],
    });
  });

  test('names a key type that is not that of the topic', async () => {
    const query = '{ cart(id: 1) { id } }';
    const result = await run({
      sdl: SHOP,
      query,
      data: { carts: {} },
      keyTypes: { carts: 'INTEGER' },
    });
    expect(result.errors?.map((error) => error.message)).toEqual([
      'Query.cart takes a key of type Long, but topic carts has keys of type INTEGER. Use Int or ID.',
    ]);
  });

  test('of one key fails the fields that need it', async () => {
    const broken = { ...PRODUCTS, '"x"': new AppError('RESTORING', 'Partition 2 restores.') };
    const query = '{ products(ids: ["a","x","b"]) { id } }';
    expect(seen(await run({ sdl: SHOP, query, data: { products: broken } }))).toEqual({
      data: { products: [{ id: 'a' }, null, { id: 'b' }] },
      errors: [['products.1', 'RESTORING']],
    });
  });

  test.each([
    [
      'null in a field that is not nullable',
      '{"id":"a","name":null}',
      null,
      'Cannot return null for non-nullable field Product.name.',
      'product.name',
    ],
    [
      'a text for an Int',
      '{"id":"a","name":"A","stock":"many"}',
      { name: 'A', stock: null },
      'Int cannot represent non-integer value: "many"',
      'product.stock',
    ],
    [
      'a number beyond an Int',
      '{"id":"a","name":"A","stock":12345678901234567890}',
      { name: 'A', stock: null },
      'Int cannot represent non 32-bit signed integer value: 12345678901234567890',
      'product.stock',
    ],
    [
      'an object for a list',
      '{"id":"a","name":"A","tags":{}}',
      { name: 'A', tags: null },
      'Expected Iterable, but did not find one for field "Product.tags".',
      'product.tags',
    ],
    [
      'null in a list',
      '{"id":"a","name":"A","tags":["x",null]}',
      { name: 'A', tags: null },
      'Cannot return null for non-nullable field Product.tags.',
      'product.tags.1',
    ],
    [
      'a text for an object',
      '{"id":"a","name":"A","inside":"x"}',
      { name: 'A', inside: null },
      'Expected value of type "Inside" but got: "x".',
      'product.inside',
    ],
    [
      'a record that is not an object',
      '5',
      null,
      'Expected value of type "Product" but got: 5.',
      'product',
    ],
    ['a record that is no JSON', '{"id"', null, 'UPSTREAM_BAD_RESPONSE', 'product'],
  ])(
    'of a record with %s makes fields null as GraphQL requires, and has a path',
    async (_what, record, product, message, path) => {
      const fields = ['stock', 'tags', 'inside'].filter(
        (name) => product === null || name in product,
      );
      const selection = fields
        .map((name) => (name === 'inside' ? 'inside { id }' : name))
        .join(' ');
      const query = `{ product(id: "a") { name ${selection} } }`;
      expect(seen(await run({ sdl: SHOP, query, data: { products: { '"a"': record } } }))).toEqual({
        data: { product },
        errors: [[path, message]],
      });
    },
  );

  test('a field with the name of an inherited member reads only the record', async () => {
    const query = '{ product(id: "a") { inside { id constructor toString } } }';
    expect(seen(await run({ sdl: SHOP, query, data: { products: PRODUCTS } }))).toEqual({
      data: { product: { inside: { id: 'x', constructor: null, toString: null } } },
    });
  });
});
