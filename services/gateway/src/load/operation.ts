import { AppError } from '@quicksilver/common/errors/app-error';
import type {
  BatchEntry,
  ListEntry,
  ReadOptions,
} from '@quicksilver/common/mirror-api/mirror-client';
import type { Position } from '@quicksilver/common/mirror-api/position-token';
import type { TopicEntry } from '@quicksilver/common/topics/topic-entry';
import DataLoader from 'dataloader';

import { parseJson } from './parse-json.ts';

/** The part of the mirror client that an operation needs. */
export interface MirrorReader {
  batchGet(
    topic: TopicEntry,
    keysJson: readonly string[],
    options: ReadOptions,
  ): Promise<BatchEntry[]>;
  list(topic: TopicEntry, options: ReadOptions): AsyncIterable<ListEntry[]>;
}

export interface OperationOptions {
  readonly mirrors: MirrorReader;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
  /** Milliseconds that all reads of the operation may take together; per event in a subscription. */
  readonly timeoutMs: number;
  /** Items that a list of all may have. */
  readonly listItemsMax: number;
  /** Topic to the position its reads must include. */
  readonly positions: ReadonlyMap<string, Position>;
  readonly onBatch?: (topic: string, keys: number) => void;
}

/**
 * The reads of one GraphQL operation: one batch per topic and level, each key once. Nothing is shared
 * with another operation, and each event of a subscription begins anew.
 */
export class Operation {
  readonly #options: OperationOptions;
  /** Arguments of the root fields by response name, for the fields below that name them. */
  readonly #rootArguments = new Map<string | number, Readonly<Record<string, unknown>>>();
  #loaders = new Map<string, DataLoader<string, unknown>>();
  #lists = new Map<string, Promise<unknown[]>>();
  #positions: ReadonlyMap<string, Position>;
  #deadlineMs: number;

  constructor(options: OperationOptions) {
    this.#options = options;
    this.#positions = options.positions;
    this.#deadlineMs = performance.now() + options.timeoutMs;
  }

  get signal(): AbortSignal {
    return this.#options.signal;
  }

  rememberRoot(responseName: string | number, args: Readonly<Record<string, unknown>>): void {
    this.#rootArguments.set(responseName, args);
  }

  rootArguments(responseName: string | number): Readonly<Record<string, unknown>> | undefined {
    return this.#rootArguments.get(responseName);
  }

  /**
   * From here on for one event of a subscription: what was read for the last one is forgotten, and
   * reads of the event's own topic include the event.
   */
  beginEvent(topic: string, partition: number, offset: bigint): void {
    this.#loaders = new Map();
    this.#lists = new Map();
    this.#deadlineMs = performance.now() + this.#options.timeoutMs;
    const wanted = this.#options.positions.get(topic);
    const offsets = new Map(wanted?.offsets);
    if (offset > (offsets.get(partition) ?? -1n)) {
      offsets.set(partition, offset);
    }
    this.#positions = new Map([...this.#options.positions, [topic, { ...wanted, offsets }]]);
  }

  /** The value of a key, null where there is none. */
  load(topic: TopicEntry, keyJson: string): Promise<unknown> {
    return this.#loaderOf(topic).load(keyJson);
  }

  /** Aligned with the keys: the value, null, or the error of this key. */
  loadMany(topic: TopicEntry, keysJson: readonly string[]): Promise<unknown[]> {
    return this.#loaderOf(topic).loadMany(keysJson);
  }

  /** All values of a topic, or an error; never a part. */
  all(topic: TopicEntry): Promise<unknown[]> {
    const known = this.#lists.get(topic.name);
    if (known !== undefined) {
      return known;
    }
    const list = this.#readAll(topic);
    this.#lists.set(topic.name, list);
    return list;
  }

  #loaderOf(topic: TopicEntry): DataLoader<string, unknown> {
    const known = this.#loaders.get(topic.name);
    if (known !== undefined) {
      return known;
    }
    const loader = new DataLoader<string, unknown>((keys) => this.#readBatch(topic, keys));
    this.#loaders.set(topic.name, loader);
    return loader;
  }

  async #readBatch(topic: TopicEntry, keys: readonly string[]): Promise<unknown[]> {
    this.#options.onBatch?.(topic.name, keys.length);
    const { mirrors } = this.#options;
    const entries = await mirrors.batchGet(topic, keys, this.#readOptions(topic));
    return entries.map((entry) =>
      typeof entry === 'string' ? parsedOrError(topic, entry) : (entry ?? null),
    );
  }

  async #readAll(topic: TopicEntry): Promise<unknown[]> {
    const { mirrors, listItemsMax } = this.#options;
    const values: unknown[] = [];
    for await (const page of mirrors.list(topic, this.#readOptions(topic))) {
      if (values.length + page.length > listItemsMax) {
        throw new AppError(
          'TOO_MANY_ITEMS',
          `Topic ${topic.name} has more than the ${listItemsMax} values that one list may have. Ask for keys instead.`,
        );
      }
      for (const entry of page) {
        values.push(parsedOrError(topic, entry.valueJson));
      }
    }
    return values;
  }

  #readOptions(topic: TopicEntry): ReadOptions {
    const minPosition = this.#positions.get(topic.name);
    return {
      signal: this.#options.signal,
      timeoutMs: Math.max(1, this.#deadlineMs - performance.now()),
      ...(minPosition === undefined ? {} : { minPosition }),
    };
  }
}

/** An error in place of a value fails its field alone. */
function parsedOrError(topic: TopicEntry, json: string): unknown {
  try {
    return parseJson(json);
  } catch (error) {
    const detail = `The mirror of topic ${topic.name} answered with a value that is not JSON.`;
    return new AppError('UPSTREAM_BAD_RESPONSE', detail, { cause: error });
  }
}
