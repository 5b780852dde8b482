import { pause } from '@quicksilver/common/flow/deadline';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { RereadPartition } from '@quicksilver/contracts/mirror-api/contract';
import type { FetchedPartition, KafkaRecord, RecordSource } from '@quicksilver/kafka/ports';

import type { Applier } from '../apply/applier.ts';
import type { Reread } from '../apply/reread.ts';
import { withoutBatch } from '../source/lane.ts';

export interface PoisonRetryOptions {
  readonly topic: string;
  readonly partitions: () => readonly Applier[];
  /** Opens separate connections for one retry. */
  readonly source: () => RecordSource;
  /** Milliseconds between two attempts. Undefined if only another process can read more. */
  readonly everyMs: number | undefined;
  readonly onReread: (partition: number, records: number) => void;
  readonly log: Log;
}

/** The last attempt to read some poison records of a partition. */
interface Attempt {
  /** Poison records behind it. */
  readonly count: number;
  readonly pauseMs: number;
  /** The time of the next one, in monotonic milliseconds. */
  readonly nextMs: number;
}

/** Without success the pause between two attempts grows up to this multiple. */
const PAUSE_TIMES_MAX = 16;
/** Milliseconds between two checks whether a partition serves that was not tried yet. */
const CHECK_MS = 1_000;
/** Milliseconds until the next attempt after Kafka did not respond. */
const FAILED_MS = 10_000;
const FETCH_WAIT_MS = 500;
const FETCH_BYTES = 1_048_576;
/** Fetches without progress before a pass is given up. */
const IDLE_FETCHES_MAX = 10;
/** Milliseconds that a complete pass waits for its turn. */
const TURN_MS = 30_000;
/** Listed records that are tried before the log is read. */
const SAMPLES = 8;

/**
 * Reads the poison records of a topic again once their cause may be gone. When a partition begins
 * to serve, and at intervals if values name schemas, some listed records are tried. If one of them
 * can be read, the log is read from the first poison record on. On demand that happens at once. One
 * partition follows the other, and the partitions serve meanwhile.
 */
export class PoisonRetry {
  readonly #options: PoisonRetryOptions;
  readonly #stopping = new AbortController();
  readonly #attempts = new Map<Applier, Attempt>();
  #last: Promise<unknown> = Promise.resolve();
  #checking: Promise<void> = Promise.resolve();

  constructor(options: PoisonRetryOptions) {
    this.#options = options;
  }

