import { AppError } from '@quicksilver/common/errors/app-error';
import { RANGE_ITEMS_MAX } from '@quicksilver/contracts/mirror-api/contract';
import type { EdgePage, ListEdgesQuery, ListEntry } from '@quicksilver/contracts/mirror-api/edges';
import type { BatchEntry } from '@quicksilver/contracts/mirror-api/key-answers';
import type { ReadOptions } from '@quicksilver/contracts/mirror-api/mirror-client';
import type {
  RangeEdgesQuery,
  RangePage,
  RangeQuery,
} from '@quicksilver/contracts/mirror-api/range-query';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';

import { bytesOf, parsedEdge, parsedValues, type ValuePage } from './parse-values.ts';
import { readConnectionPage, type PageQuery } from './read-connection-page.ts';

/** The part of the mirror client that an operation needs. */
export interface MirrorReader {
  batchGet(
    topic: TopicEntry,
    keysJson: readonly string[],
    options: ReadOptions,
  ): Promise<BatchEntry[]>;
  list(topic: TopicEntry, options: ReadOptions): AsyncIterable<ListEntry[]>;
  range(
    topic: TopicEntry,
    keyJson: string,
    query: RangeQuery,
    options: ReadOptions,
  ): Promise<RangePage>;
  listEdges(topic: TopicEntry, query: ListEdgesQuery, options: ReadOptions): Promise<EdgePage>;
  rangeEdges(
    topic: TopicEntry,
    keyJson: string,
    query: RangeEdgesQuery,
    options: ReadOptions,
  ): Promise<EdgePage>;
}

/** A range of a topic, without its page. */
export interface RangeOfKey {
  readonly keyJson: string;
  readonly query: RangeQuery;
}

export interface MirrorReadsOptions {
  readonly mirrors: MirrorReader;
  /** The most items of a list of all values or of a range. */
  readonly listItemsMax: number;
  readonly onBatch?: (topic: string, keys: number) => void;
}

/** What the reads of one operation have in common. */
export interface ReadScope {
  /** Called for each request. Throws if the operation has ended. */
  readonly optionsOf: (topic: TopicEntry) => ReadOptions;
  /** Counts bytes of a mirror. Throws if they are too many. */
  readonly onBytes: (bytes: number) => void;
}

/** Reads parsed values from mirrors. Nothing is cached. Each method throws `AppError`. */
export class MirrorReads {
  readonly #options: MirrorReadsOptions;
  readonly #scope: ReadScope;

  constructor(options: MirrorReadsOptions, scope: ReadScope) {
    this.#options = options;
    this.#scope = scope;
  }

  /** For each key its value, null, or the error of this key. */
  async batch(topic: TopicEntry, keysJson: readonly string[]): Promise<unknown[]> {
    const { mirrors, onBatch } = this.#options;
    onBatch?.(topic.name, keysJson.length);
    const entries = await mirrors.batchGet(topic, keysJson, this.#scope.optionsOf(topic));
    this.#scope.onBytes(bytesOf(entries));
    return parsedValues(topic, entries);
  }

  /** All values of a topic, never a part of them. */
  async all(topic: TopicEntry): Promise<unknown[]> {
    const { mirrors, listItemsMax } = this.#options;
    const values: unknown[] = [];
    for await (const page of mirrors.list(topic, this.#scope.optionsOf(topic))) {
      if (values.length + page.length > listItemsMax) {
        throw new AppError(
          'TOO_MANY_ITEMS',
          `Topic ${topic.name} has more than ${listItemsMax} values, the limit of one list. Read pages or keys instead.`,
        );
      }
      const jsons = page.map(({ valueJson }) => valueJson);
      this.#scope.onBytes(bytesOf(jsons));
      append(values, parsedValues(topic, jsons));
    }
    return values;
  }

  /** All values of a range, never a part of them. */
  async range(topic: TopicEntry, { keyJson, query }: RangeOfKey): Promise<unknown[]> {
    const { mirrors, listItemsMax } = this.#options;
    const values: unknown[] = [];
    let cursor: string | null = null;
    do {
      const pageQuery: RangeQuery = {
        ...query,
        limit: RANGE_ITEMS_MAX,
        ...(cursor === null ? {} : { cursor }),
      };
      const options = this.#scope.optionsOf(topic);
      const page: RangePage = await mirrors.range(topic, keyJson, pageQuery, options);
      if (values.length + page.items.length > listItemsMax) {
        throw new AppError(
          'TOO_MANY_ITEMS',
          `The range of topic ${topic.name} has more than ${listItemsMax} values, the limit of one list. Read pages or a smaller range.`,
        );
      }
      this.#scope.onBytes(bytesOf(page.items));
      append(values, parsedValues(topic, page.items));
      cursor = page.next;
    } while (cursor !== null);
    return values;
  }

  async listPage(topic: TopicEntry, { size, after }: PageQuery): Promise<ValuePage> {
    const { mirrors } = this.#options;
    const { edges, hasMore } = await readConnectionPage(size, (limit, cursor = after) => {
      const query = { limit, ...(cursor === undefined ? {} : { cursor }) };
      return mirrors.listEdges(topic, query, this.#scope.optionsOf(topic));
    });
    this.#scope.onBytes(bytesOf(edges.map(({ valueJson }) => valueJson)));
    return { edges: edges.map((edge) => parsedEdge(topic, edge)), hasMore };
  }

  async rangePage(
    topic: TopicEntry,
    { size, after, before, isFromEnd }: PageQuery,
    { keyJson, query }: RangeOfKey,
  ): Promise<ValuePage> {
    const { mirrors } = this.#options;
    const { edges, hasMore } = await readConnectionPage(size, (limit, cursor) => {
      const pageQuery = {
        ...query,
        limit,
        reverse: isFromEnd,
        ...(after === undefined ? {} : { after }),
        ...(before === undefined ? {} : { before }),
        ...(cursor === undefined ? {} : { cursor }),
      };
      return mirrors.rangeEdges(topic, keyJson, pageQuery, this.#scope.optionsOf(topic));
    });
    this.#scope.onBytes(bytesOf(edges.map(({ valueJson }) => valueJson)));
    const inOrder = isFromEnd ? edges.toReversed() : edges;
    return { edges: inOrder.map((edge) => parsedEdge(topic, edge)), hasMore };
  }
}

function append(values: unknown[], more: readonly unknown[]): void {
  for (const value of more) {
    values.push(value);
  }
}
