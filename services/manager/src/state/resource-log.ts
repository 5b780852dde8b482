import { randomUUID } from 'node:crypto';

import {
  RESOURCE_KINDS,
  type Resource,
  type ResourceKind,
  type SpecOf,
} from '@quicksilver/resources/kinds';
import { KeyedQueue } from '@quicksilver/common/flow/keyed-queue';
import { Listeners } from '@quicksilver/common/flow/listeners';
import { AppError } from '@quicksilver/common/errors/app-error';
import { createCompactedTopic } from '@quicksilver/kafka/compacted-writer';
import { CompactedView } from '@quicksilver/kafka/compacted-view';
import { packValue } from '@quicksilver/common/records/packed-value';
import type {
  OutgoingRecord,
  RecordSink,
  RecordSource,
  TopicAdmin,
} from '@quicksilver/kafka/ports';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { Part, PartContext } from '@quicksilver/common/lifecycle/part';

import { Fold, type Versioned } from './fold.ts';
import { entityOf, isKind, resourceOf } from './resource-record.ts';
import { parseRecord, printRecord, recordKey, type VersionedRecord } from './versioned-record.ts';

export interface ResourceLogOptions {
  /** Owned by the log, which closes it. */
  readonly source: RecordSource;
  readonly sink: RecordSink;
  readonly admin: TopicAdmin;
  readonly topic: string;
  readonly replicationFactor: number;
  /** Unique among all running managers. */
  readonly writer: string;
  readonly log: Log;
}

/** A change of an entity, starting from the version that the caller has read. */
export interface Change {
  readonly entity: string;
  readonly base: number;
  /** Null deletes the entity. */
  readonly body: unknown;
}

/** A change of a resource; see `change`. */
export interface ResourceChange<K extends ResourceKind = ResourceKind> {
  readonly kind: K;
  readonly name: string;
  readonly base: number;
  readonly spec: SpecOf[K] | null;
  readonly isDeleting?: boolean;
}

const PRODUCE_MS = 10_000;
/** An acknowledged record is normally read within milliseconds. */
const READ_BACK_MS = 10_000;

/**
 * The desired state: every resource with its version, as stored in the resources topic. A write
 * names the version it starts from and returns whether it won. So two managers never overwrite each
 * other.
 */
export class ResourceLog implements Part {
  readonly name = 'resource log';
  readonly #options: ResourceLogOptions;
  readonly #view: CompactedView;
  readonly #fold = new Fold();
  /** Parsed entries of the fold. The entries themselves are immutable. */
  readonly #read = new WeakMap<Versioned, { readonly resource: Resource | undefined }>();
  /** Records of this process that its view has not read yet, by id. */
  readonly #pending = new Map<string, (isAccepted: boolean) => void>();
  readonly #changes = new Listeners<[entity: string]>();
  readonly #resets = new Listeners();
  /** The writes of one entity take turns. */
  readonly #writes = new KeyedQueue();
  #writer: string;