  start(): void {
    this.#checking = this.#check();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const applier of this.#options.partitions()) {
      applier.rereads.giveUp();
    }
    await Promise.all([this.#checking, this.#last]);
  }

  /** Reads all poison records again. Resolves to the partitions that have any. Never rejects. */
  async retry(): Promise<RereadPartition[]> {
    return await this.#inTurn(async () => {
      const results: RereadPartition[] = [];
      await this.#withSource(async (source) => {
        for (const applier of this.#options.partitions()) {
          const { count, from } = applier.poison;
          if (from !== undefined) {
            const isFinished = await this.#reread(source, applier);
            const left = applier.poison.count;
            const read = Math.max(0, count - left);
            results.push({ partition: applier.partition, read, left, isFinished });
          }
        }
      });
      return results;
    });
  }

  async #check(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const nowMs = performance.now();
      const due = this.#options
        .partitions()
        .filter(
          (applier) =>
            applier.state === 'serving' &&
            applier.poison.retried().length > 0 &&
            nowMs >= (this.#attempts.get(applier)?.nextMs ?? 0),
        );
      if (due.length > 0) {
        await this.#inTurn(() => this.#withSource((source) => this.#tryAll(source, due)));
      }
      await pause(Math.min(CHECK_MS, this.#options.everyMs ?? CHECK_MS), this.#stopping.signal);
    }
  }

  async #tryAll(source: RecordSource, due: readonly Applier[]): Promise<void> {
    const { everyMs = Infinity, log } = this.#options;
    for (const applier of due) {
      const before = this.#attempts.get(applier);
      let pauseMs = everyMs;
      try {
        if (await this.#canReadSome(source, applier)) {
          await this.#reread(source, applier);
        } else if (before?.count === applier.poison.count) {
          pauseMs = Math.min(before.pauseMs * 2, everyMs * PAUSE_TIMES_MAX);
        }
      } catch (error) {
        log.debug({ err: error }, 'poison records cannot be tried now');
        pauseMs = FAILED_MS;
      }
      const { count } = applier.poison;
      this.#attempts.set(applier, { count, pauseMs, nextMs: performance.now() + pauseMs });
    }
  }

  /** Whether one of some listed records, with different causes if possible, can be read now. */
  async #canReadSome(source: RecordSource, applier: Applier): Promise<boolean> {
    const retried = applier.poison.retried();
    const byDetail = new Map(retried.map((record) => [record.detail, record]));
    const samples = [...byDetail.values(), ...retried].slice(0, SAMPLES);
    for (const { offset } of samples) {
      const fetched = await this.#fetch(source, applier, offset, 1);
      const record = fetched?.records.find((each) => each.offset === offset);
      if (record !== undefined && (await this.#canRead(applier, record))) {
        return true;
      }
    }
    return false;
  }

  /** False while the registry does not respond: the next attempt finds out. */
  async #canRead(applier: Applier, record: KafkaRecord): Promise<boolean> {
    try {
      return await applier.rereads.canRead(record);
    } catch (error) {
      this.#options.log.debug({ err: error }, 'a poison record cannot be tried now');
      return false;
    }
  }

  /** Resolves to whether all poison records of the partition were read. */
  async #reread(source: RecordSource, applier: Applier): Promise<boolean> {
    const { partition } = applier;
    const before = applier.poison.count;
    try {
      let reread = applier.rereads.begin();
      while (reread !== undefined) {
        if (!(await this.#pass(source, applier, reread))) {
          return false;
        }
        if (reread.continueFrom === undefined) {
          const left = applier.poison.count;
          const records = Math.max(0, before - left);
          this.#options.onReread(partition, records);
          this.#options.log.info({ partition, records, left }, 'poison records were read again');
          return true;
        }
        reread = applier.rereads.begin(reread);
      }
    } catch (error) {
      if (!this.#stopping.signal.aborted) {
        this.#options.log.warn(
          { partition, err: error },
          'poison records cannot be read again now; they stay listed',
        );
      }
    }
    return false;
  }

  /** Resolves to whether the pass is written. */
  async #pass(source: RecordSource, applier: Applier, reread: Reread): Promise<boolean> {
    let idle = 0;
    while (!this.#stopping.signal.aborted && idle < IDLE_FETCHES_MAX) {
      const written = applier.rereads.end(reread);
      if (written !== undefined) {
        const timer = setTimeout(() => applier.rereads.giveUp(), TURN_MS);
        return await written.finally(() => clearTimeout(timer));
      }
      const { nextOffset } = reread;
      const fetched = await this.#fetch(source, applier, nextOffset, FETCH_BYTES);
      if (fetched !== undefined) {
        await reread.take(fetched, applier.rereads.target);
      }
      if (reread.nextOffset === nextOffset) {
        idle += 1;
        await pause(FETCH_WAIT_MS, this.#stopping.signal);
      } else {
        idle = 0;
      }
    }
    return false;
  }

  /** Undefined if Kafka has no such records now. Records that were deleted are passed over. */
  async #fetch(
    source: RecordSource,
    { partition, topicId }: Applier,
    offset: bigint,
    bytesMax: number,
  ): Promise<FetchedPartition | undefined> {
    const { topic } = this.#options;
    const { signal } = this.#stopping;
    const [fetched] = await source.fetch([{ topic, topicId, partition, offset }], {
      maxWaitMs: FETCH_WAIT_MS,
      maxBytesPerPartition: bytesMax,
      signal,
    });
    switch (fetched?.failure?.reason) {
      case undefined:
        return fetched;
      case 'too-large':
        return withoutBatch(fetched, fetched.failure.detail);
      case 'offset-out-of-range': {
        const earliest = await source.offsets(topic, 'earliest', signal);
        const { failure: _failure, ...rest } = fetched;
        const nextOffset = earliest.get(partition) ?? offset;
        return nextOffset > offset ? { ...rest, records: [], nextOffset } : undefined;
      }
      default:
        return undefined;
    }
  }

  async #withSource(work: (source: RecordSource) => Promise<void>): Promise<void> {
    const source = this.#options.source();
    try {
      await work(source);
    } finally {
      await source.close().catch((error: unknown) => {
        this.#options.log.debug({ err: error }, 'failed to close the connections of a retry');
      });
    }
  }

  /** Two retries must not overlap. `work` does not reject. */
  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn;
    return await turn;
  }
}
