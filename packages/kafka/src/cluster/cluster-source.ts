import { describeError } from '@quicksilver/common/errors/describe';
import type {
  FetchedPartition,
  FetchOptions,
  FetchPosition,
  RecordSource,
  TopicDescription,
  WhichOffset,
} from '../ports.ts';
import { decodeRecords, type DecodeBudget } from '../records/decode-records.ts';
import type { RawPartition } from '../records/fetch-response.ts';
import type { Cluster } from './cluster.ts';
import { describeTopic } from './describe-topic.ts';
import { fetchFailureOf } from './fetch-failure.ts';
import { LeaderFetches, keyOf, type FetchOutcome } from './leader-fetches.ts';
import { KAFKA_CODE, nameOfCode } from './kafka-code.ts';
import { limitOf, within, type Limit } from './limit.ts';
import { PositionLocator, type FetchRoute } from './position-locator.ts';
import { readOffsets } from './read-offsets.ts';
import { TopicDirectory } from './topic-directory.ts';

export interface ClusterSourceOptions {
  readonly cluster: Cluster;
  readonly decompressedBytesMax: number;
  /** See `SourceOptions`. */
  readonly hasHeaders?: boolean;
}

type KnownRoute = Extract<FetchRoute, { ok: true }>;
type Failure = NonNullable<FetchedPartition['failure']>;

/** The part of a call that goes to one leader. */
interface Share {
  readonly fetches: LeaderFetches;
  readonly routes: KnownRoute[];
}

interface Ends {
  readonly endOffset: bigint;
  readonly logStartOffset: bigint;
}

/** Maximum records per call, which bounds its memory. The next call returns the rest. */
const RECORDS_PER_CALL_MAX = 200_000;

const UNKNOWN_ENDS: Ends = { endOffset: -1n, logStartOffset: -1n };

/** `RecordSource` over the leaders of the partitions, independent of the library. */
export class ClusterSource implements RecordSource {
  readonly #cluster: Cluster;
  readonly #directory: TopicDirectory;
  readonly #locator: PositionLocator;
  readonly #decompressedBytesMax: number;
  readonly #hasHeaders: boolean;
  readonly #fetches = new Map<number, LeaderFetches>();
  /** The last reported ends, for calls that do not wait for a slower leader. */
  readonly #ends = new Map<string, Ends>();
  #isFetching = false;
  #wake = (): void => undefined;

  constructor(options: ClusterSourceOptions) {
    this.#cluster = options.cluster;
    this.#directory = new TopicDirectory(options.cluster);
    this.#locator = new PositionLocator(this.#directory);
    this.#decompressedBytesMax = options.decompressedBytesMax;
    this.#hasHeaders = options.hasHeaders ?? false;
  }

  async fetch(
    positions: readonly FetchPosition[],
    options: FetchOptions,
  ): Promise<FetchedPartition[]> {
    options.signal.throwIfAborted();
    if (this.#isFetching) {
      throw new Error('a fetch of this source is in flight; it serves one call at a time');
    }
    this.#isFetching = true;
    try {
      return await this.#fetch(positions, options);
    } finally {
      this.#isFetching = false;
      this.#wake = () => undefined;
    }
  }

