import { describe, expect, test } from 'vitest';

import { AppError } from '@quicksilver/common/errors/app-error';
import type { SchemaFormat } from '../codec.ts';
import { SchemaValues } from './schema-values.ts';
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

  /** The schema of GUID 0…07 is that with id 7. */
  byGuid(guid: string): Promise<RegisteredSchema | undefined> {
    return this.byId(Number.parseInt(guid.slice(-2), 16));
  }

  add(id: number, schema: RegisteredSchema): void {
    this.#schemas.set(id, schema);
  }

  remove(id: number): void {
    this.#schemas.delete(id);
  }
}

const PLAIN = { format: 'AVRO', recordNames: false } as const;
/** The time after which an id is fetched again. */
const LATER_MS = 60_000;

async function read(values: SchemaValues, bytes: Buffer, memory?: SchemaMemory): Promise<string> {
  const reader = await values.readerOf([{ value: bytes }], { ...PLAIN, ...(memory && { memory }) });
  try {
    return reader.toJson(bytes).toString();
  } catch (error) {
    return error instanceof AppError ? `${error.code}: ${error.message}` : String(error);
  }
}

test('concurrent readers fetch a schema once, and use it while the registry is down', async () => {
  const registry = new Registry({ 7: long() });
  const values = new SchemaValues(registry);
  const both = [
    values.readerOf([{ value: value(7, '02') }], PLAIN),
    values.readerOf([{ value: value(7, '02') }], PLAIN),
  ];
  await Promise.all(both);
  registry.isAway = true;
  expect(await read(values, value(7, '02'))).toBe('1');
  expect(registry.requests).toEqual([7]);
});

test('F21: values of an unknown schema fail while the registry is down, and are read later', async () => {
  const registry = new Registry({ 7: long() });
  registry.isAway = true;
  const values = new SchemaValues(registry);
  await expect(values.readerOf([{ value: value(7, '02') }], PLAIN)).rejects.toMatchObject({
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
    const values = new SchemaValues(registry, () => nowMs);
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
    const values = new SchemaValues(registry, () => nowMs);
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
    const values = new SchemaValues(registry, () => nowMs);
    expect(await read(values, value(7, '02'))).toBe('1');
    registry.remove(7);
    nowMs += LATER_MS;
    expect(await read(values, value(7, '02'))).toBe('1');
  });

  test.each([
    ['another schema', long('"int"')],
    ['a schema of another format', long('syntax = "proto3"; message A {}', 'PROTOBUF')],
    ['none', undefined],
  ])('is detected by a later process with a stored memory: %s', async (_title, now) => {
    const events: [number, boolean][] = [];
    const memory = Object.assign(new ProcessMemory(10), {
      onCompared: (id: number, changed?: AppError) => events.push([id, changed !== undefined]),
    });
    const registry = new Registry({ 7: long() });
    expect(await read(new SchemaValues(registry), value(7, '02'), memory)).toBe('1');
    registry.remove(7);
    if (now !== undefined) {
      registry.add(7, now);
    }
    expect(await read(new SchemaValues(registry), value(7, '02'), memory)).toMatch(CHANGED);
    registry.add(7, long());
    expect(await read(new SchemaValues(registry), value(7, '02'), memory)).toBe('1');
    expect(events).toEqual([
      [7, false],
      [7, true],
      [7, false],
    ]);
  });
});

test('row 129: a missing schema is fetched again, because it may be registered later', async () => {
  const registry = new Registry({});
  const values = new SchemaValues(registry);
  expect(await read(values, value(9, '02'))).toMatch(/^TYPE_MISMATCH: .*no schema with id 9/);
  registry.add(9, long());
  expect(await read(values, value(9, '02'))).toBe('1');
});

test.each([
  [
    'another format',
    long('syntax = "proto3"; message A {}', 'PROTOBUF'),
    /^TYPE_MISMATCH: .*format PROTOBUF/,
  ],
  ['a schema that is none', long('{"type":"nonsense"}'), /^TYPE_MISMATCH: Schema 7: /],
])(
  'row 129: values of %s cannot be read, and it is not asked again',
  async (_title, schema, says) => {
    const registry = new Registry({ 7: schema });
    const values = new SchemaValues(registry);
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
  expect(await read(new SchemaValues(registry), Buffer.from(hex.replace(' ', ''), 'hex'))).toMatch(
    /^TYPE_MISMATCH: .*expected 00 and the four bytes/,
  );
  expect(registry.requests).toEqual([]);
});

