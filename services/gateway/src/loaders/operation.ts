import { AppError } from '@quicksilver/common/errors/app-error';
import { Deadline } from '@quicksilver/common/flow/deadline';
import type { ReadOptions } from '@quicksilver/contracts/mirror-api/mirror-client';
import type { Position } from '@quicksilver/contracts/mirror-api/position-token';
import type { ReadFreshness } from '@quicksilver/contracts/mirror-api/read-freshness';
import type { RangeQuery } from '@quicksilver/contracts/mirror-api/range-query';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';
import DataLoader from 'dataloader';

import { parseJson } from '@quicksilver/common/numbers/parse-json';
import { KeyColumns, type ValuesByKey } from './key-columns.ts';
import { MirrorReads, type MirrorReadsOptions, type RangeOfKey } from './mirror-reads.ts';
import type { ValuePage } from './parse-values.ts';
import { OperationBudget, type BudgetOptions } from './operation-budget.ts';
import { OperationFreshness, type SkippedRecord } from './operation-freshness.ts';
import { digest } from './digest.ts';
import type { PageQuery } from './read-connection-page.ts';
import { ReaderPositions } from './reader-positions.ts';
import type { RecordWriter, WrittenRecord } from './record-writer.ts';
import type { ForwardedHeaders, RestCall, RestCaller } from './rest-caller.ts';

export interface OperationOptions extends BudgetOptions, MirrorReadsOptions {
  readonly writer: RecordWriter;
  readonly rest: RestCaller;
  /** The headers of the client that REST services receive. */
  readonly headers: ForwardedHeaders;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
  /** Milliseconds that all reads and writes may take together, for each event of a subscription. */
  readonly timeoutMs: number;
  /** For each topic the position that reads must include. */
  readonly positions: ReadonlyMap<string, Position>;
  /**
   * Contains the client's API key, so that it is unique among clients. Absent if writes are not
   * retried.
   */
  readonly idempotencyKey?: string;
}

/** The removed record of an event, as clients receive it. */
export interface Tombstone {
  readonly key: unknown;
  /** The field of the followed type, if the subscription follows several topics. */
  readonly field?: string;
}

/**
 * The reads and writes of one GraphQL operation. There is one batch per topic and level, with each
 * key once. Equal calls of a REST service are made once. A read after a write includes it (I-R1).
 * Operations share nothing, and neither do the events of a subscription.
 */
export class Operation {
  readonly #options: OperationOptions;
  /** Arguments of the root fields by response name. Fields below may use them as keys. */
  readonly #rootArguments = new Map<string | number, Readonly<Record<string, unknown>>>();
  #loaders = new Map<string, DataLoader<string, unknown>>();
  #lists = new Map<string, Promise<unknown[]>>();
  #pages = new Map<string, Promise<ValuePage>>();
  #fetched = new Map<string, Promise<unknown>>();
  readonly #reads: MirrorReads;
  #columns: KeyColumns;
  /** What a plan has read before the operation began again. */
  #past: PastReads | undefined;
  readonly #positions: ReaderPositions;
  readonly #written = new ReaderPositions();
  /** Aborted if the operation exceeds a limit. */
  readonly #ending = new AbortController();
  readonly #signal: AbortSignal;
  #budget: OperationBudget;
  readonly #freshness = new OperationFreshness();
  #tombstone: Tombstone | undefined;
  #deadline: Deadline;

