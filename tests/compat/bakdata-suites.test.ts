import { uniqueTopic } from '@quicksilver/testkit/broker';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { describeExamples } from './bakdata-examples.ts';
import { BakdataScript } from './bakdata-script.ts';

const INSTALL_MS = 1_800_000;
const SUITE_MS = 240_000;

let script: BakdataScript;
beforeAll(async () => {
  script = await BakdataScript.start();
}, INSTALL_MS);
beforeEach(() => script.network.watch());
afterAll(() => script[Symbol.asyncDispose]());

const PRICED = [
  { key: 'abc', value: { purchaseId: 'abc', productId: 123, userId: 1, price: 19.99, at: 1 } },
  { key: 'def', value: { purchaseId: 'def', productId: 123, userId: 2, price: 30, at: 2 } },
  { key: 'ghi', value: { purchaseId: 'ghi', productId: 456, userId: 2, price: 79.99, at: 3 } },
  { key: 'jkl', value: { purchaseId: 'jkl', productId: 789, userId: 2, price: 99.99, at: 4 } },
].map(({ key, value: { price, at, ...value } }) => ({
  key,
  value: { ...value, amount: 1, price: { total: price, currency: 'DOLLAR' }, timestamp: at },
}));
const PRODUCTS = [
  { key: 123, value: productOf(123, 'T-Shirt', 19.99) },
  { key: 456, value: productOf(456, 'Jeans', 79.99) },
  { key: 789, value: productOf(789, 'Shoes', 99.99) },
];
const PRODUCT_TYPES = `
type Product { productId: Int!, name: String, description: String, price: Price, metadata: Metadata }
type Price { total: Float, currency: String }
type Metadata { created_at: Int, source: String }
`;

function productOf(productId: number, name: string, total: number): object {
  const metadata = { created_at: 1_591_710_185, source: 'www.example.com' };
  return { productId, name, description: 'new', price: { total, currency: 'EURO' }, metadata };
}

