import avsc, { type Schema } from 'avsc';

import { AVRO_LONG } from './avro-long.ts';

/** A row of the table `inventory.customers`, as one change event of it has it. */
export interface CustomerRow {
  readonly id: number;
  readonly name: string;
  /** `numeric(9,2)`, in cents. */
  readonly credit: number;
  /** `timestamp`, in microseconds. */
  readonly since: number;
}

/**
 * One record of a stream, as Debezium's connector for PostgreSQL writes it:
 * https://debezium.io/documentation/reference/stable/connectors/postgresql.html#postgresql-events
 */
export type ChangeEvent =
  | { readonly op: 'c' | 'r'; readonly after: CustomerRow }
  | { readonly op: 'u'; readonly before: CustomerRow | null; readonly after: CustomerRow }
  | { readonly op: 'd'; readonly before: CustomerRow }
  | { readonly op: 'tombstone'; readonly id: number }
  | { readonly op: 't' }
  | { readonly op: 'schema change' };

export interface EncodedChange {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

export type ChangeEncoding = 'json' | 'json with schemas' | 'avro';
export const CHANGE_ENCODINGS = ['json', 'json with schemas', 'avro'] as const;

/** Ids of the schemas in the registry. */
export interface ChangeSchemaIds {
  readonly key: number;
  readonly value: number;
  readonly schemaChange: number;
}

const NAMESPACE = 'shop.inventory.customers';
const DECIMAL = 'org.apache.kafka.connect.data.Decimal';
const MICROS = 'io.debezium.time.MicroTimestamp';

/** As the AvroConverter registers them. */
export const AVRO_KEY_SCHEMA = {
  type: 'record',
  name: 'Key',
  namespace: NAMESPACE,
  fields: [{ name: 'id', type: 'int' }],
  'connect.name': `${NAMESPACE}.Key`,
} as const;

const AVRO_ROW_SCHEMA = {
  type: 'record',
  name: 'Value',
  namespace: NAMESPACE,
  fields: [
    { name: 'id', type: 'int' },
    { name: 'name', type: 'string' },
    {
      name: 'credit',
      type: {
        type: 'bytes',
        scale: 2,
        precision: 9,
        'connect.version': 1,
        'connect.parameters': { scale: '2', 'connect.decimal.precision': '9' },
        'connect.name': DECIMAL,
        logicalType: 'decimal',
      },
    },
    { name: 'since', type: { type: 'long', 'connect.version': 1, 'connect.name': MICROS } },
  ],
  'connect.name': `${NAMESPACE}.Value`,
} as const;

export const AVRO_ENVELOPE_SCHEMA = {
  type: 'record',
  name: 'Envelope',
  namespace: NAMESPACE,
  fields: [
    { name: 'before', type: ['null', AVRO_ROW_SCHEMA], default: null },
    { name: 'after', type: ['null', 'Value'], default: null },
    {
      name: 'source',
      type: {
        type: 'record',
        name: 'Source',
        namespace: 'io.debezium.connector.postgresql',
        fields: [
          { name: 'version', type: 'string' },
          { name: 'connector', type: 'string' },
          { name: 'ts_ms', type: 'long' },
          { name: 'snapshot', type: ['string', 'null'], default: 'false' },
          { name: 'table', type: 'string' },
          { name: 'lsn', type: ['null', 'long'], default: null },
        ],
      },
    },
    { name: 'op', type: 'string' },
    { name: 'ts_ms', type: ['null', 'long'], default: null },
  ],
  'connect.name': `${NAMESPACE}.Envelope`,
} as const;

export const AVRO_SCHEMA_CHANGE_SCHEMA = {
  type: 'record',
  name: 'SchemaChangeValue',
  namespace: 'io.debezium.connector.mysql',
  fields: [
    {
      name: 'source',
      type: {
        type: 'record',
        name: 'Source',
        fields: [
          { name: 'connector', type: 'string' },
          { name: 'ts_ms', type: 'long' },
        ],
      },
    },
    { name: 'ddl', type: ['null', 'string'], default: null },
    { name: 'tableChanges', type: { type: 'array', items: 'string' } },
  ],
} as const;

/** As the JsonConverter writes it with `schemas.enable`. */
const CONNECT_ROW_FIELDS = [
  { type: 'int32', optional: false, field: 'id' },
  { type: 'string', optional: false, field: 'name' },
  {
    type: 'bytes',
    optional: false,
    name: DECIMAL,
    version: 1,
    parameters: { scale: '2', 'connect.decimal.precision': '9' },
    field: 'credit',
  },
  { type: 'int64', optional: false, name: MICROS, version: 1, field: 'since' },
];
const rowField = (field: string) => ({
  type: 'struct',
  fields: CONNECT_ROW_FIELDS,
  optional: true,
  name: `${NAMESPACE}.Value`,
  field,
});
const CONNECT_ENVELOPE = {
  type: 'struct',
  fields: [
    rowField('before'),
    rowField('after'),
    {
      type: 'struct',
      fields: [
        { type: 'string', optional: false, field: 'version' },
        { type: 'string', optional: false, field: 'connector' },
        { type: 'int64', optional: false, field: 'ts_ms' },
      ],
      optional: false,
      name: 'io.debezium.connector.postgresql.Source',
      field: 'source',
    },
    { type: 'string', optional: false, field: 'op' },
    { type: 'int64', optional: true, field: 'ts_ms' },
  ],
  optional: false,
  name: `${NAMESPACE}.Envelope`,
};
const CONNECT_KEY = {
  type: 'struct',
  fields: [{ type: 'int32', optional: false, field: 'id' }],
  optional: false,
  name: `${NAMESPACE}.Key`,
};

// The registry of types is not used for `{"type": "long", …}`, whose values are numbers.
const LONGS = { wrapUnions: 'always', registry: { long: AVRO_LONG } } as const;
const avroKey = avsc.Type.forSchema(AVRO_KEY_SCHEMA as unknown as Schema, LONGS);
const avroSchemaChange = avsc.Type.forSchema(AVRO_SCHEMA_CHANGE_SCHEMA as unknown as Schema, LONGS);
const avroEnvelope = avsc.Type.forSchema(AVRO_ENVELOPE_SCHEMA as unknown as Schema, LONGS);

/** The bytes of an event. `ids` is needed for Avro. */
export function encodeChange(
  event: ChangeEvent,
  encoding: ChangeEncoding,
  ids: ChangeSchemaIds = { key: 1, value: 2, schemaChange: 3 },
): EncodedChange {
  const id = idOf(event);
  if (encoding === 'avro') {
    return {
      key: id === undefined ? null : named(ids.key, avroKey.toBuffer({ id })),
      value: avroValue(event, ids),
    };
  }
  const hasSchemas = encoding === 'json with schemas';
  const value = jsonValue(event);
  return {
    key: id === undefined ? null : json(hasSchemas ? connect(CONNECT_KEY, { id }) : { id }),
    value: value && json(hasSchemas ? connect(CONNECT_ENVELOPE, value) : value),
  };
}

/** The rows after these events, as JSON. */
export function rowsAfter(
  events: readonly ChangeEvent[],
  encoding: ChangeEncoding,
): ReadonlyMap<number, string> {
  const rows = new Map<number, string>();
  for (const event of events) {
    if (event.op === 't') {
      rows.clear();
    } else if (event.op === 'd' || event.op === 'tombstone') {
      rows.delete(idOf(event) ?? 0);
    } else if (event.op !== 'schema change') {
      rows.set(event.after.id, rowJson(event.after, encoding));
    }
  }
  return rows;
}

/** Without a schema nothing says that the base64 of a decimal is a number. */
function rowJson({ id, name, credit, since }: CustomerRow, encoding: ChangeEncoding): string {
  const digits = String(Math.abs(credit)).padStart(3, '0');
  const number = `${credit < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
  const text = encoding === 'json' ? JSON.stringify(decimal(credit).toString('base64')) : number;
  return `{"id":${id},"name":${JSON.stringify(name)},"credit":${text},"since":${since}}`;
}

function idOf(event: ChangeEvent): number | undefined {
  switch (event.op) {
    case 't':
    case 'schema change':
      return undefined;
    case 'tombstone':
      return event.id;
    case 'd':
      return event.before.id;
    default:
      return event.after.id;
  }
}

function jsonValue(event: ChangeEvent): object | null {
  if (event.op === 'tombstone') {
    return null;
  }
  const source = { version: '3.0.0.Final', connector: 'postgresql', ts_ms: 1_764_000_000_000 };
  if (event.op === 'schema change') {
    return {
      source,
      ts_ms: 1_764_000_000_001,
      databaseName: 'shop',
      ddl: 'ALTER …',
      tableChanges: [],
    };
  }
  const row = (of: CustomerRow | null) =>
    of && { ...of, credit: decimal(of.credit).toString('base64') };
  const rows = event.op === 't' ? {} : { before: row(beforeOf(event)), after: row(afterOf(event)) };
  return { ...rows, source, op: event.op, ts_ms: 1_764_000_000_001 };
}

function avroValue(event: ChangeEvent, ids: ChangeSchemaIds): Buffer | null {
  if (event.op === 'tombstone') {
    return null;
  }
  if (event.op === 'schema change') {
    const source = { connector: 'mysql', ts_ms: 1_764_000_000_000n };
    const change = { source, ddl: { string: 'ALTER …' }, tableChanges: [] };
    return named(ids.schemaChange, avroSchemaChange.toBuffer(change));
  }
  const row = (of: CustomerRow | null) =>
    of && {
      [`${NAMESPACE}.Value`]: { ...of, credit: decimal(of.credit) },
    };
  const bytes = avroEnvelope.toBuffer({
    before: event.op === 't' ? null : row(beforeOf(event)),
    after: event.op === 't' ? null : row(afterOf(event)),
    source: {
      version: '3.0.0.Final',
      connector: 'postgresql',
      ts_ms: 1_764_000_000_000n,
      snapshot: { string: event.op === 'r' ? 'true' : 'false' },
      table: 'customers',
      lsn: { long: 24_023_128n },
    },
    op: event.op,
    ts_ms: { long: 1_764_000_000_001n },
  });
  return named(ids.value, bytes);
}

type RowChange = Extract<ChangeEvent, { readonly op: 'c' | 'r' | 'u' | 'd' }>;

function beforeOf(event: RowChange): CustomerRow | null {
  return event.op === 'u' || event.op === 'd' ? event.before : null;
}

function afterOf(event: RowChange): CustomerRow | null {
  return event.op === 'd' ? null : event.after;
}

/** Big-endian two's complement, in as few bytes as Java takes. */
function decimal(unscaled: number): Buffer {
  let length = 1;
  while (BigInt.asIntN(length * 8, BigInt(unscaled)) !== BigInt(unscaled)) {
    length += 1;
  }
  const hex = BigInt.asUintN(length * 8, BigInt(unscaled)).toString(16);
  return Buffer.from(hex.padStart(length * 2, '0'), 'hex');
}

function connect(schema: object, payload: object): object {
  return { schema, payload };
}

function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** Confluent's wire format. */
function named(id: number, bytes: Buffer): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt32BE(id, 1);
  return Buffer.concat([header, bytes]);
}