  constructor(options: ResourceLogOptions) {
    this.#options = options;
    this.#writer = options.writer;
    this.#view = new CompactedView({
      source: options.source,
      topic: options.topic,
      log: options.log,
      onRecord: (key, value, offset) => this.#apply(key, value, offset),
      onReset: () => this.#reset(),
    });
  }

  get topic(): string {
    return this.#options.topic;
  }

  get isCaughtUp(): boolean {
    return this.#view.isCaughtUp;
  }

  start(context: PartContext): Promise<void> {
    // Work in flight continues after the signal and needs to read its own writes.
    return this.#view.start({ ...context, signal: new AbortController().signal });
  }

  stop(): Promise<void> {
    return this.#view.stop();
  }

  notReady(): string | undefined {
    return this.#view.notReady();
  }

  untilCaughtUp(signal: AbortSignal): Promise<void> {
    return this.#view.untilCaughtUp(signal);
  }

  /** Undefined if the resource does not exist. */
  get<K extends ResourceKind>(kind: K, name: string): Resource<K> | undefined {
    const resource = this.#resource(entityOf(kind, name));
    return isKind(resource, kind) ? resource : undefined;
  }

  /** All resources, or those of one kind, sorted by name. */
  list<K extends ResourceKind>(kind: K): readonly Resource<K>[];
  list(): readonly Resource[];
  list(kind?: ResourceKind): readonly Resource[] {
    const resources: Resource[] = [];
    for (const entity of this.#fold.entities()) {
      const resource = this.#resource(entity);
      if (resource !== undefined && (kind === undefined || resource.kind === kind)) {
        resources.push(resource);
      }
    }
    const rank = ({ kind: of, name }: Resource): string => `${RESOURCE_KINDS.indexOf(of)}${name}`;
    return resources.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1));
  }

  /** Any entity in the log, including deleted ones. */
  versioned(entity: string): Versioned {
    return this.#fold.get(entity);
  }

  /** The version that a write of this resource must start from, also after its deletion. */
  versionOf(kind: ResourceKind, name: string): number {
    return this.#fold.get(entityOf(kind, name)).version;
  }

  /**
   * Calls back with `kind/name` after each accepted change. The returned function removes the
   * listener.
   */
  onChange(listener: (entity: string) => void): () => void {
    return this.#changes.add(listener);
  }

  /** Calls back when the topic was recreated or truncated, right before its records are read. */
  onReset(listener: () => void): () => void {
    return this.#resets.add(listener);
  }

  /** Like `write`, for resources. True if all changes won. */
  async change(...changes: readonly ResourceChange[]): Promise<boolean> {
    const written = await this.write(
      changes.map(({ kind, name, base, spec, isDeleting = false }) => ({
        entity: entityOf(kind, name),
        base,
        body: spec === null ? null : { spec, isDeleting },
      })),
    );
    return written.every(Boolean);
  }

  /**
   * Writes all changes atomically and returns for each whether it won. It is false if another
   * change of the entity came first. When it resolves, `get` returns the result. Throws `AppError`
   * if the outcome is unknown; the log has it later.
   */
  async write(changes: readonly Change[]): Promise<readonly boolean[]> {
    const entities = changes.map(({ entity }) => entity);
    return await this.#writes.run(entities, () => this.#writeNow(changes));
  }

  #resource(entity: string): Resource | undefined {
    const versioned = this.#fold.get(entity);
    let entry = this.#read.get(versioned);
    if (entry === undefined) {
      entry = { resource: resourceOf(entity, versioned) };
      this.#read.set(versioned, entry);
    }
    return entry.resource;
  }

  async #writeNow(changes: readonly Change[]): Promise<readonly boolean[]> {
    const records = changes.map(({ entity, base, body }): VersionedRecord => {
      return { id: randomUUID(), entity, base, version: base + 1, body };
    });
    const verdicts = records.map(
      ({ id }) => new Promise<boolean>((resolve) => this.#pending.set(id, resolve)),
    );
    try {
      await this.#produce(records);
      return await this.#within(Promise.all(verdicts));
    } catch (error) {
      // These records may still arrive. A new key prevents them from replacing a later record.
      this.#writer = `${this.#options.writer}~${randomUUID().slice(0, 8)}`;
      throw error;
    } finally {
      for (const { id } of records) {
        this.#pending.delete(id);
      }
    }
  }

  async #produce(records: readonly VersionedRecord[]): Promise<void> {
    const { sink, admin, topic } = this.#options;
    const outgoing = records.map((record): OutgoingRecord => {
      const key = Buffer.from(recordKey(record.entity, this.#writer));
      return { key, value: packValue(printRecord(record)) };
    });
    const batch = { topic, partition: 0, records: outgoing };
    let [result] = await sink.produce([batch], PRODUCE_MS);
    if (result?.ok === false && result.reason === 'topic-gone') {
      await createCompactedTopic(admin, this.#options, AbortSignal.timeout(PRODUCE_MS));
      [result] = await sink.produce([batch], PRODUCE_MS);
    }
    if (result?.ok !== true) {
      const isSafe = result?.outcome === 'not_written';
      throw new AppError(
        'KAFKA_UNAVAILABLE',
        `The change could not be written to ${topic}: ${result?.detail ?? 'Kafka did not respond'}. ${
          isSafe
            ? 'Nothing was changed.'
            : 'The outcome is unknown. Check the resource before you retry.'
        }`,
      );
    }
  }

  async #within<T>(verdicts: Promise<T>): Promise<T> {
    const late = new AppError(
      'KAFKA_UNAVAILABLE',
      `The change was written to ${this.#options.topic}, but not read back within ${READ_BACK_MS / 1000} s. Check the resource before you retry.`,
    );
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(late), READ_BACK_MS);
    });
    try {
      return await Promise.race([verdicts, deadline]);
    } finally {
      clearTimeout(timer);
    }
  }

  #reset(): void {
    this.#fold.clear();
    this.#resets.notify();
  }

  #apply(key: string, value: Buffer | null, offset: bigint): void {
    if (value === null) {
      return;
    }
    const record = parseRecord(value);
    if (record === undefined) {
      const fields = { key, offset: String(offset) };
      this.#options.log.error(fields, 'skipping an unreadable record in the resources topic');
      return;
    }
    const isAccepted = this.#fold.apply(record);
    this.#pending.get(record.id)?.(isAccepted);
    if (isAccepted) {
      this.#changes.notify(record.entity);
    }
  }
}
