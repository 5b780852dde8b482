/**
 * What stands before a value that names its schema: a zero byte and the id, big-endian. The format is
 * Confluent's: https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/#wire-format
 */
export const SCHEMA_HEADER_BYTES = 5;

/** The same, of bytes that were written with the schema of this id. */
export function withSchemaId(id: number, bytes: Buffer): Buffer {
  const header = Buffer.alloc(SCHEMA_HEADER_BYTES);
  header.writeUInt32BE(id, 1);
  return Buffer.concat([header, bytes]);
}

const MAGIC = 0;
const ID_MAX = 2 ** 31 - 1;

/** Undefined where the bytes do not begin with such a header. */
export function schemaIdOf(bytes: Buffer): number | undefined {
  if (bytes.length < SCHEMA_HEADER_BYTES || bytes[0] !== MAGIC) {
    return undefined;
  }
  const id = bytes.readUInt32BE(1);
  return id > ID_MAX ? undefined : id;
}