  describe(topic: string, signal: AbortSignal): Promise<TopicDescription | undefined> {
    return describeTopic(this.#cluster, topic, this.#cluster.limit(signal));
  }

  offsets(
    topic: string,
    which: WhichOffset,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<number, bigint>> {
    return readOffsets(this.#cluster, { topic, which }, this.#cluster.limit(signal));
  }

  close(): Promise<void> {
    this.#cluster.close();
    return Promise.resolve();
  }

  async #fetch(
    positions: readonly FetchPosition[],
    options: FetchOptions,
  ): Promise<FetchedPartition[]> {
    const { signal, maxWaitMs } = options;
    await this.#learn(positions, this.#cluster.limit(signal));
    const results: FetchedPartition[] = [];
    const shares = new Map<number, Share>();
    for (const position of positions) {
      const route = this.#locator.locate(position);
      if (route.ok) {
        shareOf(shares, route.leader, () => this.#fetchesOf(route.leader)).routes.push(route);
      } else {
        results.push(failed(position, route));
      }
    }
    for (const share of shares.values()) {
      share.fetches.ask(
        share.routes.map((route) => route.target),
        options,
      );
    }
    // Longer than the limit of the fetches, so that their more precise error comes first.
    const limit = limitOf(maxWaitMs + 2 * this.#cluster.requestTimeoutMs, signal);
    await this.#untilEnough([...shares.values()], limit);
    results.push(...(await this.#take([...shares.values()], this.#cluster.limit(signal))));
    return results;
  }

  /** A missing partition may have been added to the topic since its last description. */
  async #learn(positions: readonly FetchPosition[], limit: Limit): Promise<void> {
    const topics = positions.map((position) => position.topic);
    await this.#directory.learn(topics, limit);
    const grown = positions.filter(({ topic, partition }) => {
      const lookup = this.#directory.get(topic);
      return lookup?.state === 'known' && !lookup.topic.leaders.has(partition);
    });
    for (const { topic } of grown) {
      this.#directory.forget(topic);
    }
    await this.#directory.learn(
      grown.map(({ topic }) => topic),
      limit,
    );
  }

  #fetchesOf(nodeId: number): LeaderFetches {
    const existing = this.#fetches.get(nodeId);
    if (existing !== undefined) {
      return existing;
    }
    const onOutcome = (): void => this.#wake();
    const fetches = new LeaderFetches({ cluster: this.#cluster, nodeId, onOutcome });
    this.#fetches.set(nodeId, fetches);
    return fetches;
  }

  /**
   * Waits until every leader has responded, or until one has records and the ends of the others are
   * known.
   */
  async #untilEnough(shares: readonly Share[], limit: Limit): Promise<void> {
    const isEnough = (): boolean => {
      const waiting = shares.filter((share) => share.fetches.outcome === undefined);
      return (
        waiting.length === 0 ||
        (shares.some((share) => hasSomething(share.fetches.outcome)) &&
          waiting.every((share) =>
            share.routes.every((route) => this.#ends.has(keyOf(route.target))),
          ))
      );
    };
    const enough = new Promise<void>((resolve) => {
      this.#wake = () => {
        if (isEnough()) {
          resolve();
        }
      };
      this.#wake();
    });
    await within(enough, limit, 'fetching');
  }

  async #take(shares: readonly Share[], limit: Limit): Promise<FetchedPartition[]> {
    const taken = shares.map((share) => ({ ...share, outcome: share.fetches.take() }));
    const firstError = taken.find(({ outcome }) => outcome?.ok === false)?.outcome;
    if (firstError?.ok === false && taken.every(({ outcome }) => outcome?.ok === false)) {
      this.#directory.forgetAll();
      throw this.#cluster.asUnavailable(firstError.error);
    }
    const budget = { recordsLeft: RECORDS_PER_CALL_MAX, bytesLeft: this.#decompressedBytesMax };
    const results: FetchedPartition[] = [];
    const unclear: KnownRoute[] = [];
    for (const { routes, outcome } of taken) {
      for (const route of routes) {
        const result = this.#resultOf(route, outcome, budget);
        if (result === 'unclear') {
          unclear.push(route);
        } else {
          results.push(result);
        }
      }
    }
    results.push(...(await this.#clear(unclear, limit)));
    return results;
  }

  #resultOf(
    route: KnownRoute,
    outcome: FetchOutcome | undefined,
    budget: DecodeBudget,
  ): FetchedPartition | 'unclear' {
    const { position } = route;
    const key = keyOf(route.target);
    if (outcome === undefined) {
      return { ...empty(position), ...(this.#ends.get(key) ?? UNKNOWN_ENDS) };
    }
    if (!outcome.ok) {
      this.#directory.forget(position.topic);
      return failed(position, { reason: 'retriable', detail: describeError(outcome.error) });
    }
    const raw = outcome.partitions.get(key);
    if (raw?.errorCode === KAFKA_CODE.NONE) {
      return this.#decode(route, raw, budget);
    }
    const code = raw?.errorCode ?? KAFKA_CODE.UNKNOWN_SERVER_ERROR;
    const reason = fetchFailureOf(code);
    this.#directory.forget(position.topic);
    return reason === 'unclear'
      ? 'unclear'
      : failed(position, { reason, detail: `the broker returned ${nameOfCode(code)}` });
  }

  #decode(route: KnownRoute, raw: RawPartition, budget: DecodeBudget): FetchedPartition {
    const { topic, partition, offset } = route.position;
    const ends = { endOffset: raw.lastStableOffset, logStartOffset: raw.logStartOffset };
    this.#ends.set(keyOf(route.target), ends);
    const { records, nextOffset, failure } = decodeRecords(raw, {
      from: offset,
      decompressedBytesMax: this.#decompressedBytesMax,
      hasHeaders: this.#hasHeaders,
      budget,
    });
    const { highWatermark } = raw;
    const result = { topic, partition, records, nextOffset, highWatermark, ...ends };
    return failure === undefined ? result : { ...result, failure };
  }

  /** Looks up topics in the metadata whose id a leader does not know. */
  async #clear(routes: readonly KnownRoute[], limit: Limit): Promise<FetchedPartition[]> {
    if (routes.length === 0) {
      return [];
    }
    const topics = routes.map((route) => route.position.topic);
    await this.#directory.learn(topics, limit);
    return routes.map(({ position, target }) => {
      const route = this.#locator.locate({ ...position, topicId: target.topicId });
      return failed(
        position,
        route.ok
          ? { reason: 'retriable', detail: 'the leader does not know the topic yet' }
          : route,
      );
    });
  }
}

function shareOf(shares: Map<number, Share>, leader: number, fetches: () => LeaderFetches): Share {
  const share = shares.get(leader) ?? { fetches: fetches(), routes: [] };
  shares.set(leader, share);
  return share;
}

function hasSomething(outcome: FetchOutcome | undefined): boolean {
  return (
    outcome?.ok === true &&
    [...outcome.partitions.values()].some((raw) => raw.records.length > 0 || raw.errorCode !== 0)
  );
}

function empty(position: FetchPosition): FetchedPartition {
  const { topic, partition, offset } = position;
  const highWatermark = -1n;
  return { topic, partition, records: [], nextOffset: offset, highWatermark, ...UNKNOWN_ENDS };
}

function failed(position: FetchPosition, { reason, detail }: Failure): FetchedPartition {
  return { ...empty(position), failure: { reason, detail } };
}
