import { z } from 'zod';

import type { AppError } from '@quicksilver/common/errors/app-error';
import type { MirroredTopic } from './key-slots.ts';
import { parseUnreadable } from './batch-query.ts';
import { badAnswer, unreadableError } from './mirror-error.ts';

/**
 * The value's JSON, undefined if the key does not exist, or an error if the key could not be read.
 */
export type BatchEntry = string | undefined | AppError;

/** An element of the response to a batch. */
export function readElement(topic: string, element: string): BatchEntry {
  const record = parseUnreadable(element);
  if (record !== undefined) {
    return unreadableError(topic, record);
  }
  return element === 'null' ? undefined : element;
}

/** The offset of the current record of a key, undefined if there is none, or an error. */
export type OffsetEntry = bigint | undefined | AppError;

/** The position of a key in the topic. */
export interface KeyPlace {
  readonly partition: number;
  readonly offset: bigint;
  /** Milliseconds since the epoch; undefined if the record has none. */
  readonly timestamp: number | undefined;
  /** Whether the record is a tombstone. */
  readonly isRemoval: boolean;
}

/**
 * All partitions that have the key, the current one first, or an error if the key could not be
 * read.
 */
export type PlacesEntry = readonly KeyPlace[] | AppError;

export function readOffset(topic: MirroredTopic, entry: BatchEntry): OffsetEntry {
  if (typeof entry !== 'string') {
    return entry;
  }
  return /^\d{1,19}$/.test(entry)
    ? BigInt(entry)
    : badAnswer(topic.name, 'the response is not the offset of a record.');
}

const placesForm = z.array(
  z.object({
    partition: z.int().min(0),
    offset: z.string().regex(/^\d{1,19}$/),
    timestamp: z.int().nullable(),
    removed: z.boolean().default(false),
  }),
);

export function readPlaces(topic: MirroredTopic, entry: BatchEntry): PlacesEntry {
  if (typeof entry !== 'string') {
    return entry ?? [];
  }
  const read = placesForm.safeParse(jsonOf(entry));
  return read.success
    ? read.data.map(({ partition, offset, timestamp, removed }) => ({
        partition,
        offset: BigInt(offset),
        timestamp: timestamp ?? undefined,
        isRemoval: removed,
      }))
    : badAnswer(topic.name, 'the response is not a list of the places of a key.');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
