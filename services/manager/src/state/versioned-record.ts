import { z } from 'zod';

/**
 * One record of the resources topic: a change of an entity from `base` to `version`. The key of the
 * record is the entity and the writer, so that compaction keeps the last record of every writer.
 */
const versionedRecord = z.object({
  /** Unique to this record. A writer uses it to find its own record in the log. */
  id: z.string(),
  entity: z.string(),
  base: z.int().min(0),
  version: z.int().min(1),
  /** Null deletes the entity. Such a record stays forever, because versions never start again. */
  body: z.unknown(),
});

export type VersionedRecord = Readonly<z.infer<typeof versionedRecord>>;

export function recordKey(entity: string, writer: string): string {
  return `${entity}/${writer}`;
}

export function printRecord(record: VersionedRecord): Buffer {
  return Buffer.from(JSON.stringify(record));
}

/** Undefined if the bytes are not a record in a known format. */
export function parseRecord(value: Buffer): VersionedRecord | undefined {
  try {
    const record = versionedRecord.safeParse(JSON.parse(value.toString('utf8'))).data;
    return record !== undefined && record.version > record.base ? record : undefined;
  } catch {
    return undefined;
  }
}
