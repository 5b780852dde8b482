import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { ManagedNetwork } from '@quicksilver/testkit/managed-network';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { BakdataClient, type Ended, type RunOptions } from './bakdata-client.ts';

const INSTALL_MS = 1_800_000;
const VISIBLE_MS = 90_000;

/** Key types of quick-cli, with a key as JSON and its type in the schema. */
const KEYS = [
  { type: 'int', registered: 'INTEGER', argument: 'Int', key: '-7' },
  // The next number above what a JavaScript number can hold.
  { type: 'long', registered: 'LONG', argument: 'Long', key: '9007199254740993' },
  { type: 'string', registered: 'STRING', argument: 'String', key: '"a/b c"' },
  { type: 'double', registered: 'DOUBLE', argument: 'Float', key: '1.5' },
] as const;
const topicOf = (type: string): string => `${TOPIC}-${type}`;
const TOPIC = uniqueTopic('products');

const SCHEMA = `# This comes before any of its topics.
type Query {
${KEYS.map(({ type, argument }) => `  by${type}(id: ${argument}!): Product @topic(name: "${topicOf(type)}", keyArgument: "id")`).join('\n')}
}
type Product { name: String, price: Float, maker: Maker }
type Maker { name: String }
`;

describe('quick-cli 0.8.0 from PyPI', () => {
  let network: ManagedNetwork;
  let client: BakdataClient;
  let url = '';

  beforeAll(async () => {
    network = await ManagedNetwork.start({ needsKey: true });
    ({ url } = await network.startEdge());
    client = await BakdataClient.open({ url, apiKey: network.apiKey });
    await client.write('schema.graphql', SCHEMA);
    await quick(createContext());
  }, INSTALL_MS);
  beforeEach(() => network.watch());
  afterAll(async () => {
    await network[Symbol.asyncDispose]();
    await client[Symbol.asyncDispose]();
  });

  const quick = (line: string, options?: RunOptions): Promise<Ended> => client.quick(line, options);
  const createContext = (): string => `context create --host ${url}/ --key ${network.apiKey}`;
  const said = (stdout: string): Ended => ({ exitCode: 0, stdout });
  /** What it prints of a refusal, on standard output. */
  const refused = (stdout: string): Ended => ({ exitCode: 1, stdout });

  const all = (fields: string): string =>
    KEYS.map(({ type, key }) => `by${type}(id: ${key}) { ${fields} }`).join(' ');
  const answerOf = (product: unknown): object =>
    Object.fromEntries(KEYS.map(({ type }) => [`by${type}`, product]));

  test('keeps its contexts in a file of its own', async () => {
    expect(await quick(createContext())).toEqual(said(''));
    const { host } = new URL(url);
    const { apiKey } = network;
    expect(await quick('context describe')).toEqual(
      said(`apiKey: ${apiKey}\nhost: ${url}/manager\n`),
    );
    expect(await quick('context list')).toEqual(
      said(`${host}:\n  apiKey: ${apiKey}\n  host: ${url}/manager\ncurrentContext: ${host}\n`),
    );
  });

  test('creates a gateway, applies a schema before its topics are there, and creates them with its type', async () => {
    expect(await quick('gateway create shop --replicas 1')).toEqual(
      said('Create gateway shop (this may take a few seconds)\n'),
    );
    expect(await quick('gateway apply shop -f schema.graphql')).toEqual(
      said('Applied schema to gateway shop\n'),
    );
    const created = await Promise.all(
      KEYS.map(({ type }) =>
        quick(`topic create ${topicOf(type)} -k ${type} -v schema -s shop.Product`),
      ),
    );
    expect(created).toEqual(KEYS.map(({ type }) => said(`Created new topic ${topicOf(type)}\n`)));
    const names = KEYS.map(({ type }) => topicOf(type)).toSorted();
    expect(await quick('topic list')).toEqual(said(names.map((name) => `${name}\n`).join('')));
    const described = await Promise.all(
      KEYS.map(({ type }) => quick(`topic describe ${topicOf(type)}`)),
    );
    const type =
      'type Product {\n  name: String\n  price: Float\n  maker: Maker\n}\n\ntype Maker {\n  name: String\n}';
    expect(described).toEqual(
      KEYS.map(({ type: key, registered }) =>
        said(
          `Name: ${topicOf(key)}\nKey Type: ${registered}\nValue Type: SCHEMA\nWrite Type: MUTABLE\nSchema:\n${type}\n`,
        ),
      ),
    );
    expect(await quick('gateway schema shop Product')).toEqual(said(`${type}\n`));
    expect(await quick('gateway list')).toEqual(said('shop\n'));
    expect(await quick('gateway describe shop')).toEqual(
      said('Name: shop\nReplicas: 1\nTag: 0.1.0\n'),
    );
  });

  test('what curl writes gql-cli finds, as it is first, when it was changed, and gone', async () => {
    const product = { name: 'tea', price: 1.25, maker: { name: 'Darjeeling & Co' } };
    for (const [value, expected] of [
      [product, product],
      [
        { ...product, price: 2.5 },
        { ...product, price: 2.5 },
      ],
      [undefined, null],
    ] as const) {
      // Ingest may not know the topics yet.
      await eventually(async () => {
        const answers = await Promise.all(
          KEYS.map(({ type, key }) =>
            value === undefined
              ? client.curl(
                  'DELETE',
                  `/ingest/${topicOf(type)}/${encodeURIComponent(key.replaceAll('"', ''))}`,
                )
              : client.curl(
                  'POST',
                  `/ingest/${topicOf(type)}`,
                  `{"key":${key},"value":${JSON.stringify(value)}}`,
                ),
          ),
        );
        expect(answers.map(([, status]) => status)).toEqual(
          KEYS.map(() => (value === undefined ? 200 : 201)),
        );
      }, VISIBLE_MS);
      await eventually(async () => {
        const operation = `{ ${all('name price maker { name }')} }`;
        expect(await client.query('shop', operation)).toEqual(answerOf(expected));
      }, VISIBLE_MS);
    }
  });

  test('a gateway is created with a schema file, and standard input is one, too', async () => {
    expect(await quick('gateway create other -s schema.graphql')).toEqual(
      said('Create gateway other (this may take a few seconds)\n'),
    );
    expect(await quick('gateway apply other -f -', { input: SCHEMA })).toEqual(
      said('Applied schema to gateway other\n'),
    );
    expect(await quick('gateway delete other')).toEqual(said('Deleted gateway other\n'));
  });

  test('a mirror is deleted and recreated with its options, and the topic stays', async () => {
    const topic = topicOf('int');
    expect(await quick(`mirror delete ${topic}`)).toEqual(said(`Deleted mirror ${topic}\n`));
    expect(await quick(`mirror create ${topic} --replicas 1 --range-field price`)).toEqual(
      said(`Create mirror for topic ${topic} (this may take a few seconds)\n`),
    );
    expect((await quick(`topic describe ${topic}`)).exitCode).toBe(0);
    const [ranged, retentionTopic] = [`${TOPIC}-ranged`, `${TOPIC}-kept`];
    expect(
      await quick(
        `topic create ${ranged} -k string -v schema -s shop.Product --range-field price --immutable`,
      ),
    ).toEqual(said(`Created new topic ${ranged}\n`));
    expect(
      await quick(`topic create ${retentionTopic} -k LONG -v double --retention-time PT1H`),
    ).toEqual(said(`Created new topic ${retentionTopic}\n`));
    expect((await quick(`topic describe ${ranged}`)).stdout).toContain('Write Type: IMMUTABLE\n');
    expect(
      await Promise.all([quick(`topic delete ${ranged}`), quick(`topic delete ${retentionTopic}`)]),
    ).toEqual([ranged, retentionTopic].map((name) => said(`Deleted topic ${name}\n`)));
  });

  test.each([
    [
      'topic describe nothing',
      'Not Found: Topic nothing not found in topic registry\nThere is no topic nothing registered. Please create one: \n\t $ using quick topic create <NAME> -k <TYPE> -v <TYPE>\n',
    ],
    [
      'gateway describe nothing',
      'Not Found: Could not find resource nothing\nThere is no gateway nothing created. Please create one using\n\t $ quick gateway create <NAME>\n',
    ],
    [
      'gateway apply nothing -f schema.graphql',
      'Not Found: Could not find resource nothing\nCould not apply schema to gateway: nothing\n',
    ],
    [
      'gateway delete nothing',
      'Not Found: Could not find resource nothing\nCould not delete gateway nothing\n',
    ],
    [
      'gateway create shop',
      'Conflict: The resource with the name shop already exists\nCould not create gateway shop\n',
    ],
    [
      'mirror delete nothing',
      'Not Found: Could not find resource nothing\nCould not delete mirror nothing\n',
    ],
    [
      'app delete nothing',
      'Not Found: Could not find resource nothing\nCould not delete application nothing\n',
    ],
    [
      `topic create ${topicOf('int')} -k int -v long`,
      `Conflict: Topic "${topicOf('int')}" already exists in Registry\nCould not create new topic: ${topicOf('int')}\n`,
    ],
    // Its own mistake: it looks for an argument that it does not have.
    [`topic delete nothing`, 'Unexpected error. Exiting now.\n'],
    [
      'gateway create a_b',
      "Invalid name.\n Use only lowercase alphanumeric characters (no more than 253 characters). '-', or '.' are allowed.\n",
    ],
  ])('prints what is refused: quick %s', async (line, text) => {
    expect(await quick(line)).toEqual(refused(text));
  });

  test('reports an invalid key and a missing host in its own words', async () => {
    const home = join(client.home, 'other');
    const quickAs = (line: string): Promise<Ended> => quick(line, { home });
    await mkdir(home);
    await quickAs(`context create --host ${url} --key wrong --context wrong`);
    expect(await quickAs('topic list')).toEqual(
      refused('Unauthorized.\n Your API key is invalid.\n'),
    );
    await quickAs('context create --host http://127.0.0.1:1 --key k --context unreachable');
    expect(await quickAs('context activate unreachable')).toEqual(said(''));
    expect(await quickAs('topic list')).toEqual(
      said(
        'Please check your host and try again. Set the host and your API key using:\n\t$ quick context create\n\n',
      ),
    );
  });

  test('deletes the gateway, then its topics, and nothing is left', async () => {
    expect(await quick(`topic delete ${topicOf('int')}`)).toEqual(
      refused('Unexpected error. Exiting now.\n'),
    );
    expect(await quick('gateway delete shop')).toEqual(said('Deleted gateway shop\n'));
    const names = KEYS.map(({ type }) => topicOf(type));
    expect(await Promise.all(names.map((name) => quick(`topic delete ${name}`)))).toEqual(
      names.map((name) => said(`Deleted topic ${name}\n`)),
    );
    expect(await Promise.all([quick('topic list'), quick('gateway list')])).toEqual([
      said(''),
      said(''),
    ]);
  });
});
