import fc from 'fast-check';
import { expect, test } from 'vitest';

import { bindingState } from '../fit/binding-state.ts';
import type { KeyedTopic } from '../fit/key-fit.ts';
import { parseDefinition } from '../parse/parse-definition.ts';
import { unusedArguments } from '../parse/unused-arguments.ts';
import { avroShape } from './avro-shape.ts';
import { generateSchema } from './generate-schema.ts';
import { inferShape } from './infer-shape.ts';
import { JSON_SHAPE, type Shape } from './record-shape.ts';
import type { SourceTopic } from './source-topic.ts';

const KEYS = [
  { keyType: 'STRING', key: 'String' },
  { keyType: 'INTEGER', key: 'Int' },
  { keyType: 'LONG', key: 'Long' },
  { keyType: 'DOUBLE', key: 'Float' },
  { keyType: 'JSON', key: undefined },
] as const;

const name = fc.constantFrom(
  ...['orders', 'shop.orders', 'shop-orders', 'query', 'Long', '1st', 'a.b', 'boxes', 'news'],
  ...['PageInfo', 'xConnection', '_', 'customers', 'order_ids'],
);
const memberName = fc.oneof(
  fc.constantFrom(
    'id',
    'customerId',
    'customer',
    '__typename',
    '__x',
    '',
    'first-name',
    '@at',
    'é',
  ),
  fc.constantFrom(
    'customer_id',
    'orderIds',
    'type',
    'query',
    'toString',
    '"quoted"',
    'line\nbreak',
  ),
  fc.string({ maxLength: 6 }),
);
const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
    fc.double({ noNaN: true }),
    fc.string({ maxLength: 8, unit: 'binary' }),
    fc.constantFrom('1', '2', 'a'),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(memberName, tie('value'), { maxKeys: 6 }),
  ),
})).value;

const AVRO_NAME = fc.constantFrom('a', 'b', 'id', 'Order', 'customer_id', '__x', 'Long', 'type');
const doc = fc.option(
  fc.constantFrom('What it is.', 'Two\nlines with """ quotes', '@deprecated use b', ' '),
  { nil: undefined },
);
let names = 0;
const avro = fc.letrec<{ type: unknown; record: unknown }>((tie) => ({
  type: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('int', 'long', 'float', 'double', 'string', 'bytes', 'boolean', 'null'),
    fc.constant({ type: 'bytes', logicalType: 'decimal', precision: 4, scale: 2 }),
    fc.constant({ type: 'long', logicalType: 'timestamp-millis' }),
    fc.constantFrom(['A', 'B'], ['true', 'A'], ['__a']).map((symbols) => {
      return { type: 'enum', name: `E${(names += 1)}`, symbols };
    }),
    tie('type').map((items) => ({ type: 'array', items })),
    tie('type').map((values) => ({ type: 'map', values })),
    tie('record'),
    tie('record').map((record) => ['null', record]),
    fc.tuple(tie('record'), tie('record')).map((all) => all),
    fc.constant(['null', 'string', 'long']),
  ),
  record: fc
    .record({
      simple: fc.constantFrom('Order', 'Query', 'Item'),
      doc,
      fields: fc.uniqueArray(
        fc.record({
          name: AVRO_NAME,
          type: tie('type'),
          doc,
          deprecated: fc.constantFrom(undefined, true, 'old'),
        }),
        { selector: (field) => field.name, maxLength: 4 },
      ),
    })
    .map(({ simple, ...rest }) => {
      // Avro allows each full name once.
      return { type: 'record', name: simple, namespace: `n${(names += 1)}`, ...rest };
    }),
}));

const shape: fc.Arbitrary<{ shape: Shape; values: unknown[] }> = fc.oneof(
  fc
    .array(json, { maxLength: 6 })
    .map((values) => ({ shape: inferShape(values) ?? JSON_SHAPE, values })),
  fc.array(avro.type, { minLength: 1, maxLength: 2 }).map((schemas) => {
    const texts = schemas.map((schema) => ({ text: JSON.stringify(schema), referred: [] }));
    return { shape: avroShape(texts) ?? JSON_SHAPE, values: [] };
  }),
);

const topics: fc.Arbitrary<SourceTopic[]> = fc.uniqueArray(
  fc
    .record({
      name,
      of: shape,
      type: fc.constantFrom(...KEYS),
      isLarge: fc.boolean(),
      note: fc.string(),
    })
    .map(({ name: topic, of, type, isLarge, note }) => ({
      name: topic,
      ...type,
      value: of.shape,
      records: of.values.map((value, at) => ({ key: at, value })),
      isComplete: true,
      isLarge,
      note,
    })),
  { selector: (topic) => topic.name, minLength: 1, maxLength: 4 },
);

test('the schema of any topics is valid, fits them, and has no argument without use', () => {
  fc.assert(
    fc.property(topics, (all) => {
      const sdl = generateSchema(all, [{ name: 'left-out', why: 'It has\nno records.' }]) ?? '';
      const definition = parseDefinition(sdl);
      expect(unusedArguments(definition)).toEqual([]);
      for (const binding of definition.bindings) {
        const topic = all.find((each) => each.name === binding.topic);
        const keyed: KeyedTopic | undefined = topic && { name: topic.name, keyType: topic.keyType };
        expect(bindingState(binding, keyed)).toEqual({ state: 'ready' });
      }
      expect(definition.bindings.map(({ topic }) => topic)).toEqual(
        expect.arrayContaining(all.map((topic) => topic.name)),
      );
    }),
    { numRuns: 500 },
  );
});
