import { uniqueTopic } from '@quicksilver/testkit/broker';
import { runCli } from '@quicksilver/cli/run-cli';
import { runCommand } from '@quicksilver/testkit/cli-run';
import { eventually } from '@quicksilver/testkit/eventually';
import { ManagedNetwork } from '@quicksilver/testkit/managed-network';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';

import { RecommenderService } from './recommender-service.ts';
import { BakdataClient } from './bakdata-client.ts';

const INSTALL_MS = 1_800_000;
const SUITE_MS = 240_000;
const VISIBLE_MS = 60_000;

let network: ManagedNetwork;
let recommender: RecommenderService;
let client: BakdataClient;
let url = '';

beforeAll(async () => {
  recommender = await RecommenderService.start();
  const env = { QUICK_REST_ALLOWED_HOSTS: recommender.host };
  network = await ManagedNetwork.start({ needsKey: true, env });
  ({ url } = await network.startEdge());
  client = await BakdataClient.open({ url, apiKey: network.apiKey });
  const created = await client.quick(`context create --host ${url} --key ${network.apiKey}`);
  expect(created).toEqual({ exitCode: 0, stdout: '' });
}, INSTALL_MS);
beforeEach(() => network.watch());
afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await network[Symbol.asyncDispose]();
  await recommender[Symbol.asyncDispose]();
});

async function quick(line: string, output: string): Promise<void> {
  expect(await client.quick(line), line).toEqual({ exitCode: 0, stdout: `${output}\n` });
}
async function createGateway(gateway: string, schema: string): Promise<void> {
  await quick(
    `gateway create ${gateway}`,
    `Create gateway ${gateway} (this may take a few seconds)`,
  );
  await applySchema(gateway, schema);
}
async function applySchema(gateway: string, schema: string): Promise<void> {
  await client.write('schema.gql', schema);
  await quick(`gateway apply ${gateway} -f schema.gql`, `Applied schema to gateway ${gateway}`);
}
const createTopic = (topic: string, types: string): Promise<void> =>
  quick(`topic create ${topic} ${types}`, `Created new topic ${topic}`);
