import { AppError } from '@quicksilver/common/errors/app-error';
import { CATALOG } from '@quicksilver/common/errors/catalog';
import { Backoff } from '@quicksilver/common/flow/backoff';
import { Deadline, pause } from '@quicksilver/common/flow/deadline';
import type { PlacesEntry } from '@quicksilver/contracts/mirror-api/key-answers';
import { lastOffsets } from '@quicksilver/contracts/mirror-api/last-offsets';

import { keyJsonOf, toFailure } from '../decode/place-record.ts';
import type { PlacedRecord, SubmitRecords, WriteDone, WriteOutcome } from '../produce/write.ts';
import { keyExists, mirrorSilent, repeatedKey, undecided } from './first-write-outcomes.ts';
import type { PlaceLookup } from './place-lookup.ts';
import type { WriteTarget } from './topic-guard.ts';

export interface FirstWriteGuardOptions {
  /** Sends records to Kafka. */
  readonly submit: SubmitRecords;
  readonly lookup: PlaceLookup;
  /** Milliseconds from arrival within which a request gets a response. */
  readonly deadlineMs: number;
  /** Maximum number of pending records. */
  readonly recordsMax: number;
  /**
   * Called for a record whose key already exists. `before` means detected before sending, `after`
   * means another record came first.
   */
  readonly onExists: (topic: string, moment: 'before' | 'after') => void;
}

/** A record without an outcome yet. */
interface Candidate {
  /** Its index in the request. */
  readonly index: number;
  readonly record: PlacedRecord;
  readonly keyJson: string;
}

interface Written extends Candidate {
  readonly offset: bigint;
}

/** A request in progress. */
interface Decision {
  readonly target: WriteTarget;
  readonly arrivedMs: number;
  readonly outcomes: (WriteOutcome | undefined)[];
}

/**
 * Share of the deadline for the mirror to check that the keys are new. The mirror of a topic that
 * was just created may still be starting.
 */
const CHECK_SHARE = 0.5;
const BACKOFF = { firstMs: 20, maxMs: 500 };
/** Minimum time for the last lookup in the mirror, however late Kafka responds. */
const CONFIRM_MS_MIN = 500;

/**
 * Accepts only the first write of each key in an immutable topic. The log decides: the first record
 * of the key wins, and the mirror finds it. So a write succeeds once the mirror has applied it and
 * returns it for the key. The lookup before sending only keeps records out of the log that would
 * lose anyway.
 */
export class FirstWriteGuard {
  readonly #options: FirstWriteGuardOptions;
  #records = 0;

  constructor(options: FirstWriteGuardOptions) {
    this.#options = options;
  }

  /**
   * Like `WriteQueue.submit`: throws OVERLOADED if it accepts nothing, else responds by the
   * deadline.
   */
  submit(
    target: WriteTarget,
    records: readonly PlacedRecord[],
    arrivedMs: number,
    done: WriteDone,
  ): void {
    const { recordsMax } = this.#options;
    if (this.#records > 0 && this.#records + records.length > recordsMax) {
      throw new AppError(
        'OVERLOADED',
        `Too many pending writes to immutable topics (${this.#records}, the limit). Retry later.`,
      );
    }
    this.#records += records.length;
    void this.#answer(target, records, arrivedMs, done);
  }

