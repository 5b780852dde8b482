import { readConfig } from '@quicksilver/common/config/option';
import { generateSchema } from '@quicksilver/definition/generate/generate-schema';
import { inferShape } from '@quicksilver/definition/generate/infer-shape';
import type { SourceTopic } from '@quicksilver/definition/generate/source-topic';
import { parseDefinition } from '@quicksilver/definition/parse-definition';
import { MemoryNetwork } from '@quicksilver/testkit/memory-network';
import { silentLog } from '@quicksilver/testkit/silent-log';
import fc from 'fast-check';
import {
  getNamedType,
  getNullableType,
  isListType,
  isObjectType,
  Kind,
  type GraphQLOutputType,
} from 'graphql';
import { expect, test } from 'vitest';

import { assembleGateway } from './assemble.ts';
import { gatewayOptions } from './config.ts';

const member = fc.constantFrom(
  'id',
  'customerId',
  'first-name',
  '@at',
  'a',
  'b',
  '__x',
  'type',
  'é',
);
const json = fc.letrec<{ value: unknown; object: object }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, false),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ maxLength: 8 }),
    fc.array(tie('value'), { maxLength: 4 }),
    tie('object'),
  ),
  object: fc.dictionary(member, tie('value'), { maxKeys: 6, noNullPrototype: true }),
}));
const records = fc.array(json.object, { minLength: 1, maxLength: 8 });
const RUNS = 12;
const TEST_MS = 300_000;

/** Fields with all members of the records, without joins. */
function selectionOf(type: GraphQLOutputType): string {
  const named = getNamedType(type);
  if (!isObjectType(named)) {
    return '';
  }
  const fields = Object.values(named.getFields()).filter((field) => !isJoin(field));
  return `{ ${fields.map((field) => `${field.name} ${selectionOf(field.type)}`).join(' ')} }`;
}

type Field = ReturnType<ReturnType<typeof objectOf>['getFields']>[string];

function objectOf(type: GraphQLOutputType) {
  const named = getNamedType(type);
  if (!isObjectType(named)) {
    throw new Error(`${String(named)} is no object type`);
  }
  return named;
}

function isJoin({ astNode }: Field): boolean {
  return astNode?.directives?.some(({ name }) => name.value === 'topic') === true;
}

/** The answer for a value, by the type that was generated for it. */
function expectedOf(type: GraphQLOutputType, value: unknown): unknown {
  const nullable = getNullableType(type);
  if (value === null || value === undefined) {
    return null;
  }
  if (isListType(nullable) && Array.isArray(value)) {
    return value.map((item: unknown) => expectedOf(nullable.ofType, item));
  }
  if (!isObjectType(nullable)) {
    return value;
  }
  const fields = Object.values(nullable.getFields()).filter((field) => !isJoin(field));
  return Object.fromEntries(
    fields.map((field) => {
      const directive = field.astNode?.directives?.find(({ name }) => name.value === 'field');
      const argument = directive?.arguments?.[0]?.value;
      const name = argument?.kind === Kind.STRING ? argument.value : field.name;
      return [field.name, expectedOf(field.type, Reflect.get(value, name))];
    }),
  );
}

async function expectAnswered(all: readonly object[]): Promise<void> {
  const texts = all.map((record) => JSON.stringify(record));
  // As the sample of a topic is read: without minus zero.
  const values = texts.map((text) => JSON.parse(text) as unknown);
  const topic: SourceTopic = {
    name: 'shop.orders',
    keyType: 'STRING',
    key: 'String',
    value: inferShape(values) ?? { kind: 'scalar', scalar: 'JSON' },
    records: values.map((value, at) => ({ key: `k${at}`, value })),
    isComplete: true,
    isLarge: false,
    note: '',
  };
  const sdl = generateSchema([topic]) ?? '';
  const field = parseDefinition(sdl).schema.getQueryType()?.getFields()['shopOrdersByKey'];
  const type = field?.type ?? fail(sdl);
  await using network = await MemoryNetwork.start({
    topics: [
      {
        name: topic.name,
        keyType: 'STRING',
        records: texts.map((text, at) => [`"k${at}"`, text] as const),
      },
    ],
    schema: sdl,
    gateway: (env, schema, kafka) =>
      assembleGateway(readConfig(gatewayOptions, env), { sdl: schema }, { kafka, log: silentLog }),
  });
  const query = `query ($keys: [String!]!) { shopOrdersByKey(keys: $keys) ${selectionOf(type)} }`;
  const keys = values.map((_value, at) => `k${at}`);
  const answer = (await network.ask({ query, variables: { keys } })).json();
  expect(answer).toEqual({ data: { shopOrdersByKey: expectedOf(type, values) } });
}

function fail(message: string): never {
  throw new Error(message);
}

test(
  'a generated schema answers with all members of the records that it was generated from',
  async () => {
    await fc.assert(fc.asyncProperty(records, expectAnswered), { numRuns: RUNS });
  },
  TEST_MS,
);