  constructor(options: OperationOptions) {
    this.#options = options;
    this.#positions = new ReaderPositions(options.positions);
    this.#deadline = Deadline.in(options.timeoutMs);
    this.#signal = AbortSignal.any([options.signal, this.#ending.signal]);
    this.#budget = new OperationBudget(options, this.#end);
    this.#reads = new MirrorReads(options, {
      optionsOf: (topic) => this.#readOptions(topic),
      onBytes: (bytes) => this.#budget.read(bytes),
    });
    this.#columns = this.#newColumns();
  }

  /** Aborted when the client is gone or the operation exceeds a limit. */
  get signal(): AbortSignal {
    return this.#signal;
  }

  get budget(): OperationBudget {
    return this.#budget;
  }

  /** Ends the operation and throws `AppError` if its time is over. */
  checkDeadline(): void {
    if (this.#deadline.isOver) {
      const { timeoutMs, onLimit } = this.#options;
      onLimit?.('time');
      const error = new AppError(
        'UPSTREAM_TIMEOUT',
        `The operation takes longer than ${timeoutMs} ms, the limit (QUICK_OPERATION_TIMEOUT_MS of a gateway). Select fewer fields, fewer keys or a smaller page.`,
      );
      this.#end(error);
      throw error;
    }
  }

  /** The positions of the written records, in the format of the request header. */
  get written(): string | undefined {
    return this.#written.print();
  }

  /** How fresh the reads are until now. Undefined if there was none. */
  get freshness(): ReadFreshness | undefined {
    return this.#freshness.total;
  }

  /** Records that the reads lack because a mirror skipped them, a limited number. */
  get skipped(): readonly SkippedRecord[] {
    return this.#freshness.skipped;
  }

  /** The removed record, if the current event is a tombstone. */
  get tombstone(): Tombstone | undefined {
    return this.#tombstone;
  }

  rememberRoot(responseName: string | number, args: Readonly<Record<string, unknown>>): void {
    this.#rootArguments.set(responseName, args);
  }

  rootArguments(responseName: string | number): Readonly<Record<string, unknown>> | undefined {
    return this.#rootArguments.get(responseName);
  }

  /**
   * Starts one event of a subscription. It drops the results of earlier reads. New reads include
   * this event and all before it (I-S4).
   */
  beginEvent(topic: string, partition: number, offset: bigint, tombstone?: Tombstone): void {
    this.#forget();
    this.#freshness.forgetSkipped();
    this.#tombstone = tombstone;
    this.#deadline = Deadline.in(this.#options.timeoutMs);
    // An event over a limit has errors, and the next one begins with nothing used.
    this.#budget = new OperationBudget(this.#options, () => {});
    this.#positions.include(topic, { offsets: new Map([[partition, offset]]) });
  }

  /**
   * Returns the written value. `field` is the response path. It identifies a write of the operation
   * when a client retries it. Throws `AppError`, see `RecordWriter`.
   */
  async write(
    topic: TopicEntry,
    record: WrittenRecord,
    field: readonly (string | number)[],
  ): Promise<unknown> {
    const { idempotencyKey: key, writer } = this.#options;
    const position = await writer.write(topic, record, {
      timeoutMs: this.#deadline.leftMs,
      ...(key === undefined ? {} : { idempotencyKey: digest([key, ...field]) }),
    });
    this.#positions.include(topic.name, position);
    this.#written.include(topic.name, position);
    this.#forget();
    return record.valueJson === null ? null : parseJson(record.valueJson);
  }

  /** The value of a key. Null if there is none. */
  readKey(topic: TopicEntry, keyJson: string): Promise<unknown> {
    return this.#paced(this.#loaderOf(topic).load(keyJson));
  }

  /** For each key its value, null, or the error of this key. */
  readKeys(topic: TopicEntry, keysJson: readonly string[]): Promise<unknown[]> {
    return this.#paced(this.#loaderOf(topic).loadMany(keysJson));
  }

  /** The values of a column of keys, with each error as the value of its key. */
  readColumn(topic: TopicEntry, keysJson: readonly string[]): Promise<ValuesByKey> {
    return this.#columns.read(topic, keysJson);
  }

  /** All values of a topic. Throws `AppError` and never returns a part. */
  all(topic: TopicEntry): Promise<unknown[]> {
    return once(this.#lists, topic.name, () =>
      again(this.#past?.lists.get(topic.name), () => this.#reads.all(topic)),
    );
  }

  /** All values of a range. Throws `AppError` and never returns a part. */
  range(topic: TopicEntry, keyJson: string, query: RangeQuery): Promise<unknown[]> {
    const id = JSON.stringify([topic.name, keyJson, query]);
    return once(this.#lists, id, () =>
      again(this.#past?.lists.get(id), () => this.#reads.range(topic, { keyJson, query })),
    );
  }

  /** A page of a topic or a range. Throws `AppError`. */
  page(topic: TopicEntry, page: PageQuery, range?: RangeOfKey): Promise<ValuePage> {
    const id = JSON.stringify([topic.name, page, range]);
    return once(this.#pages, id, () =>
      again(this.#past?.pages.get(id), () =>
        range === undefined
          ? this.#reads.listPage(topic, page)
          : this.#reads.rangePage(topic, page, range),
      ),
    );
  }

  /**
   * Lets the operation run once more, after a plan has given it up. What the plan has read is not
   * read again. It arrives as if it were, each read in a turn of its own.
   */
  beginAgain(): void {
    const past = { lists: this.#lists, pages: this.#pages, columns: this.#columns };
    this.#forget();
    this.#past = past;
    this.#budget = this.#budget.restarted();
  }

  /** The response of a REST service. Fields with the same call share one. */
  fetch(call: RestCall): Promise<unknown> {
    const id = JSON.stringify([call.method, call.origin, call.path, call.body, call.isNullable]);
    const { rest, headers } = this.#options;
    const signal = this.#signal;
    const timeoutMs = this.#deadline.leftMs;
    return once(this.#fetched, id, () => rest.call(call, { headers, signal, timeoutMs }));
  }

  /**
   * Calls a REST service that may change data. Never shares a call, and drops the results of
   * earlier reads.
   */
  async send(call: RestCall): Promise<unknown> {
    const { rest, headers } = this.#options;
    try {
      return await rest.call(call, { headers, timeoutMs: this.#deadline.leftMs });
    } finally {
      this.#forget();
    }
  }

  /** Ends a query as a whole. Later reads of a mutation fail, and its writes continue. */
  readonly #end = (error: Error): void => this.#ending.abort(error);

  #forget(): void {
    this.#loaders = new Map();
    this.#lists = new Map();
    this.#pages = new Map();
    this.#fetched = new Map();
    this.#columns = this.#newColumns();
    this.#past = undefined;
  }

  /**
   * All values of a batch arrive at once. In a large operation, the fields below them are completed
   * in slices.
   */
  #paced<T>(read: Promise<T>): Promise<T> {
    return this.#budget.isLarge ? this.#afterTurn(read) : read;
  }

  async #afterTurn<T>(read: Promise<T>): Promise<T> {
    const result = await read;
    const { budget } = this;
    if (budget.isSliceOver) {
      await budget.yield();
      this.checkDeadline();
    }
    this.#signal.throwIfAborted();
    return result;
  }

  #loaderOf(topic: TopicEntry): DataLoader<string, unknown> {
    return once(
      this.#loaders,
      topic.name,
      () => new DataLoader<string, unknown>((keys) => this.#readBatch(topic, keys)),
    );
  }

  async #readBatch(topic: TopicEntry, keysJson: readonly string[]): Promise<unknown[]> {
    const past = this.#past?.columns.known(topic.name);
    const unread = past === undefined ? keysJson : keysJson.filter((key) => !past.has(key));
    if (past === undefined || unread.length === keysJson.length) {
      return await this.#reads.batch(topic, keysJson);
    }
    const values = await (unread.length === 0 ? turn() : this.#reads.batch(topic, unread));
    const fresh = new Map(unread.map((key, at) => [key, values?.[at]]));
    return keysJson.map((key) => (past.has(key) ? past.get(key) : fresh.get(key)));
  }

  #newColumns(): KeyColumns {
    return new KeyColumns((topic, keysJson) => this.#reads.batch(topic, keysJson));
  }

  #readOptions(topic: TopicEntry): ReadOptions {
    this.#signal.throwIfAborted();
    const minPosition = this.#positions.get(topic.name);
    return {
      signal: this.#signal,
      timeoutMs: this.#deadline.leftMs,
      onFreshness: (freshness) => this.#freshness.include(freshness),
      onSkipped: (records) => this.#freshness.includeSkipped(topic.name, records),
      ...(minPosition === undefined ? {} : { minPosition }),
    };
  }
}

interface PastReads {
  readonly lists: ReadonlyMap<string, Promise<unknown[]>>;
  readonly pages: ReadonlyMap<string, Promise<ValuePage>>;
  readonly columns: KeyColumns;
}

/** The result of an earlier read in the next turn, or that of a new one. */
async function again<T>(past: Promise<T> | undefined, read: () => Promise<T>): Promise<T> {
  if (past === undefined) {
    return await read();
  }
  await turn();
  return await past;
}

/** Resolves after input and output. */
function turn(): Promise<undefined> {
  return new Promise((resolve) => {
    setImmediate(resolve, undefined);
  });
}

/** The value of a name, created on first use. */
function once<T>(values: Map<string, T>, name: string, create: () => T): T {
  const value = values.get(name) ?? create();
  values.set(name, value);
  return value;
}
