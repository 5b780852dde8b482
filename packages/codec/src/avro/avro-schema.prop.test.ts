import { AVRO_LONG } from '@quicksilver/testkit/avro-long';
import avsc, { type Schema } from 'avsc';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { AppError } from '@quicksilver/common/errors/app-error';
import { parseAvroSchema } from './avro-schema.ts';

/** A type and a generator of its values, in the form of the other library and as JSON. */
interface Typed {
  readonly schema: Schema;
  readonly value: fc.Arbitrary<{ readonly avro: unknown; readonly json: string }>;
}

const typed = (schema: Schema, value: Typed['value']): Typed => ({ schema, value });
const printed = <T>(values: fc.Arbitrary<T>, print: (value: T) => string): Typed['value'] =>
  values.map((avro) => ({ avro, json: print(avro) }));
const quoted = (values: fc.Arbitrary<Uint8Array>): Typed['value'] =>
  values.map((bytes) => {
    const avro = Buffer.from(bytes);
    return { avro, json: `"${avro.toString('base64')}"` };
  });

const text = fc.string({ unit: 'binary' }).filter((each) => each.isWellFormed());
const PLAIN: readonly Typed[] = [
  typed('null', fc.constant({ avro: null, json: 'null' })),
  typed('boolean', printed(fc.boolean(), String)),
  typed('int', printed(fc.integer(), String)),
  typed('long', printed(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), String)),
  typed('double', printed(fc.double({ noNaN: true, noDefaultInfinity: true }), String)),
  typed(
    'string',
    printed(text, (value) => JSON.stringify(value)),
  ),
  typed('bytes', quoted(fc.uint8Array())),
];

/** Types of a schema need names of their own. */
let names = 0;
const nextName = (): string => `N${(names += 1)}`;

function named(): fc.Arbitrary<Typed> {
  return fc.oneof(
    fc.uniqueArray(fc.stringMatching(/^[A-Z]{1,4}$/), { minLength: 1 }).map((symbols) =>
      typed(
        { type: 'enum', name: nextName(), symbols },
        printed(fc.constantFrom(...symbols), (value) => `"${value}"`),
      ),
    ),
    fc
      .integer({ min: 0, max: 20 })
      .map((size) =>
        typed(
          { type: 'fixed', name: nextName(), size },
          quoted(fc.uint8Array({ minLength: size, maxLength: size })),
        ),
      ),
  );
}

const types = fc.letrec<{ type: Typed }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom(...PLAIN),
    named(),
    tie('type').map(({ schema, value }) =>
      typed(
        { type: 'array', items: schema },
        fc.array(value, { maxLength: 5 }).map((items) => ({
          avro: items.map(({ avro }) => avro),
          json: `[${items.map(({ json }) => json).join(',')}]`,
        })),
      ),
    ),
    tie('type').map(({ schema, value }) =>
      typed(
        { type: 'map', values: schema },
        // Not "__proto__": the other library loses it.
        fc
          .array(fc.tuple(fc.stringMatching(/^[a-z" ]{1,5}$/), value), { maxLength: 4 })
          .map((entries) => {
            const members = new Map(entries);
            return {
              avro: Object.fromEntries([...members].map(([key, { avro }]) => [key, avro])),
              json: `{${[...members].map(([key, { json }]) => `${JSON.stringify(key)}:${json}`).join(',')}}`,
            };
          }),
      ),
    ),
    fc.array(tie('type'), { maxLength: 4 }).map((fields) =>
      typed(
        {
          type: 'record',
          name: nextName(),
          fields: fields.map(({ schema }, place) => ({ name: `f${place}`, type: schema })),
        },
        fc.tuple(...fields.map(({ value }) => value)).map((values) => ({
          avro: Object.fromEntries(values.map(({ avro }, place) => [`f${place}`, avro])),
          json: `{${values.map(({ json }, place) => `"f${place}":${json}`).join(',')}}`,
        })),
      ),
    ),
    fc.subarray([...PLAIN], { minLength: 1 }).map((branches) =>
      typed(
        branches.map(({ schema }) => schema) as Schema,
        fc.oneof(
          ...branches.map(({ schema, value }) =>
            value.map(({ avro, json }) => ({
              avro: schema === 'null' ? null : { [String(schema)]: avro },
              json,
            })),
          ),
        ),
      ),
    ),
  ),
})).type;

test('I-W9: what another library has written is read as the same value, and what is written here by it, 5,000 values of random schemas', () => {
  fc.assert(
    fc.property(
      types.chain(({ schema, value }) =>
        fc.tuple(fc.constant(schema), fc.array(value, { minLength: 10, maxLength: 10 })),
      ),
      ([schema, values]) => {
        const writer = avsc.Type.forSchema(schema, {
          wrapUnions: 'always',
          registry: { long: AVRO_LONG },
        });
        const reader = parseAvroSchema(JSON.stringify(schema));
        for (const { avro, json } of values) {
          expect(reader.read(writer.toBuffer(avro), 0)).toBe(json);
          // Conversely, the other library reads our bytes as the same value.
          const written = reader.write(json);
          expect(reader.read(written, 0)).toBe(json);
          expect(writer.toBuffer(writer.fromBuffer(written)).equals(written)).toBe(true);
        }
      },
    ),
    { numRuns: 500 },
  );
}, 180_000);

test('any bytes are read as JSON or rejected, with any schema', () => {
  fc.assert(
    fc.property(types, fc.uint8Array({ maxLength: 40 }), ({ schema }, bytes) => {
      try {
        JSON.parse(parseAvroSchema(JSON.stringify(schema)).read(Buffer.from(bytes), 0));
      } catch (error) {
        expect(error).toBeInstanceOf(AppError);
      }
    }),
    { numRuns: 500 },
  );
});
