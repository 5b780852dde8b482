import { describe, expect, test } from 'vitest';

import { AppError } from '@quicksilver/common/errors/app-error';
import { AvroValues } from './avro-values.ts';
import { ProcessMemory, type SchemaMemory } from './schema-memory.ts';
import type { RegisteredSchema } from './schema-registry.ts';
import { ValueReaders } from './value-readers.ts';
import { writerBy } from './value-writers.ts';

const long = (text = '"long"', format = 'AVRO'): RegisteredSchema => ({
  id: 7,
  format,
  text,
  referred: [],
});
const value = (id: number, hex: string): Buffer => {
  const header = Buffer.alloc(5);
  header.writeUInt32BE(id, 1);
  return Buffer.concat([header, Buffer.from(hex, 'hex')]);
};

/** A registry in memory that counts, and is away while `isAway`. */
class Registry {
  isAway = false;
  readonly requests: number[] = [];
  readonly #schemas: Map<number, RegisteredSchema>;

  constructor(schemas: Record<number, RegisteredSchema>) {
    this.#schemas = new Map(Object.entries(schemas).map(([id, schema]) => [Number(id), schema]));
  }

  async byId(id: number): Promise<RegisteredSchema | undefined> {
    this.requests.push(id);
    if (this.isAway) {
      throw new AppError('REGISTRY_UNAVAILABLE', 'away');
    }
    return this.#schemas.get(id);
  }

  add(id: number, schema: RegisteredSchema): void {
    this.#schemas.set(id, schema);
  }

  remove(id: number): void {
    this.#schemas.delete(id);
  }
}

const PLAIN = { recordNames: false };
/** The time after which an id is fetched again. */
const LATER_MS = 60_000;

async function read(values: AvroValues, bytes: Buffer, memory?: SchemaMemory): Promise<string> {
  const reader = await values.readerOf([bytes], { ...PLAIN, ...(memory && { memory }) });
  try {
    return reader.toJson(bytes).toString();
  } catch (error) {
    return error instanceof AppError ? `${error.code}: ${error.message}` : String(error);
  }
}

test('concurrent readers fetch a schema once, and use it while the registry is down', async () => {
  const registry = new Registry({ 7: long() });
  const values = new AvroValues(registry);
  const both = [values.readerOf([value(7, '02')], PLAIN), values.readerOf([value(7, '02')], PLAIN)];
  await Promise.all(both);
  registry.isAway = true;
  expect(await read(values, value(7, '02'))).toBe('1');
  expect(registry.requests).toEqual([7]);
});

test('F21: values of an unknown schema fail while the registry is down, and are read later', async () => {
  const registry = new Registry({ 7: long() });
  registry.isAway = true;
  const values = new AvroValues(registry);
  await expect(values.readerOf([value(7, '02')], PLAIN)).rejects.toMatchObject({
    code: 'REGISTRY_UNAVAILABLE',
  });
  registry.isAway = false;
  expect(await read(values, value(7, '02'))).toBe('1');
});

describe('F23: an id that means another schema than before', () => {
  const CHANGED = /^TYPE_MISMATCH: Schema id 7 now refers to a different schema/;

  test('is noticed while the process runs, and its values are read again once it is what it was', async () => {
    const registry = new Registry({ 7: long() });
    let nowMs = 0;
    const values = new AvroValues(registry, () => nowMs);
    expect(await read(values, value(7, '02'))).toBe('1');
    registry.add(7, long('"string"'));
    nowMs += LATER_MS;
    expect(await read(values, value(7, '02'))).toMatch(CHANGED);
    registry.add(7, long('{"type":"long","doc":"the same, written down in another way"}'));
    nowMs += LATER_MS;
    expect(await read(values, value(7, '02'))).toBe('1');
  });

  test('is checked at intervals only, even during an outage, and the cached schema stays in use', async () => {
    const registry = new Registry({ 7: long(), 8: long() });
    let nowMs = 0;
    const values = new AvroValues(registry, () => nowMs);
    for (const id of [7, 8, 7, 8]) {
      expect(await read(values, value(id, '02'))).toBe('1');
    }
    registry.isAway = true;
    nowMs += LATER_MS;
    for (const id of [7, 8, 7, 8]) {
      expect(await read(values, value(id, '02'))).toBe('1');
    }
    expect(registry.requests).toEqual([7, 8, 7]);
  });

  test('does not include a deleted schema: the cached one stays in use', async () => {
    const registry = new Registry({ 7: long() });
    let nowMs = 0;
    const values = new AvroValues(registry, () => nowMs);
    expect(await read(values, value(7, '02'))).toBe('1');
    registry.remove(7);
    nowMs += LATER_MS;
    expect(await read(values, value(7, '02'))).toBe('1');
  });

  test.each([
    ['another schema', long('"int"')],
    ['a schema of another format', long('syntax = "proto3";', 'PROTOBUF')],
    ['none', undefined],
  ])('is detected by a later process with a stored memory: %s', async (_title, now) => {
    const events: [number, boolean][] = [];
    const memory = Object.assign(new ProcessMemory(10), {
      onCompared: (id: number, changed?: AppError) => events.push([id, changed !== undefined]),
    });
    const registry = new Registry({ 7: long() });
    expect(await read(new AvroValues(registry), value(7, '02'), memory)).toBe('1');
    registry.remove(7);
    if (now !== undefined) {
      registry.add(7, now);
    }
    expect(await read(new AvroValues(registry), value(7, '02'), memory)).toMatch(CHANGED);
    registry.add(7, long());
    expect(await read(new AvroValues(registry), value(7, '02'), memory)).toBe('1');
    expect(events).toEqual([
      [7, false],
      [7, true],
      [7, false],
    ]);
  });
});

