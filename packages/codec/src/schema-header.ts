/**
 * The header of a value with a schema id: a zero byte and the id, big-endian. The format is
 * Confluent's:
 * https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/#wire-format
 */
export const SCHEMA_HEADER_BYTES = 5;

/** Adds the header to bytes that were written with this schema. */
export function withSchemaId(id: number, bytes: Buffer): Buffer {
  const header = Buffer.alloc(SCHEMA_HEADER_BYTES);
  header.writeUInt32BE(id, 1);
  return Buffer.concat([header, bytes]);
}

const MAGIC = 0;
const GUID_MAGIC = 1;
const GUID_BYTES = 16;
const ID_MAX = 2 ** 31 - 1;
const GUID_PARTS = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/;

/** A header of a record that names the schema of its key or its value. */
export interface SchemaHeader {
  readonly name: string;
  readonly bytes: Buffer | null;
}

/** Headers of Confluent's serializers, which may have the id instead of the key or the value. */
export const KEY_HEADER = '__key_schema_id';
export const VALUE_HEADER = '__value_schema_id';

/** The schema of a key or a value. */
export interface SchemaUse {
  /** Undefined if a GUID names the schema. */
  readonly id: number | undefined;
  readonly guid: string | undefined;
  /** Where the data begins. */
  readonly at: number;
  /** What follows the id in the header: the message indexes of Protobuf. */
  readonly indexes: Buffer | undefined;
}

/** Undefined if the bytes do not start with a schema id. */
export function schemaIdOf(bytes: Buffer): number | undefined {
  if (bytes.length < SCHEMA_HEADER_BYTES || bytes[0] !== MAGIC) {
    return undefined;
  }
  const id = bytes.readUInt32BE(1);
  return id > ID_MAX ? undefined : id;
}

/**
 * The schema that the record header names, or else the start of the bytes. Undefined if neither
 * does, or if the header has another form.
 */
export function schemaUseOf(bytes: Buffer, header?: SchemaHeader): SchemaUse | undefined {
  if (header === undefined) {
    const id = schemaIdOf(bytes);
    return id === undefined
      ? undefined
      : { id, guid: undefined, at: SCHEMA_HEADER_BYTES, indexes: undefined };
  }
  const named = header.name === KEY_HEADER || header.name === VALUE_HEADER ? header.bytes : null;
  if (named === null) {
    return undefined;
  }
  const id = schemaIdOf(named);
  if (id !== undefined) {
    return { id, guid: undefined, at: 0, indexes: named.subarray(SCHEMA_HEADER_BYTES) };
  }
  if (named[0] !== GUID_MAGIC || named.length <= GUID_BYTES) {
    return undefined;
  }
  const guid = named.toString('hex', 1, 1 + GUID_BYTES).replace(GUID_PARTS, '$1-$2-$3-$4-$5');
  return { id: undefined, guid, at: 0, indexes: named.subarray(1 + GUID_BYTES) };
}
