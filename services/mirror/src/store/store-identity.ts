import { isKeyType } from './key-encoding.ts';
import type { PartitionPosition, Placement, SchemaNote, StoreIdentity } from './ports.ts';

/**
 * Number of the layout of keys and values. A store with another number is built anew from its
 * topic; there are no migrations. A topic without arguments is laid out as it was before there were
 * any, so its stores stay what they are.
 */
const FORMAT = 2;
const MEMBERS = ['topic', 'keyType', 'valueType', 'writeType', 'arguments'] as const;

export function printIdentity(identity: StoreIdentity): Buffer {
  return Buffer.from(JSON.stringify({ format: FORMAT, ...identity }));
}

/**
 * Why a store with this record must not serve the topic. Undefined if it may serve it. The number of
 * partitions is no reason: the store records it, and Kafka reports how it has changed.
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
  const { partitions } = found;
  if (!Number.isInteger(partitions) || Number(partitions) < 1) {
    return 'its number of partitions is not known';
  }
  return isKeyType(found['keyType']) ? undefined : 'its key type is not known';
}

/** How many partitions the topic of a stored record has; `identityProblem` comes first. */
export function partitionsIn(stored: Buffer): number {
  return Number(members(stored)?.['partitions']);
}

export function printPartitionPosition(position: PartitionPosition): Buffer {
  const { generation, nextOffset, topicId, placement } = position;
  const stored = { generation, nextOffset: String(nextOffset), topicId };
  return Buffer.from(
    JSON.stringify(
      placement === undefined ? stored : { ...stored, placement: printPlacement(placement) },
    ),
  );
}

function printPlacement(placement: Placement): object {
  const { misplacedFrom, droppedTo } = placement;
  // As text: a time of Kafka is a 64-bit number.
  return {
    ...placement,
    ...(misplacedFrom === undefined ? {} : { misplacedFrom: String(misplacedFrom) }),
    ...(droppedTo === undefined ? {} : { droppedTo: String(droppedTo) }),
  };
}

/** Undefined if it is not what `printPlacement` gave. */
function parsePlacement(stored: unknown): Placement | undefined {
  const { partitions, misplaced, isMixed, keepsNotes, isRead, misplacedFrom, droppedTo } =
    stored as Readonly<Record<string, unknown>>;
  if (
    !Array.isArray(partitions) ||
    !partitions.every((count) => typeof count === 'number') ||
    typeof misplaced !== 'number' ||
    typeof isMixed !== 'boolean' ||
    typeof keepsNotes !== 'boolean' ||
    typeof isRead !== 'boolean' ||
    !isTime(misplacedFrom) ||
    !isTime(droppedTo)
  ) {
    return undefined;
  }
  return {
    partitions,
    misplaced,
    isMixed,
    keepsNotes,
    isRead,
    ...(misplacedFrom === undefined ? {} : { misplacedFrom: BigInt(misplacedFrom) }),
    ...(droppedTo === undefined ? {} : { droppedTo: BigInt(droppedTo) }),
  };
}

function isTime(value: unknown): value is string | undefined {
  return value === undefined || (typeof value === 'string' && /^-?\d{1,19}$/.test(value));
}

/** Undefined where the record is not one that `printPartitionPosition` wrote. */
export function parsePartitionPosition(stored: Buffer): PartitionPosition | undefined {
  const { generation, nextOffset, topicId, placement } = members(stored) ?? {};
  if (
    typeof generation !== 'number' ||
    typeof nextOffset !== 'string' ||
    !/^\d{1,19}$/.test(nextOffset) ||
    typeof topicId !== 'string'
  ) {
    return undefined;
  }
  const position = { generation, nextOffset: BigInt(nextOffset), topicId };
  if (typeof placement !== 'object' || placement === null) {
    return position;
  }
  const parsed = parsePlacement(placement);
  return parsed === undefined ? undefined : { ...position, placement: parsed };
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
