import { z } from 'zod';

/**
 * One record of the resources topic: somebody wants an entity to go from `base` to `version`. The
 * record's key is the entity and the writer, so that compaction keeps the last word of every writer.
 */
const versionedRecord = z.object({
  /** Of this record alone: by it a writer finds its own in the log. */
  id: z.string(),
  entity: z.string(),
  base: z.int().min(0),
  version: z.int().min(1),
  /** Null: the entity is gone. Such a record stays for ever, for versions never begin anew. */
  body: z.unknown(),
});

export type VersionedRecord = Readonly<z.infer<typeof versionedRecord>>;

export function recordKey(entity: string, writer: string): string {
  return `${entity}/${writer}`;
}

export function printRecord(record: VersionedRecord): Buffer {
  return Buffer.from(JSON.stringify(record));
}

/** Undefined where the bytes are not a record of a form known here. */
export function parseRecord(value: Buffer): VersionedRecord | undefined {
  try {
    const record = versionedRecord.safeParse(JSON.parse(value.toString('utf8'))).data;
    return record !== undefined && record.version > record.base ? record : undefined;
  } catch {
    return undefined;
  }
}
