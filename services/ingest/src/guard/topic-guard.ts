import { AppError } from '@quicksilver/common/errors/app-error';
import { withDeadline } from '@quicksilver/common/flow/deadline';
import type { TopicDescription } from '@quicksilver/kafka/ports';
import type { Log } from '@quicksilver/common/lifecycle/log';
import { isPlain } from '@quicksilver/codec/registry/value-readers';
import type { ValueWriter } from '@quicksilver/codec/registry/value-writers';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';

import type { PlacedRecord, WriteDone } from '../produce/write.ts';

export interface TopicGuardOptions {
  /** Throws `AppError` where users may not write to a topic of this name. */
  readonly require: (name: string) => TopicEntry;
  readonly describe: (topic: string, signal: AbortSignal) => Promise<TopicDescription | undefined>;
  /** What writes the values of a topic whose schema is in a registry. Rejects with `AppError`. */
  readonly writerOf: (topic: string) => Promise<ValueWriter>;
  readonly log: Log;
  /** Milliseconds within which Kafka must have described a topic. */
  readonly describeMs: number;
}

/** A topic that may be written to. */
export interface WriteTarget {
  /** Its partitions are those that Kafka has, whatever the registry says. */
  readonly entry: TopicEntry;
  readonly topicId: string;
  /** Kafka has more partitions than the registry says: keys of before may be in others than these give. */
  readonly isGrown: boolean;
  /** Where values are written by a schema of the registry; others have the codec of their type. */
  readonly values?: ValueWriter;
}

/** Writes to a topic that may be written to; as `SubmitRecords` else. */
export type SubmitWrites = (
  target: WriteTarget,
  records: readonly PlacedRecord[],
  arrivedMs: number,
  done: WriteDone,
) => void;

interface Checked {
  /** Of the registry, when Kafka was asked. */
  readonly registered: TopicEntry;
  readonly target: WriteTarget;
  readonly atMs: number;
  /** Values cannot be written yet: why not is what it was when the registry was asked. */
  readonly lacksSchema: boolean;
}

/** After this, Kafka is asked again; meanwhile the old answer serves. */
const FRESH_MS = 10_000;
/** Older than anything fresh. */
const NEVER_MS = -Infinity;

/**
 * Lets a write pass only if the topic is in the registry and in Kafka. How many partitions it has
 * Kafka says: partitions can be added to a topic while it is written.
 */
export class TopicGuard {
  readonly #options: TopicGuardOptions;
  readonly #checked = new Map<string, Checked>();
  readonly #asking = new Map<string, Promise<WriteTarget>>();

  constructor(options: TopicGuardOptions) {
    this.#options = options;
  }

  /**
   * Undefined where Kafka has to be asked first, or for values the registry: then call `verify`. Throws
   * `AppError`.
   */
  known(name: string, what: 'values' | 'removals'): WriteTarget | undefined {
    const entry = this.#options.require(name);
    const checked = this.#checked.get(name);
    // The registry replaces an entry's object with every change, so this also notices those.
    if (checked === undefined || checked.registered !== entry) {
      return undefined;
    }
    if (checked.lacksSchema && what === 'values') {
      return undefined;
    }
    if (performance.now() - checked.atMs > FRESH_MS) {
      this.verify(name).catch((error: unknown) => {
        this.#options.log.warn({ topic: name, err: error }, 'a topic could not be checked again');
      });
    }
    return checked.target;
  }

  /** Asks Kafka, once for all who wait. Throws `AppError`. */
  async verify(name: string): Promise<WriteTarget> {
    const asking = this.#asking.get(name);
    if (asking !== undefined) {
      return asking;
    }
    const asked = this.#ask(this.#options.require(name)).finally(() => this.#asking.delete(name));
    this.#asking.set(name, asked);
    return asked;
  }

  /** What is known of the topic may be wrong: the next write asks Kafka. */
  forget(name: string): void {
    this.#checked.delete(name);
  }

  async #ask(entry: TopicEntry): Promise<WriteTarget> {
    const { describe, describeMs } = this.#options;
    const found = await withDeadline(
      describe(entry.name, AbortSignal.timeout(describeMs)),
      describeMs,
      'KAFKA_UNAVAILABLE',
      `Kafka did not describe topic ${entry.name} within ${describeMs} ms. Try again.`,
    );
    if (found === undefined) {
      this.forget(entry.name);
      throw new AppError('TOPIC_NOT_FOUND', `Topic ${entry.name} does not exist in Kafka.`);
    }
    const { topicId, partitions } = found;
    const isGrown = partitions > entry.partitions;
    const target = { entry: { ...entry, partitions }, topicId, isGrown };
    if (isPlain(entry.valueType)) {
      return this.#known(entry, target, performance.now());
    }
    const before = this.#checked.get(entry.name);
    try {
      const values = await this.#options.writerOf(entry.name);
      return this.#known(entry, { ...target, values }, performance.now());
    } catch (error) {
      if (!(error instanceof AppError)) {
        throw error;
      }
      // The schema that was good a moment ago still is. Without one records can still be removed, and
      // the next write asks again.
      const known =
        before?.lacksSchema === false && before.registered === entry
          ? before.target.values
          : undefined;
      const values = known ?? { fromJson: () => refuse(error) };
      return this.#known(entry, { ...target, values }, NEVER_MS, known === undefined);
    }
  }

  #known(
    registered: TopicEntry,
    target: WriteTarget,
    atMs: number,
    lacksSchema = false,
  ): WriteTarget {
    this.#checked.set(registered.name, { registered, target, atMs, lacksSchema });
    return target;
  }
}

function refuse(error: AppError): never {
  throw error;
}
