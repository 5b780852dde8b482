import { AppError } from '@quicksilver/common/errors/app-error';
import { withDeadline } from '@quicksilver/common/flow/deadline';
import type { TopicDescription } from '@quicksilver/kafka/ports';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { SchemaFormat } from '@quicksilver/codec/codec';
import { isPlain } from '@quicksilver/codec/registry/value-readers';
import type { ValueWriter, WriterUse } from '@quicksilver/codec/registry/value-writers';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';

import type { ConformingValues } from '../decode/conforming-values.ts';
import type { PlacedRecord, WriteDone } from '../produce/write.ts';

export interface TopicGuardOptions {
  /** Throws `AppError` if users may not write to a topic of this name. */
  readonly require: (name: string) => TopicEntry;
  readonly describe: (topic: string, signal: AbortSignal) => Promise<TopicDescription | undefined>;
  /** The writer for keys or values with a schema in the registry. Rejects with `AppError`. */
  readonly writerOf: (use: WriterUse) => Promise<ValueWriter>;
  /** Writers for values of a GraphQL type. */
  readonly conforming: Pick<ConformingValues, 'writerOf'>;
  readonly log: Log;
  /** Milliseconds that Kafka may take to describe a topic. */
  readonly describeMs: number;
}

/** A writable topic. */
export interface WriteTarget {
  /** Its partitions are those in Kafka, not those in the registry. */
  readonly entry: TopicEntry;
  readonly topicId: string;
  /** Kafka has more partitions than the registry, so existing keys may be in other partitions. */
  readonly isGrown: boolean;
  /**
   * The writer for values with a schema. Other values use the codec of their type.
   */
  readonly values?: ValueWriter;
  /** The writer for keys with a schema. */
  readonly keys?: ValueWriter;
}

/** Like `SubmitRecords`, for a writable topic. */
export type SubmitWrites = (
  target: WriteTarget,
  records: readonly PlacedRecord[],
  arrivedMs: number,
  done: WriteDone,
) => void;

interface Checked {
  /** The registry entry at the time of the Kafka request. */
  readonly registered: TopicEntry;
  readonly target: WriteTarget;
  readonly atMs: number;
  /** What cannot be written, as of the last request to the schema registry. */
  readonly lacks: Lacks;
}

interface Lacks {
  readonly keys: boolean;
  readonly values: boolean;
}

/** Milliseconds until the topic is described again. Meanwhile the old result is used. */
const FRESH_MS = 10_000;
/** Older than any fresh result. */
const NEVER_MS = -Infinity;

/**
 * Accepts a write only if the topic is in the registry and in Kafka. Kafka has the number of
 * partitions, because partitions can be added during writes.
 */
export class TopicGuard {
  readonly #options: TopicGuardOptions;
  readonly #checked = new Map<string, Checked>();
  readonly #asking = new Map<string, Promise<WriteTarget>>();

  constructor(options: TopicGuardOptions) {
    this.#options = options;
  }

  /**
   * Undefined if Kafka, or the schema registry for values, must be read first. Then call `verify`.
   * Throws `AppError`.
   */
  known(name: string, what: 'values' | 'removals'): WriteTarget | undefined {
    const entry = this.#writable(name);
    const checked = this.#checked.get(name);
    // The registry replaces the object of an entry on every change, so this check also detects
    // changes.
    if (checked === undefined || checked.registered !== entry) {
      return undefined;
    }
    if (checked.lacks.keys || (checked.lacks.values && what === 'values')) {
      return undefined;
    }
    if (performance.now() - checked.atMs > FRESH_MS) {
      this.verify(name).catch((error: unknown) => {
        this.#options.log.warn({ topic: name, err: error }, 'a topic could not be checked again');
      });
    }
    return checked.target;
  }

  /** Describes the topic in Kafka, once for all waiting requests. Throws `AppError`. */
  async verify(name: string): Promise<WriteTarget> {
    const asking = this.#asking.get(name);
    if (asking !== undefined) {
      return asking;
    }
    const lookup = this.#ask(this.#writable(name)).finally(() => this.#asking.delete(name));
    this.#asking.set(name, lookup);
    return lookup;
  }

  /** Invalidates the cached topic. The next write describes it again. */
  forget(name: string): void {
    this.#checked.delete(name);
  }

  #writable(name: string): TopicEntry {
    const entry = this.#options.require(name);
    if (entry.envelope !== undefined) {
      throw new AppError(
        'READ_ONLY_TOPIC',
        `Topic ${name} has change events of a database, so a record of another form would not be a row. Write to the database.`,
      );
    }
    return entry;
  }

  async #ask(entry: TopicEntry): Promise<WriteTarget> {
    const { describe, describeMs } = this.#options;
    const description = await withDeadline(
      describe(entry.name, AbortSignal.timeout(describeMs)),
      describeMs,
      'KAFKA_UNAVAILABLE',
      `Kafka did not describe topic ${entry.name} within ${describeMs} ms. Retry later.`,
    );
    if (description === undefined) {
      this.forget(entry.name);
      throw new AppError('TOPIC_NOT_FOUND', `Topic ${entry.name} does not exist in Kafka.`);
    }
    const { topicId, partitions } = description;
    const isGrown = partitions > entry.partitions;
    const target = { entry: { ...entry, partitions }, topicId, isGrown };
    const { keyFormat, valueType, valueSchema } = entry;
    const keys = keyFormat && (await this.#writerOf(entry, 'key', keyFormat));
    const values = isPlain(valueType)
      ? { writer: valueSchema && this.#options.conforming.writerOf(valueSchema), ...CURRENT }
      : await this.#writerOf(entry, 'value', valueType);
    const checked: WriteTarget = {
      ...target,
      ...(values.writer && { values: values.writer }),
      ...(keys?.writer && { keys: keys.writer }),
    };
    this.#checked.set(entry.name, {
      registered: entry,
      target: checked,
      atMs: values.isCurrent && keys?.isCurrent !== false ? performance.now() : NEVER_MS,
      lacks: { keys: keys?.isMissing === true, values: values.isMissing },
    });
    return checked;
  }

  /**
   * The writer by the newest schema. If it cannot be fetched, the previous schema is still valid.
   * Without one, the writer refuses everything, and the next write retries.
   */
  async #writerOf(entry: TopicEntry, side: 'key' | 'value', format: SchemaFormat): Promise<Writer> {
    const before = this.#checked.get(entry.name);
    const subjects = side === 'key' ? entry.keySubjects : entry.valueSubjects;
    try {
      const use = { topic: entry.name, side, format, ...subjects };
      const writer = await this.#options.writerOf(use);
      return { writer, ...CURRENT };
    } catch (error) {
      if (!(error instanceof AppError)) {
        throw error;
      }
      const name = side === 'key' ? 'keys' : 'values';
      const known =
        before?.lacks[name] === false && before.registered === entry
          ? before.target[name]
          : undefined;
      return {
        writer: known ?? { fromJson: () => refuse(error) },
        isCurrent: false,
        isMissing: known === undefined,
      };
    }
  }
}

interface Writer {
  readonly writer: ValueWriter | undefined;
  readonly isCurrent: boolean;
  /** Nothing can be written. */
  readonly isMissing: boolean;
}

const CURRENT = { isCurrent: true, isMissing: false } as const;

function refuse(error: AppError): never {
  throw error;
}