/** The suites of bakdata Quick's own acceptance test, with its commands, types and results. */
describe('the acceptance suites of bakdata Quick', () => {
  test(
    'crud: a record is written, changed, added and deleted',
    async () => {
      const topic = uniqueTopic('crud-product');
      await script.createTopic(topic, '--key-type long --value-type string');
      await script.createGateway(
        'crud-gateway',
        `type Query { findProduct(productId: Long): String @topic(name: "${topic}", keyArgument: "productId") }`,
      );
      const expectProduct = (key: number, findProduct: string | null): Promise<void> =>
        script.expectData('crud-gateway', `{ findProduct(productId: ${key}) }`, { findProduct });

      await script.ingest(topic, { key: 123, value: 'T-Shirt' });
      await expectProduct(123, 'T-Shirt');
      await script.ingest(topic, [
        { key: 123, value: 'T-Shirt (black)' },
        { key: 456, value: 'Jeans' },
        { key: 789, value: 'Shoes' },
      ]);
      await expectProduct(123, 'T-Shirt (black)');
      await expectProduct(456, 'Jeans');
      expect((await script.client.curl('DELETE', `/ingest/${topic}/123`))[1]).toBe(200);
      await expectProduct(123, null);
      await script.deleteAll('crud-gateway', topic);
    },
    SUITE_MS,
  );

  test(
    'schema: only values of the type are written, and a schema is replaced',
    async () => {
      const topic = uniqueTopic('schema-product');
      const find = `findProduct(productId: Long): Product @topic(name: "${topic}", keyArgument: "productId")`;
      await script.createGateway('schema-gateway', `type Query { ${find} } ${PRODUCT_TYPES}`);
      await script.createTopic(
        topic,
        '--key-type long --value-type schema --schema schema-gateway.Product',
      );
      await script.ingest(topic, PRODUCTS);
      const [text, status] = await script.client.curl(
        'POST',
        `/ingest/${topic}`,
        '{"key":456,"value":{"name":"T-Shirt","price":19.99,"metadata":{"created_at":"2020-04-19T18:46:01+0000"}}}',
      );
      expect(status).toBe(400);
      // The suite looks for this word.
      expect(text).toContain('Error');
      for (const path of ['productId', 'price', 'metadata.created_at']) {
        expect(text).toContain(path);
      }
      await script.expectData(
        'schema-gateway',
        '{ findProduct(productId: 456) { productId name } }',
        {
          findProduct: { productId: 456, name: 'Jeans' },
        },
      );
      await script.applySchema(
        'schema-gateway',
        `type Query { ${find} allProducts: [Product] @topic(name: "${topic}") } ${PRODUCT_TYPES}`,
      );
      await script.expectData('schema-gateway', '{ allProducts { name } }', {
        // The suite compares the order of the partitions too.
        allProducts: [{ name: 'T-Shirt' }, { name: 'Shoes' }, { name: 'Jeans' }],
      });
      await script.deleteAll('schema-gateway', topic);
    },
    SUITE_MS,
  );

  test(
    'multi-stream: a topic joins another one',
    async () => {
      const [products, purchases] = [uniqueTopic('multi-product'), uniqueTopic('multi-purchase')];
      await script.createGateway(
        'multi-gateway',
        `type Query { findPurchase(purchaseId: String): Purchase @topic(name: "${purchases}", keyArgument: "purchaseId") }
        type Purchase {
          purchaseId: String!, productId: Int!, userId: Int!,
          product: Product @topic(name: "${products}", keyField: "productId")
          amount: Int, price: Price,
        }
        ${PRODUCT_TYPES}`,
      );
      // Keys of type long, joined by an Int.
      await script.createTopic(
        products,
        '--key-type long --value-type schema --schema multi-gateway.Product',
      );
      await script.createTopic(
        purchases,
        '--key-type string --value-type schema --schema multi-gateway.Purchase',
      );
      await script.ingest(products, PRODUCTS);
      await script.ingest(purchases, PRICED);
      await script.expectData(
        'multi-gateway',
        '{ findPurchase(purchaseId: "abc") { purchaseId amount price { total } product { productId name } } }',
        {
          findPurchase: {
            purchaseId: 'abc',
            amount: 1,
            price: { total: 19.99 },
            product: { productId: 123, name: 'T-Shirt' },
          },
        },
      );
      await script.deleteAll('multi-gateway', products, purchases);
      const { stdout } = await script.client.quick('topic list');
      expect(stdout).not.toMatch(/multi-/);
    },
    SUITE_MS,
  );

  test(
    'range: the records of a key between two values of a field, joined with another topic',
    async () => {
      const [ratings, purchases] = [uniqueTopic('range-rating'), uniqueTopic('range-purchase')];
      await script.createGateway(
        'range-gateway',
        `type Query {
          userRatings(userId: Int, ratingFrom: Int, ratingTo: Int): [UserRating]
            @topic(name: "${ratings}", keyArgument: "userId", rangeFrom: "ratingFrom", rangeTo: "ratingTo")
        }
        type UserRating {
          userId: Int!, purchaseId: String!, rating: Int
          purchase: Purchase @topic(name: "${purchases}", keyField: "purchaseId")
        }
        type Purchase { purchaseId: String!, productId: Int!, price: Price }
        type Price { total: Float, currency: String }`,
      );
      await script.createTopic(
        purchases,
        '--key-type string --value-type schema --schema range-gateway.Purchase',
      );
      await script.createTopic(
        ratings,
        '--key-type int --value-type schema --schema range-gateway.UserRating --range-field rating',
      );
      await script.ingest(
        ratings,
        [
          [1, 'abc', 7],
          [2, 'def', 2],
          [2, 'ghi', 6],
          [2, 'jkl', 1],
        ].map(([userId, purchaseId, rating]) => ({
          key: userId,
          value: { userId, purchaseId, rating },
        })),
      );
      await script.ingest(purchases, PRICED);
      await script.expectData(
        'range-gateway',
        '{ userRatings(userId: 2, ratingFrom: 1, ratingTo: 4) { rating purchase { productId price { total } } } }',
        {
          userRatings: [
            { rating: 1, purchase: { productId: 789, price: { total: 99.99 } } },
            { rating: 2, purchase: { productId: 123, price: { total: 30 } } },
          ],
        },
      );
      const { json } = await script.network.mustSend('GET', `/mirror/${ratings}`);
      expect(json()).toMatchObject({
        mirrorArguments: { rangeField: 'rating' },
        report: {
          keys: 2,
          versions: 4,
          isExact: true,
          lagRecords: '0',
          poisonRecords: 0,
          storeBytes: expect.any(Number) as number,
          memoryBytes: expect.any(Number) as number,
        },
      });
      await script.deleteAll('range-gateway', ratings, purchases);
    },
    SUITE_MS,
  );

  test(
    'key-range: ranges by another field than the key, with beginnings of flags',
    async () => {
      const topic = uniqueTopic('key-range');
      await script.createGateway(
        'key-range-gateway',
        `type Query {
          findUserPurchasesInTime(userId: Int, timestampFrom: Int, timestampTo: Int): [Purchase]
            @topic(name: "${topic}", keyArgument: "userId", rangeFrom: "timestampFrom", rangeTo: "timestampTo")
        }
        type Purchase { productId: Int!, userId: Int!, amount: Int, price: Price, timestamp: Int }
        type Price { total: Float, currency: String }`,
      );
      // Released after quick-cli 0.8.0, which has no --range-key.
      await script.ownQuick(
        `topic create ${topic} --key string --value schema --schema key-range-gateway.Purchase --range-key userId --range-field timestamp`,
      );
      await script.ingest(topic, PRICED);
      await script.expectData(
        'key-range-gateway',
        '{ findUserPurchasesInTime(userId: 2, timestampFrom: 1, timestampTo: 4) { productId price { total } } }',
        {
          findUserPurchasesInTime: [
            { productId: 123, price: { total: 30 } },
            { productId: 456, price: { total: 79.99 } },
          ],
        },
      );
      await script.deleteAll('key-range-gateway', topic);
      // The last line of the suite deletes a topic that never existed.
      expect(await script.client.quick('topic delete Purchase')).toEqual({
        exitCode: 1,
        stdout: 'Unexpected error. Exiting now.\n',
      });
    },
    SUITE_MS,
  );
});

describeExamples(() => script, SUITE_MS);