  async #answer(
    target: WriteTarget,
    records: readonly PlacedRecord[],
    arrivedMs: number,
    done: WriteDone,
  ): Promise<void> {
    const outcomes = await this.#decide(target, records, arrivedMs);
    this.#records -= records.length;
    done(outcomes);
  }

  /** Never rejects. Only a bug can throw here, and then the outcome is unknown. */
  async #decide(
    target: WriteTarget,
    records: readonly PlacedRecord[],
    arrivedMs: number,
  ): Promise<readonly WriteOutcome[]> {
    const outcomes = new Array<WriteOutcome | undefined>(records.length);
    const decision = { target, arrivedMs, outcomes };
    try {
      const once = firstOfEach(records, decision);
      const fresh = await this.#refuseExisting(once, decision);
      const written = await this.#write(fresh, decision);
      await this.#confirm(written, decision);
    } catch (error) {
      const failure = undecided(String(error));
      return records.map((_, index) => outcomes[index] ?? failure);
    }
    return records.map((_, index) => outcomes[index] ?? undecided('it has no outcome'));
  }

  /** The candidates whose keys have no record yet, according to the mirror. */
  async #refuseExisting(
    candidates: readonly Candidate[],
    { target, arrivedMs, outcomes }: Decision,
  ): Promise<readonly Candidate[]> {
    const { deadlineMs, onExists } = this.#options;
    const { entry } = target;
    const keys = candidates.map(({ keyJson }) => keyJson);
    const deadline = new Deadline(arrivedMs + deadlineMs * CHECK_SHARE);
    const entries = await this.#placesOf(target, keys, deadline);
    return candidates.filter(({ index, keyJson }, at) => {
      const places = entries[at] ?? [];
      if (places instanceof AppError) {
        outcomes[index] = mirrorSilent(entry.name, places);
        return false;
      }
      if (places.length > 0) {
        onExists(entry.name, 'before');
        outcomes[index] = keyExists(entry, keyJson);
      }
      return places.length === 0;
    });
  }

  /** Repeats a lookup that failed until the deadline, because nothing is written yet. */
  async #placesOf(
    target: WriteTarget,
    keys: readonly string[],
    deadline: Deadline,
  ): Promise<readonly PlacesEntry[]> {
    const backoff = new Backoff(BACKOFF);
    for (;;) {
      const entries = await this.#options.lookup.places(target, keys, { deadline });
      const pauseMs = backoff.next();
      const isWorthIt = entries.some(
        (entry) => entry instanceof AppError && isWorthRetrying(entry),
      );
      if (!isWorthIt || !deadline.allows(pauseMs)) {
        return entries;
      }
      await pause(pauseMs, NEVER);
    }
  }

  async #write(
    candidates: readonly Candidate[],
    { target, arrivedMs, outcomes }: Decision,
  ): Promise<readonly Written[]> {
    if (candidates.length === 0) {
      return [];
    }
    const records = candidates.map(({ record }) => record);
    const produced = await new Promise<readonly WriteOutcome[]>((resolve) => {
      try {
        this.#options.submit(target.entry.name, records, arrivedMs, resolve);
      } catch (error) {
        const refused = toFailure(error);
        resolve(records.map(() => refused));
      }
    });
    return candidates.flatMap((candidate, at) => {
      const outcome = produced[at];
      if (outcome?.ok === true) {
        return [{ ...candidate, offset: outcome.offset }];
      }
      outcomes[candidate.index] = outcome;
      return [];
    });
  }

  /** Reads the keys from the mirror until it has applied the written records. */
  async #confirm(
    written: readonly Written[],
    { target, arrivedMs, outcomes }: Decision,
  ): Promise<void> {
    const { lookup, deadlineMs, onExists } = this.#options;
    const { entry } = target;
    const deadline = new Deadline(
      Math.max(arrivedMs + deadlineMs, performance.now() + CONFIRM_MS_MIN),
    );
    const backoff = new Backoff(BACKOFF);
    let open = written;
    while (open.length > 0) {
      const keys = open.map(({ keyJson }) => keyJson);
      const positions = lastOffsets(
        open.map(({ record: { partition }, offset }) => ({ partition, offset })),
      );
      const entries = await lookup.places(target, keys, { deadline, positions });
      const pauseMs = backoff.next();
      const again: Written[] = [];
      for (const [at, candidate] of open.entries()) {
        const { index, offset, keyJson, record } = candidate;
        const { partition } = record;
        const places = entries[at] ?? [];
        const error = places instanceof AppError ? places : undefined;
        const first = places instanceof AppError ? undefined : places[0];
        if (first?.partition === partition && first.offset === offset) {
          outcomes[index] = { ok: true, partition, offset };
        } else if (first !== undefined) {
          onExists(entry.name, 'after');
          outcomes[index] = keyExists(entry, keyJson);
        } else if (isWorthRetrying(error) && deadline.allows(pauseMs)) {
          again.push(candidate);
        } else {
          outcomes[index] = undecided(error?.message ?? 'its mirror has no record of the key');
        }
      }
      open = again;
      if (open.length > 0) {
        await pause(pauseMs, NEVER);
      }
    }
  }
}

const NEVER = new AbortController().signal;

/** If a request repeats a key, only its first record is a candidate. */
function firstOfEach(
  records: readonly PlacedRecord[],
  { target, outcomes }: Decision,
): readonly Candidate[] {
  const seen = new Set<string>();
  return records.flatMap((record, index) => {
    const keyJson = keyJsonOf(target.entry, record);
    if (seen.has(keyJson)) {
      outcomes[index] = repeatedKey(target.entry, keyJson);
      return [];
    }
    seen.add(keyJson);
    return [{ index, record, keyJson }];
  });
}

/**
 * Whether another lookup may succeed. Without an error, the mirror has applied the record but has
 * no record of the key. A retry would not change that.
 */
function isWorthRetrying(error: AppError | undefined): error is AppError {
  return error !== undefined && CATALOG[error.code].retry !== 'never';
}