test('values of Apicurio’s eight-byte ids are not read, and the error names the cause', async () => {
  const bytes = Buffer.from('000000000000000007 02'.replace(' ', ''), 'hex');
  expect(await read(new SchemaValues(new Registry({ 7: long() })), bytes)).toMatch(
    /no schema with id 0\. Values with an id of eight bytes, as Apicurio/,
  );
});

describe('a record header can name the schema, as Confluent’s newer serializers do', () => {
  const registry = new Registry({
    7: long(),
    8: { ...long('syntax = "proto3"; message A {} message B { int64 n = 1; }', 'PROTOBUF') },
  });
  const guid = (last: string): string => `01${'00'.repeat(15)}${last}`;
  const readWith = async (
    format: SchemaFormat,
    header: { name: string; hex: string | null },
    hex: string,
  ): Promise<string> => {
    const bytes = header.hex === null ? null : Buffer.from(header.hex, 'hex');
    const record = { value: Buffer.from(hex, 'hex'), schemaHeader: { name: header.name, bytes } };
    const reader = await new SchemaValues(registry).readerOf([record], { ...PLAIN, format });
    return reader.toJson(record.value, record.schemaHeader).toString();
  };
  const name = '__value_schema_id';

  test.each<[string, SchemaFormat, string, string, string]>([
    ['an id', 'AVRO', '0000000007', '02', '1'],
    ['a GUID', 'AVRO', guid('07'), '02', '1'],
    ['a GUID and the indexes of a message', 'PROTOBUF', `${guid('08')}0202`, '0807', '{"n":7}'],
    ['an id and the indexes of a message', 'PROTOBUF', '00000000080202', '0807', '{"n":7}'],
  ])('by %s (%s)', async (_how, format, header, hex, json) => {
    expect(await readWith(format, { name, hex: header }, hex)).toBe(json);
  });

  test.each<[string, string, string | null]>([
    ['of another client', 'apicurio.value.globalId', '0000000000000007'],
    ['without a value', name, null],
    ['that ends too early', name, '01000000'],
    ['of an unknown kind', name, '0200000007'],
  ])(
    'a header %s is named in the error, even if the value looks like others',
    async (_what, header, hex) => {
      await expect(readWith('AVRO', { name: header, hex }, '000000000702')).rejects.toThrow(
        `in the record header ${header}, in a form that is not read`,
      );
    },
  );

  test('an unknown GUID is missing, and an outage is not', async () => {
    const away = new Registry({});
    const record = {
      value: Buffer.from('02', 'hex'),
      schemaHeader: { name, bytes: Buffer.from(guid('07'), 'hex') },
    };
    const reader = await new SchemaValues(away).readerOf([record], PLAIN);
    expect(() => reader.toJson(record.value, record.schemaHeader)).toThrow(
      /no schema with GUID 00000000-0000-0000-0000-000000000007/,
    );
    away.isAway = true;
    await expect(new SchemaValues(away).readerOf([record], PLAIN)).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
    });
  });
});

test('if the whole value is bytes, they follow the id without a length, as Confluent’s clients write them', async () => {
  const schema = long('"bytes"');
  const bytes = value(7, '0441');
  expect(await read(new SchemaValues(new Registry({ 7: schema })), bytes)).toBe('"BEE="');
  const use = { topic: 't', side: 'value', format: 'AVRO' } as const;
  const writer = await writerBy(use, () => Promise.resolve(schema));
  expect(writer.fromJson('"BEE="')).toEqual(bytes);
});

test('more schemas than are kept are read all the same', async () => {
  const schemas = Object.fromEntries(Array.from({ length: 1_500 }, (_, id) => [id, long()]));
  const batch = Object.keys(schemas).map((id) => ({ value: value(Number(id), '02') }));
  const values = new SchemaValues(new Registry(schemas));
  const reader = await values.readerOf(batch, PLAIN);
  expect(batch.every((record) => reader.toJson(record.value).toString() === '1')).toBe(true);
});

test('without a registry, Avro values are unavailable and others are read', async () => {
  const readers = new ValueReaders({ schemaRegistry: undefined, schemaRegistryTimeoutMs: 100 });
  await expect(
    readers.readerOf({ valueType: 'AVRO' }, [{ value: value(7, '02') }]),
  ).rejects.toThrow(/QUICK_KAFKA_SCHEMA_REGISTRY_URL/);
  const reader = await readers.readerOf({ valueType: 'JSON' }, []);
  expect(reader.toJson(Buffer.from('1')).toString()).toBe('1');
});
