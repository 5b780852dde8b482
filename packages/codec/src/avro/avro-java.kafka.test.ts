import { readdir, readFile } from 'node:fs/promises';

import { AvroSchemas } from '@quicksilver/testkit/generated/avro-schema';
import {
  askJavaAvro,
  JAVA_AVRO_VERSIONS,
  type JavaAvroSchema,
} from '@quicksilver/testkit/java-avro';
import { randomFrom } from '@quicksilver/testkit/seeded-random';
import { expect, test } from 'vitest';

import { AppError } from '@quicksilver/common/errors/app-error';
import { type AvroSchema, parseAvroSchema } from './avro-schema.ts';

const SEED = 20_261_201;
const VALUES = 6;
const GENERATED = 1_500;
/** Java rejects a text that is no number as default of a number, which only writers need. */
const NO_NUMBER = 'NumberFormatException';
const CLEAR = /^The Avro schema is invalid: ./;
const GOLDEN = new URL('../../golden/avro-schemas/', import.meta.url);

function ours(texts: readonly string[]): AvroSchema | string {
  try {
    return parseAvroSchema(texts.at(-1) ?? '', texts.slice(0, -1));
  } catch (error) {
    return error instanceof AppError ? error.message : `unexpected ${String(error)}`;
  }
}

/** Schemas whose verdict or values differ from those of Java. */
async function differences(schemas: readonly (readonly string[])[]): Promise<unknown[]> {
  const versions = await Promise.all(
    JAVA_AVRO_VERSIONS.map((version) =>
      askJavaAvro(schemas, { version, valuesPerSchema: VALUES, seed: SEED }),
    ),
  );
  return schemas.flatMap((texts, at) => {
    const answers = versions.map((answer) => answer[at] ?? {});
    if (answers.some(({ error }) => error?.includes(NO_NUMBER) === true)) {
      return [];
    }
    const schema = ours(texts);
    const accepting = answers.filter(({ error }) => error === undefined);
    if (typeof schema === 'string' || accepting.length === 0) {
      const isSame = typeof schema === 'string' && accepting.length === 0;
      return isSame && CLEAR.test(schema) ? [] : [[texts, schema, ...answers]];
    }
    const differences = [
      ...accepting.flatMap((answer) => misread(schema, answer)),
      ...miswritten(schema, answers),
    ];
    return differences.length === 0 ? [] : [[texts, ...differences]];
  });
}

function misread(schema: AvroSchema, { values = [] }: JavaAvroSchema): unknown[] {
  return values
    .map(({ hex, json }) => ({
      hex,
      json,
      ours: resultOf(() => schema.read(Buffer.from(hex, 'hex'), 0)),
    }))
    .filter((each) => each.ours !== each.json);
}

/** For defaults of other branches, only 1.12 has bytes, sometimes of a branch that does not fit. */
function miswritten(schema: AvroSchema, answers: readonly JavaAvroSchema[]): unknown[] {
  const [fallback, ...otherFallbacks] = answers.map((answer) => answer.fallback);
  if (fallback === undefined || otherFallbacks.some((other) => other !== fallback)) {
    return [];
  }
  const written = resultOf(() => schema.write('{}').toString('hex'));
  return written === fallback ? [] : [{ fallback, written }];
}

function resultOf(act: () => string): string {
  try {
    return act();
  } catch (error) {
    return String(error);
  }
}

test('the schemas of the corpus are accepted, and Java’s records of them are read as the same JSON', async () => {
  const names = (await readdir(GOLDEN)).filter((name) => name.endsWith('.avsc'));
  const texts = await Promise.all(names.map((name) => readFile(new URL(name, GOLDEN), 'utf8')));
  expect(texts.length).toBeGreaterThan(20);
  expect(texts.map((text) => typeof ours([text]))).toEqual(texts.map(() => 'object'));
  expect(await differences(texts.map((text) => [text]))).toEqual([]);
}, 120_000);

test(`${GENERATED} random schemas: what Java accepts is accepted, and its records are read as the same JSON`, async () => {
  const schemas = new AvroSchemas(randomFrom(SEED));
  const texts = Array.from({ length: GENERATED }, () => [schemas.next()]);
  expect(await differences(texts)).toEqual([]);
}, 240_000);

test(`${GENERATED} damaged schemas: what Java rejects is rejected`, async () => {
  const schemas = new AvroSchemas(randomFrom(SEED + 1));
  const texts = Array.from({ length: GENERATED }, () => [schemas.next({ isDamaged: true })]);
  const rejected = texts.filter((each) => typeof ours(each) === 'string');
  expect(rejected.length).toBeGreaterThan(GENERATED / 10);
  expect(await differences(texts)).toEqual([]);
}, 240_000);
