import { randomUUID } from 'node:crypto';

import {
  RESOURCE_KINDS,
  type Resource,
  type ResourceKind,
  type SpecOf,
} from '@quicksilver/contracts/control/resource';
import { AppError } from '@quicksilver/common/errors/app-error';
import { createCompactedTopic } from '@quicksilver/kafka/compacted-writer';
import { CompactedView } from '@quicksilver/kafka/compacted-view';
import type {
  OutgoingRecord,
  RecordSink,
  RecordSource,
  TopicAdmin,
} from '@quicksilver/kafka/ports';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { Part, Run } from '@quicksilver/common/lifecycle/part';

import { Fold, type Versioned } from './fold.ts';
import { entityOf, isKind, resourceOf } from './resource-record.ts';
import { parseRecord, printRecord, recordKey, type VersionedRecord } from './versioned-record.ts';

export interface ResourceLogOptions {
  /** Owned by the log from here on, which closes it. */
  readonly source: RecordSource;
  readonly sink: RecordSink;
  readonly admin: TopicAdmin;
  readonly topic: string;
  readonly replicationFactor: number;
  /** Of this manager, and of no other one that runs. */
  readonly writer: string;
  readonly log: Log;
}

/** What an entity should become, starting from the version that the caller has seen. */
export interface Change {
  readonly entity: string;
  readonly base: number;
  /** Null: it is gone. */
  readonly body: unknown;
}

/** What a resource should become; see `change`. */
export interface ResourceChange<K extends ResourceKind = ResourceKind> {
  readonly kind: K;
  readonly name: string;
  readonly base: number;
  readonly spec: SpecOf[K] | null;
  readonly isDeleting?: boolean;
}

const PRODUCE_MS = 10_000;
/** After Kafka has acknowledged a record it is read within milliseconds. */
const READ_BACK_MS = 10_000;

/**
 * The desired state: every resource with its version, as the resources topic has it. A write names
 * the version it starts from and tells whether it won; so two managers never overwrite each other.
 */
export class ResourceLog implements Part {
  readonly name = 'resource log';
  readonly #options: ResourceLogOptions;
  readonly #view: CompactedView;
  readonly #fold = new Fold();
  /** What was read out of the fold's entries, which never change themselves. */
  readonly #read = new WeakMap<Versioned, { readonly resource: Resource | undefined }>();
  /** Records of this process that its own view has not read yet, by their id. */
  readonly #pending = new Map<string, (isAccepted: boolean) => void>();
  readonly #listeners = new Set<(entity: string) => void>();
  readonly #resetListeners = new Set<() => void>();
  /** The end of the last write of each entity: the next one waits for it. */
  readonly #turns = new Map<string, Promise<unknown>>();
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

  start(run: Run): Promise<void> {
    // Work in flight is finished after the signal, and needs to read what it writes.
    return this.#view.start({ ...run, signal: new AbortController().signal });
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

  /** Undefined where there is no such resource. */
  get<K extends ResourceKind>(kind: K, name: string): Resource<K> | undefined {
    const found = this.#resource(entityOf(kind, name));
    return isKind(found, kind) ? found : undefined;
  }

  /** Of one kind or of all, by name. */
  list<K extends ResourceKind>(kind: K): readonly Resource<K>[];
  list(): readonly Resource[];
  list(kind?: ResourceKind): readonly Resource[] {
    const found: Resource[] = [];
    for (const entity of this.#fold.entities()) {
      const resource = this.#resource(entity);
      if (resource !== undefined && (kind === undefined || resource.kind === kind)) {
        found.push(resource);
      }
    }
    const rank = ({ kind: of, name }: Resource): string => `${RESOURCE_KINDS.indexOf(of)}${name}`;
    return found.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1));
  }

  /** Of anything that the log holds, also of what is gone. */
  versioned(entity: string): Versioned {
    return this.#fold.get(entity);
  }

  /** The version that a write of this resource has to start from now, also after its deletion. */
  versionOf(kind: ResourceKind, name: string): number {
    return this.#fold.get(entityOf(kind, name)).version;
  }

  /** Calls back with `kind/name` after each accepted change; the returned function ends that. */
  onChange(listener: (entity: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Calls back when the topic was made anew or cut, right before its records come. */
  onReset(listener: () => void): () => void {
    this.#resetListeners.add(listener);
    return () => void this.#resetListeners.delete(listener);
  }

  /**
   * As `write`, for resources. True where all changes won.
   */
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
   * Writes the changes at once, all or none of them, and answers for each whether it won: false where
   * another change of the entity came first. When it resolves, `get` knows the result. Throws
   * `AppError` where that is not known: then the log tells later.
   */
  async write(changes: readonly Change[]): Promise<readonly boolean[]> {
    const entities = changes.map(({ entity }) => entity);
    const before = Promise.allSettled(
      entities.map(async (entity) => await this.#turns.get(entity)),
    );
    const turn = before.then(() => this.#writeNow(changes));
    const settled = turn.catch(() => undefined);
    for (const entity of entities) {
      this.#turns.set(entity, settled);
    }
    try {
      return await turn;
    } finally {
      for (const entity of entities) {
        if (this.#turns.get(entity) === settled) {
          this.#turns.delete(entity);
        }
      }
    }
  }

  #resource(entity: string): Resource | undefined {
    const versioned = this.#fold.get(entity);
    let found = this.#read.get(versioned);
    if (found === undefined) {
      found = { resource: resourceOf(entity, versioned) };
      this.#read.set(versioned, found);
    }
    return found.resource;
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
      // These records may still arrive. Under another key they cannot push out a later one.
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
      return { key, value: printRecord(record) };
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
        `The change could not be written to ${topic}: ${result?.detail ?? 'no answer came'}. ${
          isSafe
            ? 'Nothing was changed.'
            : 'It is not known whether it was: look before you repeat it.'
        }`,
      );
    }
  }

  async #within<T>(verdicts: Promise<T>): Promise<T> {
    const late = new AppError(
      'KAFKA_UNAVAILABLE',
      `The change was written to ${this.#options.topic}, but not read back within ${READ_BACK_MS / 1000} s. Look before you repeat it.`,
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
    for (const listener of this.#resetListeners) {
      listener();
    }
  }

  #apply(key: string, value: Buffer | null, offset: bigint): void {
    if (value === null) {
      return;
    }
    const record = parseRecord(value);
    if (record === undefined) {
      const fields = { key, offset: String(offset) };
      this.#options.log.error(fields, 'a record of the resources topic cannot be read');
      return;
    }
    const isAccepted = this.#fold.apply(record);
    this.#pending.get(record.id)?.(isAccepted);
    if (isAccepted) {
      for (const listener of this.#listeners) {
        listener(record.entity);
      }
    }
  }
}
