import { setImmediate as turn } from 'node:timers/promises';

import { AppError } from '@quicksilver/common/errors/app-error';
import { CATALOG } from '@quicksilver/common/errors/catalog';
import { Backoff } from '@quicksilver/common/flow/backoff';
import { Deadline, pause } from '@quicksilver/common/flow/deadline';
import type { PlacesEntry } from '@quicksilver/contracts/mirror-api/key-answers';

import { keyJsonOf, toFailure } from '../decode/place-record.ts';
import type {
  PlacedRecord,
  SubmitRecords,
  WriteDone,
  WriteFailure,
  WriteOutcome,
} from '../produce/write.ts';
import { MixedTopics, type AskMixed } from './mixed-topics.ts';
import { mergeOutcomes, MixedPlacement } from './mixed-placement.ts';
import type { AskPlaces } from './place-lookup.ts';
import type { WriteTarget } from './topic-guard.ts';

export interface KeyPlacementOptions {
  /** Sends records to Kafka. */
  readonly submit: SubmitRecords;
  readonly askMixed: AskMixed;
  readonly askPlaces: AskPlaces;
  /** Milliseconds from arrival within which a request gets a response. */
  readonly deadlineMs: number;
  /** Maximum number of records that wait for their partitions. */
  readonly recordsMax: number;
}

/** A request whose keys are being looked up. */
interface Waiting {
  readonly target: WriteTarget;
  readonly records: readonly PlacedRecord[];
  readonly arrivedMs: number;
  readonly done: WriteDone;
}

/** Share of the deadline for the mirror to locate the keys. */
const LOOK_SHARE = 0.25;

/**
 * Sends records of mutable topics to the partitions that already have their keys. Writes to a topic
 * that is not mixed pass at once. For a mixed topic, all waiting requests are looked up together
 * and sent in arrival order.
 */
export class KeyPlacement {
  readonly #options: KeyPlacementOptions;
  readonly #mixed: MixedTopics;
  readonly #placement = new MixedPlacement();
  /** By topic. While a topic has an entry, all its writes go through it. */
  readonly #waiting = new Map<string, Waiting[]>();
  #records = 0;

  constructor(options: KeyPlacementOptions) {
    this.#options = options;
    this.#mixed = new MixedTopics(options.askMixed);
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
    const { name } = target.entry;
    const waiting = this.#waiting.get(name);
    if (waiting === undefined && this.#mixed.known(target) === false) {
      this.#options.submit(name, records, arrivedMs, done);
      return;
    }
    const { recordsMax } = this.#options;
    if (this.#records > 0 && this.#records + records.length > recordsMax) {
      throw new AppError(
        'OVERLOADED',
        `${this.#records} records wait for the places of their keys, which is the limit. Retry later.`,
      );
    }
    this.#records += records.length;
    const write = { target, records, arrivedMs, done };
    if (waiting === undefined) {
      this.#waiting.set(name, [write]);
      void this.#run(name);
    } else {
      waiting.push(write);
    }
  }

  async #run(topic: string): Promise<void> {
    // Requests from the same turn of the event loop are handled together.
    await turn();
    for (let batch = this.#take(topic); batch.length > 0; batch = this.#take(topic)) {
      let places: ReadonlyMap<string, PlacesEntry> | undefined;
      try {
        places = await this.#placesOf(batch);
      } catch (error) {
        // Only a bug leads here. Nothing was sent.
        const failure = notPlaced(String(error));
        for (const { records, done } of batch) {
          done(records.map(() => failure));
        }
        this.#records -= sizeOf(batch);
        continue;
      }
      for (const write of batch) {
        this.#send(write, places);
      }
      this.#records -= sizeOf(batch);
    }
  }

  /** Waiting requests. When there are none left, writes of the topic pass directly again. */
  #take(topic: string): Waiting[] {
    const batch = this.#waiting.get(topic) ?? [];
    if (batch.length === 0) {
      this.#waiting.delete(topic);
    } else {
      this.#waiting.set(topic, []);
    }
    return batch;
  }

  /** By the key's JSON; undefined if the topic is not mixed. */
  async #placesOf(
    batch: readonly Waiting[],
  ): Promise<ReadonlyMap<string, PlacesEntry> | undefined> {
    const target = batch.at(-1)?.target;
    if (target === undefined) {
      return undefined;
    }
    if (!(this.#mixed.known(target) ?? (await this.#mixed.ask(target)))) {
      return undefined;
    }
    const keys = new Set(
      batch.flatMap(({ records }) => records.map((record) => keyJsonOf(target.entry, record))),
    );
    const { deadlineMs } = this.#options;
    const firstMs = Math.min(...batch.map(({ arrivedMs }) => arrivedMs));
    return await this.#look(target, [...keys], new Deadline(firstMs + deadlineMs * LOOK_SHARE));
  }

  /** Retries keys that the mirror cannot look up now, until the deadline. */
  async #look(
    { entry }: WriteTarget,
    keys: readonly string[],
    deadline: Deadline,
  ): Promise<ReadonlyMap<string, PlacesEntry>> {
    const places = new Map<string, PlacesEntry>();
    const backoff = new Backoff({ firstMs: 20, maxMs: 500 });
    let open = keys;
    for (;;) {
      const entries = await this.#options.askPlaces(entry, open, { timeoutMs: deadline.leftMs });
      open.forEach((key, at) => places.set(key, entries[at] ?? []));
      open = open.filter((key) => isWorthRetrying(places.get(key)));
      const pauseMs = backoff.next();
      if (open.length === 0 || !deadline.allows(pauseMs)) {
        return places;
      }
      await pause(pauseMs, NEVER);
    }
  }

  #send(write: Waiting, places: ReadonlyMap<string, PlacesEntry> | undefined): void {
    const { target, records, arrivedMs, done } = write;
    const { entry } = target;
    const parts = records.map((record) =>
      places === undefined
        ? [record]
        : this.#placement.place(record, places.get(keyJsonOf(entry, record)) ?? [], entry.name),
    );
    const sent = parts.flatMap((part) => ('ok' in part ? [] : part));
    const finish = (outcomes: readonly WriteOutcome[]): void => {
      let at = 0;
      done(
        parts.map((part) => {
          if ('ok' in part) {
            return part;
          }
          at += part.length;
          return mergeOutcomes(outcomes.slice(at - part.length, at));
        }),
      );
    };
    if (sent.length === 0) {
      finish([]);
      return;
    }
    try {
      this.#options.submit(entry.name, sent, arrivedMs, finish);
    } catch (error) {
      const refused = toFailure(error);
      done(records.map(() => refused));
    }
  }
}

const NEVER = new AbortController().signal;

function sizeOf(batch: readonly Waiting[]): number {
  return batch.reduce((sum, { records }) => sum + records.length, 0);
}

function isWorthRetrying(entry: PlacesEntry | undefined): boolean {
  return entry instanceof AppError && CATALOG[entry.code].retry !== 'never';
}

function notPlaced(why: string): WriteFailure {
  return {
    ok: false,
    outcome: 'not_written',
    code: 'INTERNAL',
    detail: `The partition of the key could not be found: ${why}.`,
  };
}