/** As the scripts do it: once, directly after the topic was created. */
async function ingest(path: string, records: unknown): Promise<void> {
  const [body, status] = await client.curl('POST', `/ingest/${path}`, JSON.stringify(records));
  expect(status, body).toBe(201);
}
async function deleteAll(gateway: string, ...topics: readonly string[]): Promise<void> {
  await quick(`gateway delete ${gateway}`, `Deleted gateway ${gateway}`);
  for (const topic of topics) {
    await quick(`topic delete ${topic}`, `Deleted topic ${topic}`);
  }
}
/** The scripts sleep up to 30 seconds before they read. */
const expectData = (gateway: string, operation: string, data: object): Promise<void> =>
  eventually(async () => {
    expect(await client.query(gateway, operation)).toEqual(data);
  }, VISIBLE_MS);

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
      await createTopic(topic, '--key-type long --value-type string');
      await createGateway(
        'crud-gateway',
        `type Query { findProduct(productId: Long): String @topic(name: "${topic}", keyArgument: "productId") }`,
      );
      const expectProduct = (key: number, findProduct: string | null): Promise<void> =>
        expectData('crud-gateway', `{ findProduct(productId: ${key}) }`, { findProduct });

      await ingest(topic, { key: 123, value: 'T-Shirt' });
      await expectProduct(123, 'T-Shirt');
      await ingest(topic, [
        { key: 123, value: 'T-Shirt (black)' },
        { key: 456, value: 'Jeans' },
        { key: 789, value: 'Shoes' },
      ]);
      await expectProduct(123, 'T-Shirt (black)');
      await expectProduct(456, 'Jeans');
      expect((await client.curl('DELETE', `/ingest/${topic}/123`))[1]).toBe(200);
      await expectProduct(123, null);
      await deleteAll('crud-gateway', topic);
    },
    SUITE_MS,
  );

  test(
    'schema: only values of the type are written, and a schema is replaced',
    async () => {
      const topic = uniqueTopic('schema-product');
      const find = `findProduct(productId: Long): Product @topic(name: "${topic}", keyArgument: "productId")`;
      await createGateway('schema-gateway', `type Query { ${find} } ${PRODUCT_TYPES}`);
      await createTopic(
        topic,
        '--key-type long --value-type schema --schema schema-gateway.Product',
      );
      await ingest(topic, PRODUCTS);
      const [text, status] = await client.curl(
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
      await expectData('schema-gateway', '{ findProduct(productId: 456) { productId name } }', {
        findProduct: { productId: 456, name: 'Jeans' },
      });
      await applySchema(
        'schema-gateway',
        `type Query { ${find} allProducts: [Product] @topic(name: "${topic}") } ${PRODUCT_TYPES}`,
      );
      await expectData('schema-gateway', '{ allProducts { name } }', {
        // The suite compares the order of the partitions too.
        allProducts: [{ name: 'T-Shirt' }, { name: 'Shoes' }, { name: 'Jeans' }],
      });
      await deleteAll('schema-gateway', topic);
    },
    SUITE_MS,
  );

  test(
    'multi-stream: a topic joins another one',
    async () => {
      const [products, purchases] = [uniqueTopic('multi-product'), uniqueTopic('multi-purchase')];
      await createGateway(
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
      await createTopic(
        products,
        '--key-type long --value-type schema --schema multi-gateway.Product',
      );
      await createTopic(
        purchases,
        '--key-type string --value-type schema --schema multi-gateway.Purchase',
      );
      await ingest(products, PRODUCTS);
      await ingest(purchases, PRICED);
      await expectData(
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
      await deleteAll('multi-gateway', products, purchases);
    },
    SUITE_MS,
  );

  test(
    'range: the records of a key between two values of a field, joined with another topic',
    async () => {
      const [ratings, purchases] = [uniqueTopic('range-rating'), uniqueTopic('range-purchase')];
      await createGateway(
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
      await createTopic(
        purchases,
        '--key-type string --value-type schema --schema range-gateway.Purchase',
      );
      await createTopic(
        ratings,
        '--key-type int --value-type schema --schema range-gateway.UserRating --range-field rating',
      );
      await ingest(
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
      await ingest(purchases, PRICED);
      await expectData(
        'range-gateway',
        '{ userRatings(userId: 2, ratingFrom: 1, ratingTo: 4) { rating purchase { productId price { total } } } }',
        {
          userRatings: [
            { rating: 1, purchase: { productId: 789, price: { total: 99.99 } } },
            { rating: 2, purchase: { productId: 123, price: { total: 30 } } },
          ],
        },
      );
      await deleteAll('range-gateway', ratings, purchases);
    },
    SUITE_MS,
  );

  test(
    'key-range: ranges by another field than the key, with beginnings of flags',
    async () => {
      const topic = uniqueTopic('key-range');
      await createGateway(
        'key-range-gateway',
        `type Query {
          findUserPurchasesInTime(userId: Int, timestampFrom: Int, timestampTo: Int): [Purchase]
            @topic(name: "${topic}", keyArgument: "userId", rangeFrom: "timestampFrom", rangeTo: "timestampTo")
        }
        type Purchase { productId: Int!, userId: Int!, amount: Int, price: Price, timestamp: Int }
        type Price { total: Float, currency: String }`,
      );
      // Released after quick-cli 0.8.0, which has no --range-key.
      const line = `topic create ${topic} --key string --value schema --schema key-range-gateway.Purchase --range-key userId --range-field timestamp`;
      const env = { QUICK_URL: url, QUICK_APIKEY: network.apiKey };
      expect(await runCommand(runCli, line.split(' '), { home: client.home, env })).toMatchObject({
        code: 0,
      });
      await ingest(topic, PRICED);
      await expectData(
        'key-range-gateway',
        '{ findUserPurchasesInTime(userId: 2, timestampFrom: 1, timestampTo: 4) { productId price { total } } }',
        {
          findUserPurchasesInTime: [
            { productId: 123, price: { total: 30 } },
            { productId: 456, price: { total: 79.99 } },
          ],
        },
      );
      await deleteAll('key-range-gateway', topic);
      // The last line of the suite deletes a topic that never existed.
      expect(await client.quick('topic delete Purchase')).toEqual({
        exitCode: 1,
        stdout: 'Unexpected error. Exiting now.\n',
      });
    },
    SUITE_MS,
  );
});

/**
 * The published examples of bakdata Quick. Their Kafka Streams applications are images of a public
 * registry; the test writes what they would write.
 */
describe('the examples of bakdata Quick', () => {
  test(
    'TinyURL: a token has one address, and a count',
    async () => {
      const [urls, fetches, counts] = [
        uniqueTopic('tiny-url'),
        uniqueTopic('track-fetch'),
        uniqueTopic('count-fetch'),
      ];
      await createGateway(
        'tiny-url-gateway',
        `type Query {
          fetchCountOfToken(token: String): TinyUrlCount
          fetchAll: [TinyUrl] @topic(name: "${urls}")
        }
        type TinyUrl { token: String!, url: String! }
        type TinyUrlCount {
          tinyUrl: TinyUrl @topic(name: "${urls}", keyArgument: "token")
          count: Long @topic(name: "${counts}", keyArgument: "token")
        }`,
      );
      await createTopic(
        urls,
        '--key string --value schema --schema tiny-url-gateway.TinyUrl --immutable',
      );
      await createTopic(fetches, '--key string --value string');
      await createTopic(counts, '--key string --value long');
      const tiny = (token: string, address: string) => ({
        key: token,
        value: { token, url: address },
      });
      // Its requests end with a slash. Ingest waits only some seconds for a mirror that is starting.
      await eventually(
        () =>
          ingest(`${urls}/`, [tiny('d9p', 'https://a.example'), tiny('bak', 'https://b.example')]),
        VISIBLE_MS,
      );
      await ingest(`${fetches}/`, { key: 'd9p', value: '' });
      await ingest(`${fetches}/`, { key: 'd9p', value: '' });
      await ingest(counts, { key: 'd9p', value: 2 });
      const [text, status] = await client.curl(
        'POST',
        `/ingest/${urls}`,
        JSON.stringify(tiny('d9p', 'https://c.example')),
      );
      expect([status, text]).toEqual([
        409,
        expect.stringContaining('already exist for immutable topic'),
      ]);
      await expectData(
        'tiny-url-gateway',
        '{ fetchCountOfToken(token: "d9p") { tinyUrl { url } count } }',
        { fetchCountOfToken: { tinyUrl: { url: 'https://a.example' }, count: 2 } },
      );
      await eventually(async () => {
        const { fetchAll } = await client.query('tiny-url-gateway', '{ fetchAll { token } }');
        expect(fetchAll).toEqual(expect.arrayContaining([{ token: 'd9p' }, { token: 'bak' }]));
      }, VISIBLE_MS);
      await deleteAll('tiny-url-gateway', urls, fetches, counts);
    },
    SUITE_MS,
  );

  test(
    'car sharing: a page follows the cars, over a socket without a subprotocol and with numeric ids',
    async () => {
      const [vehicles, statuses, trips] = [
        uniqueTopic('vehicle'),
        uniqueTopic('status'),
        uniqueTopic('trip'),
      ];
      await createGateway(
        'car-sharing',
        `type Query { trip(id: String): Trip @topic(name: "${trips}", keyArgument: "id") }
        type Subscription { statusUpdates: Status @topic(name: "${statuses}") }
        type Trip {
          id: String!, vehicleId: String!, route: [Status]
          vehicle: Vehicle @topic(name: "${vehicles}", keyField: "vehicleId")
        }
        type Status {
          statusId: String!, tripId: String!, vehicleId: String!, position: Position!,
          batteryLevel: Int!, distance: Int!, timestamp: Int!
        }
        type Vehicle { id: String!, name: String!, maxRange: Int! }
        type Position { lat: Float!, lon: Float! }`,
      );
      for (const [topic, type] of [
        [vehicles, 'Vehicle'],
        [statuses, 'Status'],
        [trips, 'Trip'],
      ]) {
        await createTopic(topic ?? '', `-k string -v schema --schema car-sharing.${type}`);
      }
      const updateOf = (statusId: string) => ({
        statusId,
        tripId: 't1',
        vehicleId: 'v1',
        position: { lat: 52.5, lon: 13.4 },
        batteryLevel: 75,
        distance: 24_942,
        timestamp: 1_616_808_550,
      });
      await ingest(vehicles, [{ key: 'v1', value: { id: 'v1', name: 'Polar', maxRange: 396 } }]);
      const route = [updateOf('s0')];
      await ingest(trips, { key: 't1', value: { id: 't1', vehicleId: 'v1', route } });
      await expectData(
        'car-sharing',
        '{ trip(id: "t1") { id vehicle { name maxRange } route { statusId position { lat lon } } } }',
        {
          trip: {
            id: 't1',
            vehicle: { name: 'Polar', maxRange: 396 },
            route: [{ statusId: 's0', position: { lat: 52.5, lon: 13.4 } }],
          },
        },
      );

      const socket = new WebSocket(`${url.replace('http', 'ws')}/gateway/car-sharing/graphql-ws`);
      const messages: unknown[] = [];
      socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString('utf8'))));
      // The page does not wait for the acknowledgement.
      socket.on('open', () => {
        const payload = { 'X-API-Key': network.apiKey };
        socket.send(JSON.stringify({ type: 'connection_init', payload }));
        const query = 'subscription { statusUpdates { statusId position { lat } batteryLevel } }';
        socket.send(JSON.stringify({ id: 1, type: 'start', payload: { query } }));
      });
      let writes = 0;
      await eventually(async () => {
        writes += 1;
        await ingest(statuses, [{ key: `s${writes}`, value: updateOf(`s${writes}`) }]);
        expect(messages).toContainEqual({ type: 'connection_ack' });
        expect(messages).toContainEqual({
          type: 'data',
          id: 1,
          payload: {
            data: {
              statusUpdates: {
                statusId: expect.stringMatching(/^s\d+$/) as string,
                position: { lat: 52.5 },
                batteryLevel: 75,
              },
            },
          },
        });
      }, VISIBLE_MS);
      socket.close();
      await deleteAll('car-sharing', vehicles, statuses, trips);
    },
    SUITE_MS,
  );

  test(
    'profile store: metrics, charts and recommendations of a user in one query',
    async () => {
      const names = ['artists', 'events', 'counts', 'first', 'last', 'topartists'] as const;
      const topics = Object.fromEntries(names.map((name) => [name, uniqueTopic(name)])) as Record<
        (typeof names)[number],
        string
      >;
      await createGateway(
        'profiles',
        `type Query {
          getUserProfile(userId: Long!): UserProfile
          getArtistRecommendations(
            userId: Long!, field: FieldType! = ARTIST, limit: Int, walks: Int, resetProbability: Float
          ): Recommendations @rest(
            url: "http://${recommender.host}/recommendation",
            pathParameter: ["userId", "field"], queryParameter: ["limit", "walks", "resetProbability"]
          )
        }
        type Mutation {
          sendListeningEvent(userId: Long!, event: InputListeningEvent!): ListeningEvent @topic(name: "${topics.events}")
        }
        enum FieldType { ARTIST ALBUM TRACK }
        type Recommendations { recommendations: [Recommendation!]! }
        type Recommendation { id: Long!, artist: Item @topic(name: "${topics.artists}", keyField: "id") }
        type UserProfile {
          totalListenCount: Long! @topic(name: "${topics.counts}", keyArgument: "userId")
          firstListenEvent: Long! @topic(name: "${topics.first}", keyArgument: "userId")
          lastListenEvent: Long! @topic(name: "${topics.last}", keyArgument: "userId")
          artistCharts: NamedArtistCharts! @topic(name: "${topics.topartists}", keyArgument: "userId")
        }
        type ListeningEvent { userId: Long!, artistId: Long!, timestamp: Long! }
        input InputListeningEvent { userId: Long!, artistId: Long!, timestamp: Long! }
        type Item { id: Long!, name: String! }
        type Charts { topK: [ChartRecord!]! }
        type ChartRecord { id: Long!, countPlays: Long! }
        type NamedArtistCharts { topK: [NamedArtistCount!]! }
        type NamedArtistCount {
          id: Long!, countPlays: Long!
          artist: Item! @topic(name: "${topics.artists}", keyField: "id")
        }`,
      );
      await createTopic(topics.artists, '--key long --value schema -s profiles.Item');
      await createTopic(topics.events, '--key long --value schema -s profiles.ListeningEvent');
      await createTopic(topics.topartists, '--key long --value schema -s profiles.Charts');
      for (const name of ['counts', 'first', 'last'] as const) {
        await createTopic(topics[name], '--key long --value long');
      }
      await ingest(topics.artists, [
        { key: 7, value: { id: 7, name: 'Bach' } },
        { key: 8, value: { id: 8, name: 'Can' } },
      ]);
      await ingest(topics.counts, { key: 4, value: 12 });
      await ingest(topics.first, { key: 4, value: 1_356_998_400 });
      await ingest(topics.last, { key: 4, value: 1_388_534_400 });
      await ingest(topics.topartists, { key: 4, value: { topK: [{ id: 7, countPlays: 9 }] } });
      await expectData(
        'profiles',
        `{
          getUserProfile(userId: 4) {
            totalListenCount firstListenEvent lastListenEvent
            artistCharts { topK { countPlays artist { name } } }
          }
          getArtistRecommendations(userId: 4, limit: 1) { recommendations { artist { name } } }
        }`,
        {
          getUserProfile: {
            totalListenCount: 12,
            firstListenEvent: 1_356_998_400,
            lastListenEvent: 1_388_534_400,
            artistCharts: { topK: [{ countPlays: 9, artist: { name: 'Bach' } }] },
          },
          getArtistRecommendations: { recommendations: [{ artist: { name: 'Can' } }] },
        },
      );
      expect(recommender.paths).toContain('/recommendation/4/ARTIST?limit=1');
      await expectData(
        'profiles',
        'mutation { sendListeningEvent(userId: 4, event: { userId: 4, artistId: 7, timestamp: 1 }) { userId } }',
        { sendListeningEvent: { userId: 4 } },
      );
      await deleteAll('profiles', ...Object.values(topics));
    },
    SUITE_MS,
  );
});
