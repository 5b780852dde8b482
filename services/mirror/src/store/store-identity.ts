import { isKeyType } from './key-encoding.ts';
import type { PartitionPosition, SchemaNote, StoreIdentity } from './ports.ts';

/**
 * Number of the layout of keys and values. A store with another number is built anew from its
 * topic; there are no migrations. A topic without arguments is laid out as it was before there were
 * any, so its stores stay what they are.
 */
const FORMAT = 1;
const MEMBERS = ['topic', 'partitions', 'keyType', 'valueType', 'writeType', 'arguments'] as const;

export function printIdentity(identity: StoreIdentity): Buffer {
  return Buffer.from(JSON.stringify({ format: FORMAT, ...identity }));
}

/** Why a store that holds this record must not serve the wanted topic; undefined where it may. */
export function identityProblem(stored: Buffer, wanted: StoreIdentity): string | undefined {
  const found = members(stored);
  if (found?.['format'] !== FORMAT) {
    return `it has format ${String(found?.['format'])}, this version reads format ${FORMAT}`;
  }
  for (const name of MEMBERS) {
    if (found[name] !== wanted[name]) {
      return `its ${name} is ${String(found[name])}, expected ${String(wanted[name])}`;
    }
  }
  return isKeyType(found['keyType']) ? undefined : 'its key type is not known';
}

export function printPartitionPosition(position: PartitionPosition): Buffer {
  const { generation, nextOffset, topicId } = position;
  return Buffer.from(JSON.stringify({ generation, nextOffset: String(nextOffset), topicId }));
}

/** Undefined where the record is not one that `printPartitionPosition` wrote. */
export function parsePartitionPosition(stored: Buffer): PartitionPosition | undefined {
  const { generation, nextOffset, topicId } = members(stored) ?? {};
  if (
    typeof generation !== 'number' ||
    typeof nextOffset !== 'string' ||
    !/^\d{1,19}$/.test(nextOffset) ||
    typeof topicId !== 'string'
  ) {
    return undefined;
  }
  return { generation, nextOffset: BigInt(nextOffset), topicId };
}

export function printSchemaNote({ topicId, fingerprint }: SchemaNote): Buffer {
  return Buffer.from(JSON.stringify({ topicId, fingerprint }));
}

/** Undefined where the record is not one that `printSchemaNote` wrote. */
export function parseSchemaNote(stored: Buffer): SchemaNote | undefined {
  const { topicId, fingerprint } = members(stored) ?? {};
  return typeof topicId === 'string' && typeof fingerprint === 'string'
    ? { topicId, fingerprint }
    : undefined;
}

function members(stored: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(stored.toString('utf8'));
    return typeof parsed === 'object' && parsed !== null
      ? (parsed as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}
