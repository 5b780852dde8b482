import { readFetchResponse, type RawPartition } from '../records/fetch-response.ts';
import type { FetchTarget } from './broker.ts';
import type { Cluster } from './cluster.ts';
import { KAFKA_CODE, nameOfCode } from './kafka-code.ts';
import { limitOf } from './limit.ts';

export interface FetchLaneOptions {
  readonly cluster: Cluster;
  readonly nodeId: number;
  /** Called when an outcome is there. */
  readonly onOutcome: () => void;
}

export interface LaneWait {
  readonly maxWaitMs: number;
  readonly maxBytesPerPartition: number;
}

export type LaneOutcome =
  | { readonly ok: true; readonly partitions: ReadonlyMap<string, RawPartition> }
  | { readonly ok: false; readonly error: unknown };

interface Request {
  readonly offsets: ReadonlyMap<string, bigint>;
  outcome: LaneOutcome | undefined;
}

/** Bytes of one answer, whatever the number of partitions; a single larger batch still comes. */
const ANSWER_BYTES_MAX = 32 * 1024 * 1024;

const LANE = 'fetch';

/**
 * The fetch requests to one leader, one at a time. A request may outlive the call that sent it, when
 * another leader was faster or the caller aborted; the next call takes it over where it asks for
 * the same, so that nothing is fetched twice.
 */
export class FetchLane {
  readonly #options: FetchLaneOptions;
  #request: Request | undefined;
  #turn = 0;

  constructor(options: FetchLaneOptions) {
    this.#options = options;
  }

  get outcome(): LaneOutcome | undefined {
    return this.#request?.outcome;
  }

  ask(targets: readonly FetchTarget[], wait: LaneWait): void {
    const asked = this.#request?.offsets;
    if (asked !== undefined) {
      if (targets.every((target) => asked.get(keyOf(target)) === target.offset)) {
        return;
      }
      // The broker would answer the old request first, and may hold it for a long time.
      this.#options.cluster.drop(LANE, this.#options.nodeId);
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

  /** Takes the outcome away: the next call sends a new request. Undefined while it is on its way. */
  take(): LaneOutcome | undefined {
    const outcome = this.outcome;
    if (outcome !== undefined) {
      this.#request = undefined;
    }
    return outcome;
  }

  /** Never rejects: nobody may be listening. */
  async #send(targets: readonly FetchTarget[], wait: LaneWait): Promise<LaneOutcome> {
    const { cluster, nodeId } = this.#options;
    const request = {
      // The broker sends a first batch beyond the limit only for the partition that comes first in
      // the request. Each has its turn, else one behind a busy partition might never move on.
      targets: rotate(targets, this.#turn++),
      maxWaitMs: wait.maxWaitMs,
      maxBytes: Math.min(ANSWER_BYTES_MAX, targets.length * wait.maxBytesPerPartition),
      maxBytesPerPartition: wait.maxBytesPerPartition,
    };
    const limit = limitOf(wait.maxWaitMs + cluster.requestTimeoutMs);
    try {
      const body = await cluster.broker(LANE, nodeId, (to) => to.fetch(request), limit);
      const { errorCode, partitions } = readFetchResponse(body);
      return errorCode === KAFKA_CODE.NONE
        ? { ok: true, partitions: new Map(partitions.map((raw) => [keyOf(raw), raw])) }
        : { ok: false, error: new Error(`the broker refuses to answer: ${nameOfCode(errorCode)}`) };
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