test('row 129: a missing schema is fetched again, because it may be registered later', async () => {
  const registry = new Registry({});
  const values = new AvroValues(registry);
  expect(await read(values, value(9, '02'))).toMatch(/^TYPE_MISMATCH: .*no schema with id 9/);
  registry.add(9, long());
  expect(await read(values, value(9, '02'))).toBe('1');
});

test.each([
  ['another format', long('syntax = "proto3";', 'PROTOBUF'), /^TYPE_MISMATCH: .*format PROTOBUF/],
  ['a schema that is none', long('{"type":"nonsense"}'), /^TYPE_MISMATCH: Schema 7: /],
])(
  'row 129: values of %s cannot be read, and it is not asked again',
  async (_title, schema, says) => {
    const registry = new Registry({ 7: schema });
    const values = new AvroValues(registry);
    expect(await read(values, value(7, '02'))).toMatch(says);
    expect(await read(values, value(7, '02'))).toMatch(says);
    expect(registry.requests).toEqual([7]);
  },
);

test.each([
  ['no bytes', ''],
  ['four bytes', '00000007'],
  ['another first byte', '0100000007 02'],
  ['an id that no registry gives', '00ffffffff02'],
])('row 128: values of %s have no schema id, and no request is sent', async (_title, hex) => {
  const registry = new Registry({});
  expect(await read(new AvroValues(registry), Buffer.from(hex.replace(' ', ''), 'hex'))).toMatch(
    /^TYPE_MISMATCH: .*expected 00 and the four bytes/,
  );
  expect(registry.requests).toEqual([]);
});

test('values of Apicurio’s eight-byte ids are not read, and the error names the cause', async () => {
  const bytes = Buffer.from('000000000000000007 02'.replace(' ', ''), 'hex');
  expect(await read(new AvroValues(new Registry({ 7: long() })), bytes)).toMatch(
    /no schema with id 0\. Values with an id of eight bytes, as Apicurio/,
  );
});

test('values whose schema id is in a header are not read, even if they look like others', async () => {
  const bytes = value(7, '02');
  const reader = await new AvroValues(new Registry({ 7: long() })).readerOf([bytes], PLAIN);
  expect(() => reader.toJson(bytes, '__value_schema_id')).toThrow(
    /id of the value is in the record header __value_schema_id\. Such values are not read/,
  );
});

test('if the whole value is bytes, they follow the id without a length, as Confluent’s clients write them', async () => {
  const schema = long('"bytes"');
  const bytes = value(7, '0441');
  expect(await read(new AvroValues(new Registry({ 7: schema })), bytes)).toBe('"BEE="');
  expect((await writerBy('t', schema)).fromJson('"BEE="')).toEqual(bytes);
});

test('more schemas than are kept are read all the same', async () => {
  const schemas = Object.fromEntries(Array.from({ length: 1_500 }, (_, id) => [id, long()]));
  const batch = Object.keys(schemas).map((id) => value(Number(id), '02'));
  const values = new AvroValues(new Registry(schemas));
  const reader = await values.readerOf(batch, PLAIN);
  expect(batch.every((bytes) => reader.toJson(bytes).toString() === '1')).toBe(true);
});

test('without a registry, Avro values are unavailable and others are read', async () => {
  const readers = new ValueReaders({ schemaRegistry: undefined, schemaRegistryTimeoutMs: 100 });
  await expect(readers.readerOf({ valueType: 'AVRO' }, [value(7, '02')])).rejects.toThrow(
    /QUICK_KAFKA_SCHEMA_REGISTRY_URL/,
  );
  const reader = await readers.readerOf({ valueType: 'JSON' }, []);
  expect(reader.toJson(Buffer.from('1')).toString()).toBe('1');
});
