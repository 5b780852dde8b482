import { schemaUseOf, withSchemaId, type SchemaHeader } from '@quicksilver/codec/schema-header';

import type { SchemaTexts } from './schema-texts.ts';

const NOTHING = Buffer.alloc(0);

/**
 * The bytes with the id of their schema before them, also if a record header names the schema. The
 * bytes as they are if nothing names a schema that the registry has.
 */
export async function inWireFormat(
  bytes: Buffer | null,
  header: SchemaHeader | undefined,
  schemas: SchemaTexts,
): Promise<Buffer | null> {
  const use = bytes === null || header === undefined ? undefined : schemaUseOf(bytes, header);
  if (bytes === null || use === undefined) {
    return bytes;
  }
  const id = use.id ?? (await schemas.byGuid(use.guid ?? ''))?.id;
  return id === undefined || id === 0
    ? bytes
    : withSchemaId(id, Buffer.concat([use.indexes ?? NOTHING, bytes]));
}
