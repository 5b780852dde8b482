import { readFileSync } from 'node:fs';

import { AppError } from '@quicksilver/common/errors/app-error';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';
import { parseDefinition } from '@quicksilver/definition/parse-definition';
import {
  execute,
  getIntrospectionQuery,
  parse,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql';
import { describe, expect, test } from 'vitest';

import type { MirrorReader } from '../loaders/mirror-reads.ts';
import { Operation } from '../loaders/operation.ts';
import { inputJson } from '../resolve/input-json.ts';
import { compileSchema } from './compile-schema.ts';
import { UNLIMITED_ACCESS } from '../resolve/unlimited-access.ts';

/** For each topic the JSON of its records. Their keys are `"0"`, `"1"` and so on. */
type Records = Readonly<Record<string, readonly string[]>>;

interface Answered {
  readonly result: ExecutionResult;
  /** The reads from mirrors, in order. */
  readonly reads: readonly string[];
}

function compiled(sdl: string): GraphQLSchema {
  const topicOf = ({ topic: name }: { readonly topic: string }): TopicEntry => ({
    name,
    keyType: 'STRING',
    valueType: 'JSON',
    writeType: 'MUTABLE',
    partitions: 3,
  });
  const follow = (): never => {
    throw new Error('no subscriptions here');
  };
  return compileSchema({ definition: parseDefinition(sdl), topicOf, follow });
}

async function ask(sdl: string, query: string, records: Records, id?: unknown): Promise<Answered> {
  const reads: string[] = [];
  const mirrors: MirrorReader = {
    batchGet: async (topic, keys) => {
      reads.push(`${topic.name} ${keys.join(' ')}`);
      return keys.map((key) => records[topic.name]?.[Number(key.replaceAll('"', ''))]);
    },
    range: () => Promise.resolve({ items: [], next: null }),
    listEdges: () => Promise.resolve({ edges: [], next: null }),
    rangeEdges: () => Promise.resolve({ edges: [], next: null }),
    async *list({ name }) {
      yield (records[name] ?? []).map((valueJson, at) => ({ keyJson: `"${at}"`, valueJson }));
    },
  };
  const operation = new Operation({
    rest: { call: () => Promise.reject(new Error('nothing is fetched here')) },
    headers: {},
    mirrors,
    signal: new AbortController().signal,
    timeoutMs: 60_000,
    listItemsMax: 100,
    resultValuesMax: 1_000_000,
    bytesMax: 67_108_864,
    positions: new Map(),
    writer: { write: () => Promise.reject(new Error('nothing is written here')) },
  });
  const result = await execute({
    schema: compiled(sdl),
    document: parse(query),
    variableValues: { id },
    contextValue: { operation, access: UNLIMITED_ACCESS },
  });
  return { result, reads };
}

/** The errors as path and code, or message if they have no code. */
const errorsOf = ({ errors = [] }: ExecutionResult): unknown[] =>
  errors.map(({ path, message, originalError }) => [
    path?.join('.'),
    originalError instanceof AppError ? `${originalError.code} ${originalError.message}` : message,
  ]);

const PETS = `
  type Query { pets: [Pet] @topic(name: "pets") }
  union Pet = Cat | Dog | Fish
  type Owner { name: String }
  type Cat { lives: Int!, ownerId: ID, owner: Owner @topic(name: "owners", keyField: "ownerId") }
  type Dog { toy: String!, ownerId: ID, owner: Owner @topic(name: "owners", keyField: "ownerId") }
  type Fish { lives: Int!, fins: Int! }
`;

describe('the type of a record of an interface or a union', () => {
  test('comes from __typename, or is the only type that fits, and is never guessed', async () => {
    const { result } = await ask(PETS, '{ pets { __typename } }', {
      pets: [
        '{"__typename":"Fish","lives":1,"fins":2}',
        '{"lives":9}',
        '{"toy":"ball"}',
        '{"lives":1,"fins":2}',
        '{"toy":null}',
        '{"__typename":"Bird"}',
        '5',
      ],
    });
    expect(result.data).toEqual({
      pets: [
        { __typename: 'Fish' },
        { __typename: 'Cat' },
        { __typename: 'Dog' },
        null,
        null,
        null,
        null,
      ],
    });
    const record = 'TYPE_MISMATCH Expected a record for Pet to be one of Cat, Dog, Fish, but';
    const hint = 'Add a @discriminator to Pet.';
    expect(errorsOf(result)).toEqual([
      ['pets.3', `${record} it has no __typename and fits Cat and Fish. ${hint}`],
      ['pets.4', `${record} it has no __typename and fits none of them. ${hint}`],
      ['pets.5', `${record} its __typename is "Bird".`],
      ['pets.6', `${record} it has no __typename and fits none of them. ${hint}`],
    ]);
  });

  test('comes only from its discriminator if there is one', async () => {
    const sdl = `
      type Query { a(id: ID): Box @topic(name: "boxes", keyArgument: "id") }
      type Box { content: Content }
      interface Content @discriminator(field: "kind") { kind: ID }
      type Toy implements Content @discriminatorValue(value: "toy") { kind: ID, size: Int }
      type Book implements Content { kind: ID, pages: Int }
    `;
    const boxes = [
      '{"content":{"kind":"toy","size":1,"__typename":"Book"}}',
      '{"content":{"kind":"Book","pages":2}}',
      '{"content":{"kind":"Toy"}}',
      '{"content":{}}',
    ];
    const fields = boxes.map((_, id) => `b${id}: a(id: ${id}) { content { ...F } }`).join(' ');
    const query = `{ ${fields} } fragment F on Content { ... on Toy { size } ... on Book { pages } }`;
    const { result } = await ask(sdl, query, { boxes });
    expect(JSON.parse(JSON.stringify(result.data))).toEqual({
      b0: { content: { size: 1 } },
      b1: { content: { pages: 2 } },
      b2: { content: null },
      b3: { content: null },
    });
    const record =
      'TYPE_MISMATCH Expected a record for Content to be one of Book, Toy ("toy"), but';
    expect(errorsOf(result)).toEqual([
      ['b2.content', `${record} its kind is "Toy".`],
      ['b3.content', `${record} it has no kind.`],
    ]);
  });

  test('does not matter for joins: all types of a level share one batch', async () => {
    const pets = [
      '{"lives":9,"ownerId":"0"}',
      '{"toy":"x","ownerId":"1"}',
      '{"lives":8,"ownerId":"2"}',
    ];
    const query = '{ pets { ... on Cat { owner { name } } ... on Dog { owner { name } } } }';
    const owners = ['{"name":"A"}', '{"name":"B"}', '{"name":"C"}'];
    const { result, reads } = await ask(PETS, query, { pets, owners });
    expect(result.data).toEqual({
      pets: [{ owner: { name: 'A' } }, { owner: { name: 'B' } }, { owner: { name: 'C' } }],
    });
    expect(reads).toEqual(['owners "0" "1" "2"']);
  });
});

test('an enum returns its values, and any other value is null with a path', async () => {
  const sdl = `
    type Query { all: [Light] @topic(name: "lights") }
    type Light { color: Color, before: [Color] }
    enum Color { RED GREEN }
  `;
  const lights = ['{"color":"RED","before":["GREEN","BLUE"]}', '{"color":0}'];
  const { result } = await ask(sdl, '{ all { color before } }', { lights });
  expect(JSON.parse(JSON.stringify(result.data))).toEqual({
    all: [
      { color: 'RED', before: ['GREEN', null] },
      { color: null, before: null },
    ],
  });
  expect(errorsOf(result)).toEqual([
    ['all.0.before.1', 'Enum "Color" cannot represent value: "BLUE"'],
    ['all.1.color', 'Enum "Color" cannot represent value: 0'],
  ]);
});

test('a default keeps its digits, in reads and in introspection', async () => {
  const sdl = `
    type Query {
      a(id: Long = 9223372036854775807): Int @topic(name: "as", keyArgument: "id")
      b(exact: BigDecimal = 0.10000000000000000000000001, whole: BigInteger = "12345678901234567890123", in: Outer = {}): [Int] @topic(name: "as")
    }
    input Outer { inner: Inner = { low: -9223372036854775808 }, list: [Long!] = [1] }
    input Inner { low: Long = 0, high: Long = 9007199254740993 }
  `;
  const { reads } = await ask(sdl, '{ a }', {});
  expect(reads).toEqual(['as 9223372036854775807']);
  const fields = 'name defaultValue';
  const query = `{ __schema { directives { name args { ${fields} } } } query: __type(name: "Query") { fields { args { ${fields} } } } outer: __type(name: "Outer") { inputFields { ${fields} } } }`;
  const { result } = await ask(sdl, query, {});
  expect(result.errors).toBeUndefined();
  const { query: shown, outer } = result.data as Record<string, Record<string, unknown>>;
  expect(JSON.stringify(shown)).toContain(
    '"args":[{"name":"exact","defaultValue":"0.10000000000000000000000001"},{"name":"whole","defaultValue":"\\"12345678901234567890123\\""},{"name":"in","defaultValue":"{}"}]',
  );
  expect(outer?.['inputFields']).toEqual([
    { name: 'inner', defaultValue: '{low: -9223372036854775808}' },
    { name: 'list', defaultValue: '[1]' },
  ]);
  expect(JSON.stringify(result.data)).toContain(
    '{"name":"reason","defaultValue":"\\"No longer supported\\""}',
  );
});

test('defaults within defaults keep their digits in any order of types', () => {
  const inputs = [
    'input Outer { inner: Inner = { low: -9223372036854775808 }, list: [Inner!] = [{}] }',
    'input Inner { low: Long = 0, high: Long = 9007199254740993, exact: BigDecimal = 1.0 }',
  ];
  for (const order of [inputs, inputs.toReversed()]) {
    const schema = compiled(
      `type Query { a(in: Outer = {}): [Int] @topic(name: "as") } ${order.join('\n')}`,
    );
    const argument = schema.getQueryType()?.getFields()['a']?.args[0];
    expect(argument && inputJson(argument.type, argument.defaultValue)).toBe(
      '{"inner":{"low":-9223372036854775808,"high":9007199254740993,"exact":1.0},"list":[{"low":0,"high":9007199254740993,"exact":1.0}]}',
    );
  }
});

test('introspection shows descriptions, deprecations and specifications', async () => {
  const sdl = `
    "What is asked."
    type Query {
      "The old way."
      a("Its key." id: ID): Int @topic(name: "t", keyArgument: "id") @deprecated(reason: "Ask b.")
      b: [DateTime] @topic(name: "t")
      c: [Color] @topic(name: "t")
    }
    "Of lights."
    enum Color { "Stop." RED, GREEN @deprecated }
  `;
  const query = getIntrospectionQuery({ specifiedByUrl: true, inputValueDeprecation: true });
  const { result } = await ask(sdl, query, {});
  const { types } = (result.data as { __schema: { types: { name: string }[] } }).__schema;
  const typeNamed = (name: string): unknown => types.find((type) => type.name === name);
  expect(typeNamed('Query')).toMatchObject({
    description: 'What is asked.',
    fields: [
      {
        description: 'The old way.',
        isDeprecated: true,
        deprecationReason: 'Ask b.',
        args: [{ description: 'Its key.' }],
      },
      {},
      {},
    ],
  });
  expect(typeNamed('Color')).toMatchObject({
    description: 'Of lights.',
    enumValues: [{ description: 'Stop.', isDeprecated: false }, { isDeprecated: true }],
  });
  expect(typeNamed('DateTime')).toMatchObject({
    specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
    description: expect.stringContaining('offset from UTC'),
  });
});

test('the example of the page about types returns what the page shows', async () => {
  const page = readFileSync(new URL('../../../../docs/types.md', import.meta.url), 'utf8');
  const block = (name: string): string =>
    new RegExp(`^\`\`\`\\w+ ${name}\n(.*?)^\`\`\`$`, 'ms').exec(page)?.[1] ?? '';
  const payments = block('records')
    .split('\n')
    .filter((line) => line.startsWith('  '));
  const records = { payments: payments.map((line) => line.trim().replace(/,$/, '')) };
  const { result } = await ask(block('schema'), block('query'), records);
  expect(`${JSON.stringify(result)}\n`).toBe(block('answer'));
});
