import { AppError } from '@quicksilver/common/errors/app-error';
import { Deadline } from '@quicksilver/common/flow/deadline';
import { BATCH_PATHS, printBatchKeys, type BatchKind } from './batch-query.ts';
import {
  BATCH_KEYS_MAX,
  CACHE_UPDATE_HEADER,
  PAGE_ITEMS_MAX,
  UNREADABLE_HEADER,
  PARTITIONS_HEADER,
  sizePath,
  type PartitionOwners,
} from './contract.ts';
import {
  readOffset,
  readPlaces,
  type BatchEntry,
  type OffsetEntry,
  type PlacesEntry,
} from './key-answers.ts';
import { fillIn, type Failed, type KeyRead } from './key-read.ts';
import { chunksOf, groupBy, partitionKeys, type KeySlot, type MirroredTopic } from './key-slots.ts';
import { answerError, noAnswerError, noMirrorError } from './mirror-error.ts';
import {
  parsePage,
  readEdges,
  readEntry,
  type EdgePage,
  type ListEdgesQuery,
  type ListEntry,
} from './edges.ts';
import { readListPage, mergeLists } from './list-pages.ts';
import { printListQuery } from './list-query.ts';
import { mayAnswerElsewhere, positionHeader, type Call, type CallOptions } from './mirror-call.ts';
import { MirrorHttp, type MirrorAnswer, type MirrorCall } from './mirror-http.ts';
import type { CallKind, MirrorClientOptions } from './mirror-client-options.ts';
import { OwnerTable } from './owner-table.ts';
import {
  partitionOfRange,
  printRangeQuery,
  rangeParameters,
  type RangeEdgesQuery,
  type RangePage,
  type RangeQuery,
} from './range-query.ts';
import { readFreshness, readSkipped } from './read-freshness.ts';
import { parseSize, totalSize, type TopicCounts } from './size-counts.ts';
import type { AnswerPage } from './split-answer.ts';

export interface ReadOptions extends CallOptions {
  /** Shorter than the client's timeout if the caller has less time left. */
  readonly timeoutMs?: number;
}

/** The owner, then after a refresh its next copy, then any replica at the mirror's own address. */
const ATTEMPTS_MAX = 3;
const QUEUED_MAX = 1_024;
const BATCH_HEADERS = { 'content-type': 'application/json', [UNREADABLE_HEADER]: 'mark' };
/** Reads mirrors. Each key goes to the replica that owns it, with one request per replica. */
export class MirrorClient {
  readonly #options: MirrorClientOptions;
  readonly #http: MirrorHttp;
  readonly #owners: OwnerTable;

