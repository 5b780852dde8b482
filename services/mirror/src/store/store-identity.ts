import { isKeyType } from './key-encoding.ts';
import type {
  PartitionPosition,
  Placement,
  PoisonRecord,
  PoisonRecords,
  SchemaNote,
  StoreIdentity,
} from './ports.ts';

/**
 * Number of the layout of keys and values. A store with another number is rebuilt from its topic,
 * because there are no migrations. The layout of a topic without arguments has not changed since
 * arguments exist, so its stores remain valid.
 */
const FORMAT = 2;
const MEMBERS = ['topic', 'keyType', 'valueType', 'writeType', 'arguments'] as const;

export function printIdentity(identity: StoreIdentity): Buffer {
  return Buffer.from(JSON.stringify({ format: FORMAT, ...identity }));
}

/**
 * Why a store with this record must not serve the topic. Undefined if it may serve it. The number
 * of partitions is no reason, because the store records it and Kafka reports its changes.
 */
export function identityProblem(stored: Buffer, identity: StoreIdentity): string | undefined {
  const fields = members(stored);
  if (fields?.['format'] !== FORMAT) {
    return `it has format ${String(fields?.['format'])}, but this version reads format ${FORMAT}`;
  }
  for (const name of MEMBERS) {
    if (fields[name] !== identity[name]) {
      return `its ${name} is ${String(fields[name])}, expected ${String(identity[name])}`;
    }
  }
  const { partitions } = fields;
  if (!Number.isInteger(partitions) || Number(partitions) < 1) {
    return 'its number of partitions is invalid';
  }
  return isKeyType(fields['keyType']) ? undefined : 'its key type is unknown';
}

/** The topic's number of partitions in a stored record. Call `identityProblem` first. */
export function partitionsIn(stored: Buffer): number {
  return Number(members(stored)?.['partitions']);
}

export function printPartitionPosition(position: PartitionPosition): Buffer {
  const { generation, nextOffset, topicId, placement, poison } = position;
  return Buffer.from(
    JSON.stringify({
      generation,
      nextOffset: String(nextOffset),
      topicId,
      ...(placement === undefined ? {} : { placement: printPlacement(placement) }),
      ...(poison === undefined ? {} : { poisonRecords: poison.count }),
      ...(poison?.from === undefined ? {} : { poisonFrom: String(poison.from) }),
      ...(poison?.hasChangedSchemas === true ? { poisonChanged: true } : {}),
    }),
  );
}

function printPlacement(placement: Placement): object {
  const { misplacedFrom, droppedTo } = placement;
  // As text, because a timestamp of Kafka is a 64-bit number.
  return {
    ...placement,
    ...(misplacedFrom === undefined ? {} : { misplacedFrom: String(misplacedFrom) }),
    ...(droppedTo === undefined ? {} : { droppedTo: String(droppedTo) }),
  };
}

/** Undefined if it is not the result of `printPlacement`. */
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

/**
 * Undefined if it is not the result of `printPartitionPosition`. The list of poison records is
 * empty, because it is stored elsewhere.
 */
export function parsePartitionPosition(stored: Buffer): PartitionPosition | undefined {
  const fields = members(stored) ?? {};
  const { generation, nextOffset, topicId, placement, poisonRecords } = fields;
  if (
    typeof generation !== 'number' ||
    typeof nextOffset !== 'string' ||
    !/^\d{1,19}$/.test(nextOffset) ||
    typeof topicId !== 'string'
  ) {
    return undefined;
  }
  const position = {
    generation,
    nextOffset: BigInt(nextOffset),
    topicId,
    ...(typeof poisonRecords === 'number'
      ? { poison: { count: poisonRecords, list: [], ...poisonFactsIn(fields) } }
      : {}),
  };
  if (typeof placement !== 'object' || placement === null) {
    return position;
  }
  const parsed = parsePlacement(placement);
  return parsed === undefined ? undefined : { ...position, placement: parsed };
}

function poisonFactsIn({
  poisonFrom,
  poisonChanged,
}: Readonly<Record<string, unknown>>): Omit<PoisonRecords, 'count' | 'list'> {
  return {
    ...(typeof poisonFrom === 'string' && isTime(poisonFrom) ? { from: BigInt(poisonFrom) } : {}),
    ...(poisonChanged === true ? { hasChangedSchemas: true } : {}),
  };
}

export function printPoisonRecord(record: PoisonRecord): Buffer {
  const { offset, timestamp, reason, detail, key, value, isNewest, isInRange, keyDigest } = record;
  return Buffer.from(
    JSON.stringify({
      offset: String(offset),
      timestamp: String(timestamp),
      reason,
      detail,
      key: key && key.toString('base64'),
      value: value && value.toString('base64'),
      isNewest,
      isInRange,
      keyDigest,
    }),
  );
}

/** Undefined if it is not the result of `printPoisonRecord`. */
export function parsePoisonRecord(index: number, stored: Buffer): PoisonRecord | undefined {
  const { offset, timestamp, reason, detail, key, value, isNewest, isInRange, keyDigest } =
    members(stored) ?? {};
  return typeof offset === 'string' &&
    typeof timestamp === 'string' &&
    isTime(offset) &&
    isTime(timestamp) &&
    typeof reason === 'string' &&
    typeof detail === 'string' &&
    isText(key) &&
    isText(value)
    ? {
        index,
        offset: BigInt(offset),
        timestamp: BigInt(timestamp),
        reason,
        detail,
        key: key === null ? null : Buffer.from(key, 'base64'),
        value: value === null ? null : Buffer.from(value, 'base64'),
        isNewest: isNewest === true,
        // An earlier version did not store it.
        isInRange: (isInRange ?? isNewest) === true,
        ...(typeof keyDigest === 'string' ? { keyDigest } : {}),
      }
    : undefined;
}

function isText(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

export function printSchemaNote({ topicId, fingerprint }: SchemaNote): Buffer {
  return Buffer.from(JSON.stringify({ topicId, fingerprint }));
}

/** Undefined if it is not the result of `printSchemaNote`. */
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
