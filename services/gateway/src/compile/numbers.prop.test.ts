import { parseJson } from '@quicksilver/common/numbers/parse-json';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';
import { parseDefinition } from '@quicksilver/definition/parse-definition';
import {
  exactValue,
  isWholeOfBits,
  isWithinDoubles,
  spelledNumber,
  valueName,
  wholeValue,
  type ExactValue,
} from '@quicksilver/testkit/generated/numbers';
import fc from 'fast-check';
import { execute, parse, validate, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { expect, test } from 'vitest';

import { Operation } from '../loaders/operation.ts';
import { UNLIMITED_ACCESS } from '../resolve/unlimited-access.ts';
import { compileSchema } from './compile-schema.ts';

const WHOLE = ['Long', 'Int', 'Short', 'BigInteger'] as const;
const SCALARS = [...WHOLE, 'Float', 'BigDecimal', 'ID', 'Money'] as const;
type Scalar = (typeof SCALARS)[number];

const KEYS = ['Long', 'Int', 'Float', 'ID', 'String'] as const;

const sdlOf = (defaultOfItem = ''): string => `
  scalar Money
  type Query {
    item: [Item] @topic(name: "items")
    ${KEYS.map((type) => `by${type}(key: ${type}!): Item @topic(name: "${type}", keyArgument: "key")`).join('\n')}
    ${KEYS.map((type) => `all${type}(keys: [${type}!]!): [Item] @topic(name: "${type}", keyArgument: "keys")`).join('\n')}
    range(key: ID!, from: Float, to: Float): [Item]
      @topic(name: "ranges", keyArgument: "key", rangeFrom: "from", rangeTo: "to")
  }
  type Mutation { set(key: ID! = "k", value: In${defaultOfItem}): Item @topic(name: "items") }
  input In { ${SCALARS.map((type) => `${type}: ${type} ${type}s: [${type}]`).join(' ')} json: JSON inner: In }
  type Item {
    ${SCALARS.map((type) => `${type}: ${type} ${type}s: [${type}]`).join(' ')}
    text: String json: JSON n: JSON
    ${KEYS.map((type) => `n${type}: ${type} join${type}: Item @topic(name: "${type}", keyField: "n${type}")`).join('\n')}
  }`;

function compiled(sdl: string): GraphQLSchema {
  const topicOf = ({ topic: name }: { readonly topic: string }): TopicEntry => ({
    name,
    keyType: 'JSON',
    valueType: 'JSON',
    writeType: 'MUTABLE',
    partitions: 3,
  });
  const follow = (): never => {
    throw new Error('no subscriptions here');
  };
  return compileSchema({ definition: parseDefinition(sdl), topicOf, follow });
}

const SCHEMA = compiled(sdlOf());

interface Ran {
  readonly result: ExecutionResult;
  /** The keys and bounds that were read from mirrors. */
  readonly reads: readonly string[];
  readonly written: readonly string[];
}

/** `variables` is JSON, as a client sends it. */
async function run(
  query: string,
  { variables = '{}', records = [], schema = SCHEMA }: Options = {},
): Promise<Ran> {
  const reads: string[] = [];
  const written: string[] = [];
  const operation = new Operation({
    rest: { call: () => Promise.reject(new Error('nothing is fetched here')) },
    headers: {},
    mirrors: {
      batchGet: async (topic, keys) => {
        reads.push(...keys.map((key) => `${topic.name} ${key}`));
        return keys.map(() => '{}');
      },
      async *list() {
        yield records.map((valueJson) => ({ keyJson: '1', valueJson }));
      },
      range: async (_topic, _key, { from, to }) => {
        reads.push(`${from} ${to}`);
        return { items: [], next: null };
      },
      listEdges: () => Promise.resolve({ edges: [], next: null }),
      rangeEdges: () => Promise.resolve({ edges: [], next: null }),
    },
    writer: {
      write: async (_topic, { valueJson }) => {
        written.push(valueJson ?? 'null');
        return { offsets: new Map() };
      },
    },
    signal: new AbortController().signal,
    timeoutMs: 60_000,
    listItemsMax: 100,
    resultValuesMax: 1_000_000,
    bytesMax: 67_108_864,
    positions: new Map(),
  });
  const document = parse(query);
  const errors = validate(schema, document);
  const result =
    errors.length > 0
      ? { errors }
      : await execute({
          schema,
          document,
          variableValues: parseJson(variables) as Record<string, unknown>,
          contextValue: { operation, access: UNLIMITED_ACCESS },
        });
  return { result, reads, written };
}

interface Options {
  readonly variables?: string;
  readonly records?: readonly string[];
  readonly schema?: GraphQLSchema;
}

/** JSON in which numbers are replaced by the names of their values. */
function named(json: string): unknown {
  return JSON.parse(json, (_name, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' ? valueName(exactValue(context?.source ?? '')) : value,
  );
}

/** The output of a scalar for a number. Undefined if the scalar rejects it. */
function answerOf(scalar: Scalar | 'String', value: ExactValue): unknown {
  const whole = wholeValue(value);
  switch (scalar) {
    case 'Long':
      return isWholeOfBits(value, 64) ? valueName(value) : undefined;
    case 'Int':
      return isWholeOfBits(value, 32) ? valueName(value) : undefined;
    case 'Short':
      return isWholeOfBits(value, 16) ? valueName(value) : undefined;
    case 'BigInteger':
      return whole === undefined ? undefined : valueName(value);
    case 'Float':
      return isWithinDoubles(value) ? valueName(value) : undefined;
    case 'ID':
      return whole === undefined ? undefined : String(whole);
    default:
      return valueName(value);
  }
}

/** Int and ID are built in. GraphQL has no literals with a point or an exponent for them. */
function takesLiteral(scalar: Scalar | 'String', text: string): boolean {
  return (scalar !== 'Int' && scalar !== 'ID') || /^-?\d+$/.test(text);
}

/** No message shows an internal representation or reports an internal error. */
function expectRefusal({ result: { errors = [] }, written }: Ran): void {
  expect(written).toEqual([]);
  expect(errors.length).toBeGreaterThan(0);
  for (const { message, originalError } of errors) {
    expect(message).not.toMatch(/rawJSON|ExactNumber|\[object|BigInt\b|undefined/);
    expect(originalError).not.toBeInstanceOf(TypeError);
  }
}

const RUNS = { numRuns: 60 };

test('every scalar that can represent a number of a record returns its value', async () => {
  await fc.assert(
    fc.asyncProperty(spelledNumber, async ({ value, spellings }) => {
      const records = spellings.map(
        (text) =>
          `{${SCALARS.map((scalar) => `"${scalar}":${text},"${scalar}s":[${text}]`).join()},"text":${text},"json":{"a":[${text}]}}`,
      );
      const query = `{ item { ${SCALARS.map((scalar) => `${scalar} ${scalar}s`).join(' ')} text json } }`;
      const { result } = await run(query, { records });
      const { item } = (named(JSON.stringify(result)) as { data: { item: RecordFields[] } }).data;
      expect(item).toHaveLength(spellings.length);
      const text = String(item[0]?.['text']);
      expect(valueName(exactValue(text))).toBe(valueName(value));
      // A double can be a key, so a record may have any number as its ID.
      const idOf = (scalar: Scalar): unknown =>
        scalar === 'ID' && value.power < 0 ? text : undefined;
      const answers = SCALARS.map(
        (scalar) => [scalar, idOf(scalar) ?? answerOf(scalar, value) ?? null] as const,
      );
      const answer = {
        ...Object.fromEntries(
          answers.flatMap(([name, one]) => [
            [name, one],
            [`${name}s`, [one]],
          ]),
        ),
        text,
        json: { a: [valueName(value)] },
      };
      expect(item).toEqual(spellings.map(() => answer));
      for (const { message, path } of result.errors ?? []) {
        expect(message, String(path)).not.toMatch(/rawJSON|ExactNumber|\[object/);
      }
    }),
    RUNS,
  );
});

type RecordFields = Readonly<Record<string, unknown>>;

/** The ways of a number into a mutation, and its place in the written value. */
const WAYS: Readonly<Record<string, (scalar: Scalar, text: string) => Way>> = {
  literal: (scalar, text) => ({
    query: `mutation { set(value: { ${scalar}: ${text} }) { n } }`,
    at: [scalar],
  }),
  'a literal in a list': (scalar, text) => ({
    query: `mutation { set(value: { inner: { ${scalar}s: [null, ${text}] } }) { n } }`,
    at: ['inner', `${scalar}s`, 1],
  }),
  'the default of a variable': (scalar, text) => ({
    query: `mutation ($v: ${scalar} = ${text}) { set(value: { ${scalar}: $v }) { n } }`,
    at: [scalar],
  }),
  'a variable': (scalar, text) => ({
    query: `mutation ($v: ${scalar}) { set(value: { ${scalar}: $v }) { n } }`,
    variables: `{"v":${text}}`,
    at: [scalar],
  }),
  'a list': (scalar, text) => ({
    query: `mutation ($v: [${scalar}]) { set(value: { ${scalar}s: $v }) { n } }`,
    variables: `{"v":[${text},null]}`,
    at: [`${scalar}s`, 0],
  }),
  'a single value for a list': (scalar, text) => ({
    query: `mutation ($v: [${scalar}]) { set(value: { ${scalar}s: $v }) { n } }`,
    variables: `{"v":${text}}`,
    at: [`${scalar}s`, 0],
  }),
  'an input object': (scalar, text) => ({
    query: 'mutation ($in: In) { set(value: $in) { n } }',
    variables: `{"in":{"inner":{"${scalar}":${text}}}}`,
    at: ['inner', scalar],
  }),
  'a variable in a JSON literal': (scalar, text) => ({
    query: `mutation ($v: ${scalar}) { set(value: { json: { a: [1, { b: $v }] } }) { n } }`,
    variables: `{"v":${text}}`,
    at: ['json', 'a', 1, 'b'],
  }),
  'a default in a JSON literal': (scalar, text) => ({
    query: `mutation ($v: [${scalar}] = [${text}]) { set(value: { json: { a: [$v] } }) { n } }`,
    at: ['json', 'a', 0, 0],
  }),
  'an input object in a JSON literal': (scalar, text) => ({
    query: 'mutation ($in: In) { set(value: { json: { a: $in } }) { n } }',
    variables: `{"in":{"${scalar}s":[${text}]}}`,
    at: ['json', 'a', `${scalar}s`, 0],
  }),
};

interface Way {
  readonly query: string;
  readonly variables?: string;
  readonly at: readonly (string | number)[];
}

test.each(Object.keys(WAYS))(
  'a number is written with its value, or rejected: %s',
  async (name) => {
    await fc.assert(
      fc.asyncProperty(
        spelledNumber,
        fc.constantFrom(...SCALARS),
        async ({ value, spellings }, scalar) => {
          for (const text of spellings) {
            const way = WAYS[name]?.(scalar, text) ?? { query: '', at: [] };
            const ran = await run(way.query, { variables: way.variables ?? '{}' });
            const isLiteral = way.variables === undefined;
            const answer = answerOf(scalar, value);
            if (answer === undefined || (isLiteral && !takesLiteral(scalar, text))) {
              expectRefusal(ran);
              continue;
            }
            expect(ran.result.errors, `${scalar} ${text}`).toBeUndefined();
            const actual = way.at.reduce(
              (at: unknown, step) => (at as Record<string | number, unknown>)[step],
              named(ran.written[0] ?? ''),
            );
            expect(actual, `${scalar} ${text}`).toBe(answer);
          }
        },
      ),
      { numRuns: 30 },
    );
  },
);

test('a default of the schema keeps its value', async () => {
  await fc.assert(
    fc.asyncProperty(
      spelledNumber,
      fc.constantFrom(...SCALARS),
      async ({ value, spellings: [text = ''] }, scalar) => {
        const sdl = sdlOf(` = { ${scalar}: ${text}, json: { a: ${text} } }`);
        const answer = answerOf(scalar, value);
        if (answer === undefined || !takesLiteral(scalar, text)) {
          expect(() => parseDefinition(sdl)).toThrow('The default of value');
          return;
        }
        const { written } = await run('mutation { set { n } }', { schema: compiled(sdl) });
        expect(named(written[0] ?? '')).toEqual({
          [scalar]: answer,
          json: { a: valueName(value) },
        });
      },
    ),
    { numRuns: 30 },
  );
});

test.each(KEYS)(
  'equal numbers are one key of type %s, in joins, literals, variables and lists',
  async (type) => {
    await fc.assert(
      fc.asyncProperty(spelledNumber, async ({ value, spellings }) => {
        const records = spellings.map((text) => `{"n${type}":${text}}`);
        const joined = await run(`{ item { join${type} { n } } }`, { records });
        const [key = '', ...more] = joined.reads.map((read) => read.slice(type.length + 1));
        expect(more).toEqual([]);
        expect(key.startsWith('"')).toBe(type === 'ID' || type === 'String');
        expect(valueName(exactValue(key.replaceAll('"', '')))).toBe(valueName(value));
        if (type === 'String' || answerOf(type, value) === undefined) {
          return;
        }
        const literals = spellings.filter((text) => takesLiteral(type, text));
        const { result, reads } = await run(
          `query ($v: ${type}!, $vs: [${type}!]!, $one: [${type}!]!) {
          ${literals.map((text, at) => `l${at}: by${type}(key: ${text}) { n }`).join('\n')}
          v: by${type}(key: $v) { n } vs: all${type}(keys: $vs) { n } one: all${type}(keys: $one) { n }
        }`,
          {
            variables: `{"v":${spellings.at(-1)},"vs":[${spellings.join()}],"one":${spellings[1]}}`,
          },
        );
        expect(result.errors).toBeUndefined();
        expect(reads).toEqual([`${type} ${key}`]);
      }),
      RUNS,
    );
  },
);

test('equal numbers are the same bound of a range', async () => {
  await fc.assert(
    fc.asyncProperty(spelledNumber, async ({ value, spellings }) => {
      const [first = '', second = '', third = '', fourth = ''] = spellings;
      const { reads, result } = await run(
        `query ($a: Float, $b: Float) {
          a: range(key: "k", from: ${first}, to: ${second}) { n }
          b: range(key: "k", from: $a, to: $b) { n }
        }`,
        { variables: `{"a":${third},"b":${fourth}}` },
      );
      if (!isWithinDoubles(value)) {
        expect(result.errors).toBeDefined();
        expect(reads).toEqual([]);
        return;
      }
      const [bounds = ''] = reads;
      // Equal ranges are read once.
      expect(reads).toEqual([bounds]);
      expect(new Set(bounds.split(' ')).size).toBe(1);
      expect(valueName(exactValue(bounds.split(' ')[0] ?? ''))).toBe(valueName(value));
    }),
    RUNS,
  );
});

test.each([
  ['an ID', 'query ($v: ID!) { byID(key: $v) { n } }', '9007199254740993.5'],
  ['a String', 'query ($v: String!) { byString(key: $v) { n } }', '9007199254740993'],
  ['a Long', 'query ($v: Long!) { byLong(key: $v) { n } }', '9223372036854775808'],
  ['an Int', 'query ($v: Int!) { byInt(key: $v) { n } }', '9007199254740993'],
  ['a list', 'query ($v: [ID!]!) { allID(keys: $v) { n } }', '[[9007199254740993]]'],
  ['an input object', 'mutation ($v: In) { set(value: $v) { n } }', '9007199254740993'],
  ['an inner object', 'mutation ($v: In) { set(value: $v) { n } }', '{"inner":9007199254740993}'],
  ['a wrong member', 'mutation ($v: In) { set(value: $v) { n } }', '{"x":9007199254740993}'],
  ['an object', 'query ($v: Long!) { byLong(key: $v) { n } }', '{"a":{"b":9007199254740993}}'],
  ['a Boolean', 'query ($v: Boolean!) { item @skip(if: $v) { n } }', '9007199254740993'],
])('a number that is not %s appears in the message with its digits', async (_what, query, v) => {
  const ran = await run(query, { variables: `{"v":${v}}` });
  expectRefusal(ran);
  expect(ran.result.errors?.[0]?.message).toMatch(/9007199254740993|9223372036854775808/);
});
