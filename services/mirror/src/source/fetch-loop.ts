import { describeError } from '@quicksilver/common/errors/describe';
import { Backoff } from '@quicksilver/common/flow/backoff';
import { pause } from '@quicksilver/common/flow/deadline';
import type { FetchPosition, RecordSource } from '@quicksilver/kafka/ports';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { Part, PartContext } from '@quicksilver/common/lifecycle/part';

import type { Lane } from './lane.ts';
import { settleInTurn } from './settle-in-turn.ts';

export interface FetchLoopOptions {
  readonly createSource: () => RecordSource;
  readonly log: Log;
  /** Milliseconds that the broker may hold a fetch if there are no records. */
  readonly maxWaitMs: number;
  /** Maximum bytes between Kafka and the store, for all partitions. */
  readonly bufferBytesMax: number;
  readonly partitionBytesMax: number;
  /**
   * Milliseconds without a response, or without progress while behind, after which a partition
   * counts as stalled.
   */
  readonly stallMs: number;
  readonly onRenewed: () => void;
}

/** Fetched batches per lane: one is applied, one waits. */
const BATCHES_PER_LANE = 2;
const PARTITION_BYTES_MIN = 16_384;
/**
 * While a lane is full, the broker must not hold the fetch of the other lanes for long. The full
 * lane soon has room again, and would wait for that response.
 */
const FULL_LANE_WAIT_MS = 10;
const IDLE_MS = 500;
const CHECK_MS = 1_000;
const RETRY = { firstMs: 100, maxMs: 2_000 };

/**
 * The loop that fetches all partitions of this process. Each round fetches for every lane that has
 * room, so a slow or failing partition never blocks the others.
 */
export class FetchLoop implements Part {
  readonly name = 'fetch loop';
  readonly #options: FetchLoopOptions;
  readonly #lanes = new Set<Lane>();
  readonly #backoff = new Backoff(RETRY);
  readonly #stopping = new AbortController();
  #source: RecordSource;
  /** Aborts the fetches of the current source. */
  #sourceEnd = new AbortController();
  #renewedMs = performance.now();
  #lastError = 'no response from Kafka yet';
  #wake: () => void = () => {};
  #running: Promise<unknown> = Promise.resolve();
  #checks: NodeJS.Timeout | undefined;

  constructor(options: FetchLoopOptions) {
    this.#options = options;
    this.#source = options.createSource();
  }

  async start(context: PartContext): Promise<void> {
    context.signal.addEventListener('abort', () => this.#stopNow(), { once: true });
    this.#checks = setInterval(() => this.#check(), CHECK_MS);
    this.#checks.unref();
    const settling = settleInTurn(this.#lanes, this.#stopping.signal);
    this.#running = Promise.all([this.#fetchAll(), settling]);
    this.#running.catch((error: unknown) => context.fail(error));
  }

  async stop(): Promise<void> {
    clearInterval(this.#checks);
    this.#stopNow();
    await this.#running.catch(() => {});
    await this.#source.close();
  }

  add(lane: Lane): void {
    lane.onRoom = () => this.#wake();
    this.#lanes.add(lane);
    this.#wake();
  }

  /** Stops fetching for the lane. Resolves when no apply is in progress. */
  async remove(lane: Lane): Promise<void> {
    this.#lanes.delete(lane);
    await lane.close();
  }

  /** Closes all connections and reconnects. Applied records are not affected. */
  #renewSource(why: string): void {
    this.#options.log.warn({ why }, 'reconnecting to Kafka');
    this.#renewedMs = performance.now();
    const old = this.#source;
    this.#sourceEnd.abort();
    this.#sourceEnd = new AbortController();
    this.#source = this.#options.createSource();
    this.#options.onRenewed();
    old.close().catch((error: unknown) => {
      this.#options.log.debug({ err: error }, 'failed to close the old connections');
    });
  }

  async #fetchAll(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const nowMs = performance.now();
      const requests: { lane: Lane; position: FetchPosition }[] = [];
      let isFull = false;
      for (const lane of this.#lanes) {
        const offset = lane.offsetToFetch(nowMs);
        isFull ||= lane.isFull;
        if (offset !== undefined) {
          const { topic, topicId, partition } = lane;
          requests.push({ lane, position: { topic, topicId, partition, offset } });
        }
      }
      if (requests.length === 0) {
        await this.#awaitWake();
        continue;
      }
      await this.#fetch(requests, isFull ? FULL_LANE_WAIT_MS : this.#options.maxWaitMs);
    }
  }

  async #fetch(
    requests: readonly { lane: Lane; position: FetchPosition }[],
    maxWaitMs: number,
  ): Promise<void> {
    const sourceSignal = this.#sourceEnd.signal;
    try {
      const results = await this.#source.fetch(
        requests.map(({ position }) => position),
        { maxWaitMs, maxBytesPerPartition: this.#partitionBytes(), signal: sourceSignal },
      );
      if (sourceSignal.aborted) {
        return;
      }
      this.#backoff.reset();
      const byLane = new Map(requests.map((entry) => [laneKey(entry.position), entry]));
      for (const fetched of results) {
        const entry = byLane.get(laneKey(fetched));
        entry?.lane.take(fetched, entry.position.offset);
      }
    } catch (error) {
      if (sourceSignal.aborted) {
        return;
      }
      this.#lastError = describeError(error);
      if (this.#backoff.attempts === 0) {
        this.#options.log.warn({ err: error }, 'a fetch from Kafka failed; retrying');
      }
      await pause(this.#backoff.next(), this.#stopping.signal);
    }
  }

  /** A share of the buffer that is small enough for all lanes to be full at once. */
  #partitionBytes(): number {
    const { bufferBytesMax, partitionBytesMax } = this.#options;
    const share = Math.floor(bufferBytesMax / (BATCHES_PER_LANE * this.#lanes.size));
    return Math.min(partitionBytesMax, Math.max(PARTITION_BYTES_MIN, share));
  }

  /** The watchdog. Reports partitions that stall, and replaces connections that hang. */
  #check(): void {
    const { stallMs } = this.#options;
    const nowMs = performance.now();
    let isStuck = false;
    for (const lane of this.#lanes) {
      const idleMs = lane.idleMs(nowMs);
      if (idleMs > stallMs) {
        isStuck = true;
        lane.stalled(`no progress for ${Math.round(idleMs)} ms: ${this.#lastError}`);
      }
    }
    if (isStuck && nowMs - this.#renewedMs > stallMs && !this.#stopping.signal.aborted) {
      this.#renewSource(`a partition made no progress for more than ${stallMs} ms`);
    }
  }

  /** Resolves when a lane has room or is added, or when a pause of a lane may be over. */
  async #awaitWake(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, IDLE_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = () => {};
  }

  #stopNow(): void {
    this.#stopping.abort();
    this.#sourceEnd.abort();
    this.#wake();
  }
}

function laneKey(of: { readonly topic: string; readonly partition: number }): string {
  return `${of.topic}/${of.partition}`;
}
