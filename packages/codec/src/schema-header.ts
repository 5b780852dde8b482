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
const ID_MAX = 2 ** 31 - 1;

/** Undefined if the bytes do not start with such a header. */
export function schemaIdOf(bytes: Buffer): number | undefined {
  if (bytes.length < SCHEMA_HEADER_BYTES || bytes[0] !== MAGIC) {
    return undefined;
  }
  const id = bytes.readUInt32BE(1);
  return id > ID_MAX ? undefined : id;
}
