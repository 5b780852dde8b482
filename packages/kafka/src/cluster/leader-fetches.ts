import { readFetchResponse, type RawPartition } from '../records/fetch-response.ts';
import type { FetchTarget } from './broker.ts';
import type { Cluster } from './cluster.ts';
import { KAFKA_CODE, nameOfCode } from './kafka-code.ts';
import { limitOf } from './limit.ts';

export interface LeaderFetchesOptions {
  readonly cluster: Cluster;
  readonly nodeId: number;
  /** Called when there is an outcome. */
  readonly onOutcome: () => void;
}

export interface FetchWait {
  readonly maxWaitMs: number;
  readonly maxBytesPerPartition: number;
}

export type FetchOutcome =
  | { readonly ok: true; readonly partitions: ReadonlyMap<string, RawPartition> }
  | { readonly ok: false; readonly error: unknown };

interface Request {
  readonly offsets: ReadonlyMap<string, bigint>;
  outcome: FetchOutcome | undefined;
}

/** Maximum bytes of a response for all partitions. A larger first batch is still returned. */
const ANSWER_BYTES_MAX = 32 * 1024 * 1024;

const PURPOSE = 'fetch';

/**
 * The fetch requests to one leader, one at a time. A request may outlive its call, if another
 * leader was faster or the caller aborted. The next call takes it over if it requests the same
 * offsets, so that nothing is fetched twice.
 */
export class LeaderFetches {
  readonly #options: LeaderFetchesOptions;
  #request: Request | undefined;
  #turn = 0;

  constructor(options: LeaderFetchesOptions) {
    this.#options = options;
  }

  get outcome(): FetchOutcome | undefined {
    return this.#request?.outcome;
  }

  ask(targets: readonly FetchTarget[], wait: FetchWait): void {
    const current = this.#request?.offsets;
    if (current !== undefined) {
      if (targets.every((target) => current.get(keyOf(target)) === target.offset)) {
        return;
      }
      // The broker would answer the old request first, and may hold it for a long time.
      this.#options.cluster.drop(PURPOSE, this.#options.nodeId);
    }
    const offsets = new Map(targets.map((target) => [keyOf(target), target.offset]));
    const request: Request = { offsets, outcome: undefined };
    this.#request = request;
    void this.#send(targets, wait).then((outcome) => {
      request.outcome = outcome;
      if (this.#request === request) {
        this.#options.onOutcome();
      }
    });
  }

  /**
   * Removes the outcome, so that the next call sends a new request. Undefined while it is in
   * flight.
   */
  take(): FetchOutcome | undefined {
    const outcome = this.outcome;
    if (outcome !== undefined) {
      this.#request = undefined;
    }
    return outcome;
  }

  /** Never rejects, because it may have no caller. */
  async #send(targets: readonly FetchTarget[], wait: FetchWait): Promise<FetchOutcome> {
    const { cluster, nodeId } = this.#options;
    const request = {
      // The broker exceeds the limit only for the first partition of the request. The partitions
      // take turns, or one behind a busy partition might never progress.
      targets: rotate(targets, this.#turn++),
      maxWaitMs: wait.maxWaitMs,
      maxBytes: Math.min(ANSWER_BYTES_MAX, targets.length * wait.maxBytesPerPartition),
      maxBytesPerPartition: wait.maxBytesPerPartition,
    };
    const limit = limitOf(wait.maxWaitMs + cluster.requestTimeoutMs);
    try {
      const body = await cluster.broker(PURPOSE, nodeId, (to) => to.fetch(request), limit);
      const { errorCode, partitions } = readFetchResponse(body);
      return errorCode === KAFKA_CODE.NONE
        ? { ok: true, partitions: new Map(partitions.map((raw) => [keyOf(raw), raw])) }
        : {
            ok: false,
            error: new Error(`the broker rejected the fetch: ${nameOfCode(errorCode)}`),
          };
    } catch (error) {
      return { ok: false, error };
    }
  }
}

export function keyOf(target: { readonly topicId: string; readonly partition: number }): string {
  return `${target.topicId}/${target.partition}`;
}

function rotate<T>(items: readonly T[], turn: number): readonly T[] {
  const first = items.length === 0 ? 0 : turn % items.length;
  return first === 0 ? items : [...items.slice(first), ...items.slice(0, first)];
}
