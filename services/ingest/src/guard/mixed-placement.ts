import { AppError } from '@quicksilver/common/errors/app-error';
import type { KeyPlace, PlacesEntry } from '@quicksilver/contracts/mirror-api/key-answers';

import type { PlacedRecord, WriteFailure, WriteOutcome } from '../produce/write.ts';

/** Decides which records result from a write to a mixed topic. */
export class MixedPlacement {
  /** Milliseconds since the epoch. */
  readonly #clock: () => number;
  /** Time of the last removal from several partitions. A later value of the key must be newer. */
  #lastRemovalMs = 0;

  constructor(clock: () => number = () => Date.now()) {
    this.#clock = clock;
  }

  /**
   * A value goes to the partition with the current record of its key. A removal goes to every
   * partition with a value of the key, the current one first. A new key goes to its home partition.
   * If the mirror cannot locate the key, a value also goes there: its timestamp makes it the
   * current one. A removal is rejected then, since the key would remain in another partition.
   */
  place(
    record: PlacedRecord,
    places: PlacesEntry,
    topic: string,
  ): readonly PlacedRecord[] | WriteFailure {
    if (places instanceof AppError) {
      return record.value === null ? removalRefused(places, topic) : [record];
    }
    const [current, ...rest] = places;
    if (current === undefined) {
      return [record];
    }
    const { partition } = current;
    if (record.value === null) {
      const live = places.filter(({ isRemoval }) => !isRemoval);
      return live.length > 1
        ? this.#removals(record, live)
        : [{ ...record, partition: (live[0] ?? current).partition }];
    }
    return rest.length === 0
      ? [{ ...record, partition }]
      : [{ ...record, partition, timestamp: this.#newerThan(rest) }];
  }

  #removals(record: PlacedRecord, places: readonly KeyPlace[]): readonly PlacedRecord[] {
    this.#lastRemovalMs = Math.max(this.#lastRemovalMs, this.#clock());
    const timestamp = BigInt(this.#lastRemovalMs);
    return places.map(({ partition }) => ({ ...record, partition, timestamp }));
  }

  /**
   * Timestamps decide between partitions, so each record needs a later one than the record before.
   */
  #newerThan(places: readonly KeyPlace[]): bigint {
    const times = places.map(({ timestamp = 0 }) => timestamp + 1);
    return BigInt(Math.max(this.#clock(), this.#lastRemovalMs + 1, ...times));
  }
}

/** Combines the outcomes of the records of one write. */
export function mergeOutcomes(outcomes: readonly WriteOutcome[]): WriteOutcome {
  const [first, ...rest] = outcomes;
  if (first === undefined) {
    throw new Error('a submitted record has no outcome');
  }
  const failures = outcomes.filter((outcome): outcome is WriteFailure => !outcome.ok);
  const worst = failures.find(({ outcome }) => outcome === 'unknown') ?? failures[0];
  if (worst !== undefined) {
    return failures.length === outcomes.length ? worst : partly(worst);
  }
  return rest.length === 0 || !first.ok
    ? first
    : { ...first, also: rest.flatMap((outcome) => (outcome.ok ? [outcome] : [])) };
}

function removalRefused(error: AppError, topic: string): WriteFailure {
  return {
    ok: false,
    outcome: 'not_written',
    code: error.code,
    detail: `Keys of topic ${topic} can be in several partitions, and its mirror could not locate this key for the removal: ${error.message}`,
  };
}

function partly(failure: WriteFailure): WriteFailure {
  return {
    ...failure,
    outcome: 'unknown',
    code: 'WRITE_UNKNOWN',
    detail: `The key is in several partitions and was not removed from all of them: ${failure.detail} Retry the removal.`,
  };
}
