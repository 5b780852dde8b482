import { AppError } from '@quicksilver/common/errors/app-error';
import { CATALOG } from '@quicksilver/common/errors/catalog';
import { Backoff } from '@quicksilver/common/flow/backoff';
import { pause } from '@quicksilver/common/flow/deadline';

import { keyJsonOf, toFailure } from '../decode/place-record.ts';
import type { PlacedRecord, SubmitRecords, WriteDone, WriteOutcome } from '../produce/write.ts';
import { keyExists, mirrorSilent, repeatedKey, undecided } from './first-write-outcomes.ts';
import type { PlaceLookup } from './place-lookup.ts';
import type { WriteTarget } from './topic-guard.ts';

export interface FirstWriteGuardOptions {
  /** Sends records on their way to Kafka. */
  readonly submit: SubmitRecords;
  readonly lookup: PlaceLookup;
  /** Milliseconds from its arrival within which a request is answered. */
  readonly deadlineMs: number;
  /** Records that may be decided about at a time. */
  readonly recordsMax: number;
  /** Hears of records whose key was there `before` they were sent, or came first only `after`. */
  readonly onExists: (topic: string, found: 'before' | 'after') => void;
}

/** A record without an outcome so far. */
interface Candidate {
  /** Its place in the request. */
  readonly index: number;
  readonly record: PlacedRecord;
  readonly keyJson: string;
}

interface Written extends Candidate {
  readonly offset: bigint;
}

/** A request while it is decided about. */
interface Decision {
  readonly target: WriteTarget;
  readonly arrivedMs: number;
  readonly outcomes: (WriteOutcome | undefined)[];
}

/** The part of a request's time in which the mirror must have said that its keys are new. */
const CHECK_SHARE = 0.25;
/** What is left for a last question to the mirror, however late Kafka was. */
const CONFIRM_MS_MIN = 500;

/**
 * Lets one write of each key pass in immutable topics. The log decides which one: it is the first
 * record of the key, and the mirror's fold finds it. So a write is done when the mirror has applied
 * it and answers with it; a look before it is sent only spares the log what is too late anyway.
 */
export class FirstWriteGuard {
  readonly #options: FirstWriteGuardOptions;
  #records = 0;

  constructor(options: FirstWriteGuardOptions) {
    this.#options = options;
  }

  /** As `WriteQueue.submit`: throws OVERLOADED where it takes nothing, else answers by the deadline. */
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
        `${this.#records} records of immutable topics are decided about already, which is all that may be. Try again.`,
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

  /** Never rejects: only bugs are thrown on the way, and then nobody knows. */
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

  /** The candidates whose keys have no record yet, as far as the mirror knows. */
  async #refuseExisting(
    candidates: readonly Candidate[],
    { target, arrivedMs, outcomes }: Decision,
  ): Promise<readonly Candidate[]> {
    const { lookup, deadlineMs, onExists } = this.#options;
    const { entry } = target;
    const keys = candidates.map(({ keyJson }) => keyJson);
    const deadlineAtMs = arrivedMs + deadlineMs * CHECK_SHARE;
    const found = await lookup.places(target, keys, { deadlineAtMs });
    return candidates.filter(({ index, keyJson }, at) => {
      const places = found[at] ?? [];
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

  /** Asks the mirror, until it has applied what was written, which record each key is answered with. */
  async #confirm(
    written: readonly Written[],
    { target, arrivedMs, outcomes }: Decision,
  ): Promise<void> {
    const { lookup, deadlineMs, onExists } = this.#options;
    const { entry } = target;
    const endMs = Math.max(arrivedMs + deadlineMs, performance.now() + CONFIRM_MS_MIN);
    const backoff = new Backoff({ firstMs: 20, maxMs: 500 });
    let open = written;
    while (open.length > 0) {
      const keys = open.map(({ keyJson }) => keyJson);
      const positions = positionsOf(open);
      const found = await lookup.places(target, keys, { deadlineAtMs: endMs, positions });
      const pauseMs = backoff.next();
      const again: Written[] = [];
      for (const [at, candidate] of open.entries()) {
        const { index, offset, keyJson, record } = candidate;
        const { partition } = record;
        const places = found[at] ?? [];
        const error = places instanceof AppError ? places : undefined;
        const first = places instanceof AppError ? undefined : places[0];
        if (first?.partition === partition && first.offset === offset) {
          outcomes[index] = { ok: true, partition, offset };
        } else if (first !== undefined) {
          onExists(entry.name, 'after');
          outcomes[index] = keyExists(entry, keyJson);
        } else if (isWorthAsking(error) && performance.now() + pauseMs < endMs) {
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

/** Of several records with one key in a request, the first is a candidate and the others are late. */
function firstOfEach(
  records: readonly PlacedRecord[],
  { target, outcomes }: Decision,
): readonly Candidate[] {
  const seen = new Set<string>();
  return records.flatMap((record, index) => {
    const keyJson = keyJsonOf(target.entry, record.key);
    if (seen.has(keyJson)) {
      outcomes[index] = repeatedKey(target.entry, keyJson);
      return [];
    }
    seen.add(keyJson);
    return [{ index, record, keyJson }];
  });
}

/** A key without a record that was applied is no error of the moment. */
function isWorthAsking(error: AppError | undefined): error is AppError {
  return error !== undefined && CATALOG[error.code].retry !== 'never';
}

function positionsOf(written: readonly Written[]): Map<number, bigint> {
  const positions = new Map<number, bigint>();
  for (const { record, offset } of written) {
    if (offset > (positions.get(record.partition) ?? -1n)) {
      positions.set(record.partition, offset);
    }
  }
  return positions;
}