  constructor(options: MirrorClientOptions) {
    this.#options = options;
    this.#http = new MirrorHttp({
      connectionsMax: options.connectionsMax ?? 32,
      queuedMax: QUEUED_MAX,
      answerBytesMax: options.answerBytesMax ?? 33_554_432,
      peerKey: options.peerKey,
    });
    this.#owners = new OwnerTable({
      http: this.#http,
      originsOf: options.originsOf,
      timeoutMs: options.timeoutMs,
    });
  }

  /**
   * The values of the keys, in their order. If a mirror fails, the call does not reject: only the
   * affected keys have its error.
   */
  async batchGet(
    topic: MirroredTopic,
    keysJson: readonly string[],
    options: ReadOptions = {},
  ): Promise<BatchEntry[]> {
    return await this.#readKeys(topic, keysJson, 'values', options);
  }

  /** As `batchGet`, but with the offsets of the records instead of their values. */
  async offsets(
    topic: MirroredTopic,
    keysJson: readonly string[],
    options: ReadOptions = {},
  ): Promise<OffsetEntry[]> {
    const entries = await this.#readKeys(topic, keysJson, 'offsets', options);
    return entries.map((entry) => readOffset(topic, entry));
  }

  /** As `batchGet`, but with all places of each key, including removed ones. See `KeyPlaceForm`. */
  async locate(
    topic: MirroredTopic,
    keysJson: readonly string[],
    options: ReadOptions = {},
  ): Promise<PlacesEntry[]> {
    const entries = await this.#readKeys(topic, keysJson, 'locations', options);
    return entries.map((entry) => readPlaces(topic, entry));
  }

  /** Whether the topic is mixed. Throws `AppError`. */
  async isMixed(topic: MirroredTopic, options: ReadOptions = {}): Promise<boolean> {
    return await this.#owners.isMixed(topic.name, this.#call(topic, options).deadline.leftMs);
  }

  async #readKeys(
    topic: MirroredTopic,
    keysJson: readonly string[],
    kind: BatchKind,
    options: ReadOptions,
  ): Promise<BatchEntry[]> {
    const path = BATCH_PATHS[kind](topic.name);
    const call = this.#call(topic, options);
    const { slots, refused } = partitionKeys(topic, keysJson);
    const results: BatchEntry[] = keysJson.map((_, index) => refused.get(index));
    let pending = slots;
    for (let attempt = 0; attempt < ATTEMPTS_MAX && pending.length > 0; attempt += 1) {
      const isLast = attempt === ATTEMPTS_MAX - 1;
      const failures = await this.#attempt({ call, path, results }, pending, attempt);
      const again: KeySlot[] = [];
      for (const failed of failures) {
        for (const slot of failed.slots) {
          results[slot.index] = failed.error;
        }
        if (!isLast && mayAnswerElsewhere(call, failed)) {
          again.push(...failed.slots);
        }
      }
      pending = again;
    }
    return results;
  }

  /**
   * All entries of a topic, page by page and in no order. Throws `AppError` if any partition cannot
   * be read, so the result is never partial.
   */
  async *list(topic: MirroredTopic, options: ReadOptions = {}): AsyncIterableIterator<ListEntry[]> {
    const call = this.#call(topic, options);
    let owners = await this.#owners.ownersOf(topic.name, call.deadline.leftMs);
    let begin = 0;
    for (let end = countOf(owners); begin < end; end = call.seen.partitions) {
      const part = Array.from({ length: end - begin }, (_, at) => begin + at);
      const groups = groupBy(part, (partition) => this.#target(call, owners, partition, 0));
      yield* mergeLists([...groups].map(([origin, owned]) => this.#listAt(call, origin, owned)));
      begin = end;
      if (call.seen.partitions > end) {
        owners = await this.#owners.refreshed(topic.name, call.deadline.leftMs);
      }
    }
  }

  /**
   * The numbers of keys and versions of a topic. Throws `AppError` if any partition cannot be read.
   */
  async size(topic: MirroredTopic, options: ReadOptions = {}): Promise<TopicCounts> {
    const call = this.#call(topic, options);
    const owners = await this.#owners.ownersOf(topic.name, call.deadline.leftMs);
    const partitions = Array.from({ length: countOf(owners) }, (_, partition) => partition);
    const groups = groupBy(partitions, (partition) => this.#target(call, owners, partition, 0));
    const parts = await Promise.all(
      [...groups].map(async ([origin, owned]) => {
        const path = sizePath(topic.name);
        const answer = await this.#send(call, 'size', { origin, method: 'GET', path });
        if (answer instanceof AppError) {
          this.#owners.forget(topic.name);
          throw answer;
        }
        return parseSize(topic.name, answer.body, owned);
      }),
    );
    return totalSize(parts);
  }

  /**
   * One page of a range: the versions of a key, or the records with a value of the topic's range
   * key. Throws `AppError`: NO_RANGE_INDEX, BAD_RANGE, BAD_KEY or BAD_CURSOR for an invalid query,
   * or the mirror's error if any partition cannot be read.
   */
  async range(
    topic: MirroredTopic,
    keyJson: string,
    query: RangeQuery,
    options: ReadOptions = {},
  ): Promise<RangePage> {
    const path = printRangeQuery(topic.name, keyJson, rangeParameters(query));
    const at = partitionOfRange(topic, keyJson);
    return await this.#requestPage(this.#call(topic, options), 'range', at, path);
  }

  /** As `range`, but with a cursor for each value. */
  async rangeEdges(
    topic: MirroredTopic,
    keyJson: string,
    query: RangeEdgesQuery,
    options: ReadOptions = {},
  ): Promise<EdgePage> {
    const parameters = { ...rangeParameters(query), cursors: true };
    const path = printRangeQuery(topic.name, keyJson, parameters);
    const at = partitionOfRange(topic, keyJson);
    const page = await this.#requestPage(this.#call(topic, options), 'range', at, path);
    return readEdges(topic.name, page);
  }

  /**
   * One page of all values of a topic, ordered by partition and then by key. A page may be short
   * without being the last. Throws `AppError`: BAD_CURSOR, or the mirror's error if a partition
   * cannot be read.
   */
  async listEdges(
    topic: MirroredTopic,
    query: ListEdgesQuery,
    options: ReadOptions = {},
  ): Promise<EdgePage> {
    const call = this.#call(topic, options);
    return await readListPage(query, {
      topic: topic.name,
      partitions: () => Math.max(call.seen.partitions, topic.partitions),
      read: async (partition, path) =>
        readEdges(topic.name, await this.#requestPage(call, 'list', partition, path)),
      ownerOf: async (partition) => {
        const owners = await this.#owners.ownersOf(topic.name, call.deadline.leftMs);
        return this.#target(call, owners, partition, 0);
      },
    });
  }

  /** Reads from the owner of a partition, which forwards requests for other partitions. */
  async #requestPage(
    call: Call,
    kind: CallKind,
    partition: number,
    path: string,
  ): Promise<AnswerPage> {
    const { topic } = call;
    const headers = positionHeader(call);
    for (let attempt = 0; ; attempt += 1) {
      const owners =
        attempt === 1
          ? await this.#owners.refreshed(topic.name, call.deadline.leftMs)
          : await this.#owners.ownersOf(topic.name, call.deadline.leftMs);
      const origin = this.#target(call, owners, partition, attempt);
      const answer = await this.#send(call, kind, { origin, method: 'GET', path, headers });
      if (!(answer instanceof AppError)) {
        return parsePage(topic.name, answer.body);
      }
      const hasCopies = (owners[partition] ?? []).length > 1;
      const failure = { error: answer, hasCopies };
      if (attempt === ATTEMPTS_MAX - 1 || !mayAnswerElsewhere(call, failure)) {
        throw answer;
      }
    }
  }

  /** The topic's mirror has moved, so the owners of its partitions must be fetched again. */
  forget(topic: string): void {
    this.#owners.forget(topic);
  }

  async close(): Promise<void> {
    await this.#http.close();
  }

  #call(topic: MirroredTopic, options: ReadOptions): Call {
    const timeoutMs = Math.min(options.timeoutMs ?? Infinity, this.#options.timeoutMs);
    return { topic, options, deadline: Deadline.in(timeoutMs), seen: { partitions: 0 } };
  }

  async #attempt(read: KeyRead, slots: readonly KeySlot[], attempt: number): Promise<Failed[]> {
    const { call } = read;
    let owners: PartitionOwners;
    let groups: Map<string, KeySlot[]>;
    try {
      owners =
        attempt === 1
          ? await this.#owners.refreshed(call.topic.name, call.deadline.leftMs)
          : await this.#owners.ownersOf(call.topic.name, call.deadline.leftMs);
      groups = groupBy(slots, (slot) => this.#target(call, owners, slot.partition, attempt));
    } catch (error) {
      if (error instanceof AppError) {
        return [{ error, slots }];
      }
      throw error;
    }
    const requests = [...groups].flatMap(([origin, members]) =>
      chunksOf(members, BATCH_KEYS_MAX).map((chunk) => this.#readChunk(read, origin, chunk)),
    );
    const failures = (await Promise.all(requests)).filter((failed) => failed !== undefined);
    return failures.map((failed) => ({
      ...failed,
      hasCopies: failed.slots.every((slot) => (owners[slot.partition] ?? []).length > 1),
    }));
  }

  #target(call: Call, owners: PartitionOwners, partition: number, attempt: number): string {
    const list = owners[partition] ?? [];
    const owner = list[attempt % Math.max(1, list.length)];
    if (owner !== undefined && attempt < ATTEMPTS_MAX - 1) {
      return `http://${owner}`;
    }
    const [origin] = this.#options.originsOf(call.topic.name);
    if (origin === undefined) {
      throw noMirrorError(call.topic.name);
    }
    return origin;
  }

  /** Sends one request and fills in the results of its keys, or returns the failure. */
  async #readChunk(
    { call, path, results }: KeyRead,
    origin: string,
    slots: readonly KeySlot[],
  ): Promise<Failed | undefined> {
    const answer = await this.#send(call, 'batch', {
      origin,
      method: 'POST',
      path,
      headers: { ...BATCH_HEADERS, ...positionHeader(call) },
      body: printBatchKeys(slots.map((slot) => slot.json)),
    });
    if (answer instanceof AppError) {
      return { error: answer, slots };
    }
    return fillIn({ call, path, results }, slots, answer.body);
  }

  async *#listAt(
    call: Call,
    origin: string,
    owned: readonly number[],
  ): AsyncIterableIterator<ListEntry[]> {
    const headers = positionHeader(call);
    let cursor: string | null = null;
    do {
      const path = printListQuery(call.topic.name, {
        limit: PAGE_ITEMS_MAX,
        partitions: owned,
        ...(cursor === null ? {} : { cursor }),
      });
      const answer = await this.#send(call, 'list', { origin, method: 'GET', path, headers });
      if (answer instanceof AppError) {
        // The topic may have been recreated with other partitions.
        this.#owners.forget(call.topic.name);
        throw answer;
      }
      const page = parsePage(call.topic.name, answer.body);
      yield page.items.map((item) => readEntry(call.topic.name, item));
      cursor = page.next;
    } while (cursor !== null);
  }

  async #send(
    call: Call,
    kind: CallKind,
    request: Omit<MirrorCall, 'timeoutMs' | 'signal'>,
  ): Promise<MirrorAnswer | AppError> {
    const topic = call.topic.name;
    const startedMs = performance.now();
    const { signal } = call.options;
    const reply = await this.#http.send({
      ...request,
      timeoutMs: call.deadline.leftMs,
      ...(signal === undefined ? {} : { signal }),
    });
    const ok = reply.ok && reply.answer.status === 200;
    this.#options.onCall?.({ topic, kind, ok, ms: performance.now() - startedMs });
    if (!reply.ok) {
      return noAnswerError(topic, reply.reason, reply.detail);
    }
    if (reply.answer.headers[CACHE_UPDATE_HEADER] !== undefined) {
      this.#owners.noticeOld(topic);
    }
    const partitions = Number(reply.answer.headers[PARTITIONS_HEADER] ?? 0);
    call.seen.partitions = Math.max(call.seen.partitions, partitions);
    if (!ok) {
      return answerError(topic, reply.answer);
    }
    call.options.onFreshness?.(readFreshness(reply.answer.headers));
    call.options.onSkipped?.(readSkipped(reply.answer.headers));
    return reply.answer;
  }
}

function countOf(owners: PartitionOwners): number {
  return Object.keys(owners).length;
}
