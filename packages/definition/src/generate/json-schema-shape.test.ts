import { expect, test } from 'vitest';

import { connectRowShape } from './connect-shape.ts';
import { generateSchema } from './generate-schema.ts';
import { jsonSchemaShape, type JsonSchemaText } from './json-schema-shape.ts';
import { JSON_SHAPE, type Shape } from './record-shape.ts';

/** The object types of the generated schema. */
function typesOf(value: Shape | undefined): string {
  const topic = {
    name: 'things',
    value: value ?? JSON_SHAPE,
    keyType: 'STRING',
    key: 'String',
    records: [],
    isComplete: true,
    isLarge: false,
    note: '',
  } as const;
  const sdl = generateSchema([topic]) ?? '';
  return sdl.slice(sdl.indexOf('}\n\n', sdl.indexOf('type Subscription')) + 3);
}

const ofSchema = (schema: unknown, referred: JsonSchemaText['referred'] = []): JsonSchemaText => ({
  text: JSON.stringify(schema),
  referred,
});
const object = (properties: object, more: object = {}) => ({ type: 'object', properties, ...more });

test('types, documentation and deprecations of a JSON Schema are carried over', () => {
  const schema = object(
    {
      id: { type: 'integer', minimum: 1, maximum: 9 },
      count: { type: 'integer' },
      huge: { type: 'integer', maximum: 1e30 },
      at: { type: 'string', format: 'date-time', description: 'When.' },
      old: { type: 'boolean', deprecated: true },
      state: { enum: ['ON', 'OFF', null] },
      words: { enum: ['a b', 'c'] },
      sizes: { type: 'array', items: { type: ['number', 'null'] } },
      maker: { $ref: '#/$defs/maker' },
      also: { oneOf: [{ type: 'null' }, { $ref: '#/$defs/maker' }] },
      place: { $ref: 'place.json' },
      map: { type: 'object', additionalProperties: { type: 'string' } },
      any: true,
      either: { anyOf: [{ type: 'string' }, { type: 'integer' }] },
    },
    {
      title: 'A small thing',
      required: ['id', 'state', 'maker', 'map'],
      $defs: { maker: { allOf: [object({ name: { type: 'string' } }), { required: ['name'] }] } },
    },
  );
  const place = { name: 'place.json', text: JSON.stringify(object({ next: { $ref: '#' } })) };
  const value = jsonSchemaShape([ofSchema(schema, [place])], []);
  expect(typesOf(value)).toBe(`type ASmallThing {
  id: Int!
  count: Long
  huge: BigInteger
  "When."
  at: DateTime
  old: Boolean @deprecated(reason: "No longer supported")
  state: ASmallThingState
  words: String
  sizes: [Float]
  maker: Maker!
  also: Maker
  place: ASmallThingPlace
  map: JSON!
  any: JSON
  either: JSON
}

type Maker {
  name: String!
}

type ASmallThingPlace {
  next: ASmallThingPlace
}

enum ASmallThingState {
  ON
  OFF
}
`);
});

test('a field is not nullable only if all versions require it and every value has it', () => {
  const text = { type: 'string' };
  const versions = [
    ofSchema(object({ a: text, b: text, c: text }, { title: 'New', required: ['a', 'b', 'c'] })),
    ofSchema(object({ a: text, b: text, c: text }, { title: 'Old', required: ['a', 'b'] })),
  ];
  const shape = jsonSchemaShape(versions, [
    { a: '1', b: '2', c: '3' },
    { a: '1', c: '3' },
  ]);
  expect(typesOf(shape)).toBe('type New {\n  a: String!\n  b: String\n  c: String\n}\n');
});

test('the schema of Connect has the types of the columns', () => {
  const column = (field: string, type: string, more: object = {}) => ({
    ...{ field, type, optional: false },
    ...more,
  });
  const row = [
    column('id', 'int64', { doc: 'The number.' }),
    column('price', 'bytes', { name: 'org.apache.kafka.connect.data.Decimal', optional: true }),
    column('at', 'int64', { name: 'org.apache.kafka.connect.data.Timestamp' }),
    column('tags', 'array', { items: { type: 'string', optional: true } }),
    column('attributes', 'map'),
  ];
  const after = column('after', 'struct', { fields: row, name: 'shop.things.Value' });
  const schema = { type: 'struct', fields: [column('op', 'string'), after] };
  expect(typesOf(connectRowShape(schema))).toBe(`type Thing {
  "The number."
  id: Long!
  price: BigDecimal
  at: DateTime!
  tags: [String]!
  attributes: JSON!
}
`);
  expect(connectRowShape({ type: 'struct', fields: [] })).toBeUndefined();
  expect(connectRowShape(undefined)).toBeUndefined();
});
