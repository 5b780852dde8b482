import { isKeyType } from './key-encoding.ts';
import type { PartitionCounts, PartitionPosition, SchemaNote, StoreIdentity } from './ports.ts';

/**
 * Number of the layout of keys and values. A store with another number is built anew from its
 * topic; there are no migrations. A topic without arguments is laid out as it was before there were
 * any, so its stores stay what they are.
 */
const FORMAT = 1;
const MEMBERS = ['topic', 'keyType', 'valueType', 'writeType', 'arguments'] as const;

export function printIdentity(identity: StoreIdentity): Buffer {
  return Buffer.from(JSON.stringify({ format: FORMAT, ...identity }));
}

/**
 * Why a store that holds this record must not serve the wanted topic; undefined where it may. The
 * number of partitions is no reason: what is stored says it, and Kafka says how it has changed.
 */
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
  if (!isCount(found['partitions']) || ![found['grownFrom'] ?? []].flat().every(isCount)) {
    return 'its number of partitions is not known';
  }
  return isKeyType(found['keyType']) ? undefined : 'its key type is not known';
}

/** How many partitions the topic of a stored record has, and had before; `identityProblem` comes first. */
export function partitionCounts(stored: Buffer): PartitionCounts {
  const { partitions, grownFrom = [] } = members(stored) ?? {};
  return { partitions: Number(partitions), grownFrom: grownFrom as readonly number[] };
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

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) > 0;
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
