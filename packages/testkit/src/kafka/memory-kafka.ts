import { randomUUID } from 'node:crypto';

import type {
  FetchedPartition,
  FetchFailure,
  FetchOptions,
  FetchPosition,
  KafkaClient,
  KafkaRecord,
  NewTopic,
  OutgoingBatch,
  ProduceResult,
  RecordSink,
  RecordSource,
  TopicAdmin,
  TopicDescription,
} from '@quicksilver/kafka/ports';

interface MemoryTopic {
  readonly description: TopicDescription;
  readonly logs: readonly KafkaRecord[][];
}

/**
 * Topics in memory behind Kafka's ports, for tests in which topics come and go. Compacts nothing.
 */
export class MemoryKafka implements KafkaClient {
  readonly #topics = new Map<string, MemoryTopic>();
  readonly #clock: () => number;
  #waiting: (() => void)[] = [];
  /** Until set to undefined, fetches answer with this failure. */
  failure: FetchFailure | undefined;

  /** The clock gives the records their time. */
  constructor(clock: () => number = () => Date.now()) {
    this.#clock = clock;
  }

  create({ topic, partitions }: NewTopic): boolean {
    if (this.#topics.has(topic)) {
      return false;
    }
    const description = { topic, partitions, topicId: randomUUID() };
    this.#topics.set(topic, { description, logs: Array.from({ length: partitions }, () => []) });
    this.#wake();
    return true;
  }

  delete(topic: string): boolean {
    const existed = this.#topics.delete(topic);
    this.#wake();
    return existed;
  }

  /** Answers the offset; the topic must exist. */
  write(topic: string, key: string | null, value: string | null, partition = 0): bigint {
    const log = this.#topics.get(topic)?.logs[partition];
    if (log === undefined) {
      throw new Error(`Topic ${topic} has no partition ${partition}`);
    }
    log.push({
      offset: BigInt(log.length),
      timestamp: BigInt(this.#clock()),
      key: key === null ? null : Buffer.from(key),
      value: value === null ? null : Buffer.from(value),
    });
    this.#wake();
    return BigInt(log.length - 1);
  }

  source(): RecordSource {
    return {
      fetch: (positions, options) => this.#fetch(positions, options),
      describe: (topic) => Promise.resolve(this.#topics.get(topic)?.description),
      offsets: (topic, which) => {
        const logs = this.#topics.get(topic)?.logs ?? [];
        const offsetOf = (log: readonly unknown[]): number =>
          which === 'earliest' ? 0 : log.length;
        return Promise.resolve(new Map(logs.map((log, at) => [at, BigInt(offsetOf(log))])));
      },
      close: () => Promise.resolve(),
    };
  }

  sink(): RecordSink {
    return {
      produce: (batches) => Promise.resolve(batches.map((batch) => this.#produce(batch))),
      close: () => Promise.resolve(),
    };
  }

  admin(): TopicAdmin {
    return {
      create: (topic) => Promise.resolve(this.create(topic)),
      delete: (topic) => Promise.resolve(this.delete(topic)),
      describe: (topic) => Promise.resolve(this.#topics.get(topic)?.description),
      list: () => {
        const all = [...this.#topics.values()].map(({ description }) => description);
        return Promise.resolve(all.toSorted((a, b) => (a.topic < b.topic ? -1 : 1)));
      },
      sizes: () => Promise.resolve(undefined),
      configs: (topic) => Promise.resolve(this.#topics.has(topic) ? new Map() : undefined),
      close: () => Promise.resolve(),
    };
  }

  async #fetch(
    positions: readonly FetchPosition[],
    { signal, maxWaitMs }: FetchOptions,
  ): Promise<FetchedPartition[]> {
    const late = AbortSignal.timeout(maxWaitMs);
    for (;;) {
      signal.throwIfAborted();
      const results = positions.map((position) => this.#read(position));
      const isSome = results.some(({ records, failure }) => records.length > 0 || failure);
      if (isSome || late.aborted) {
        return results;
      }
      await this.#change(AbortSignal.any([signal, late]));
    }
  }

  #read({ topic, partition, offset, topicId }: FetchPosition): FetchedPartition {
    const memoryTopic = this.#topics.get(topic);
    const log = memoryTopic?.logs[partition];
    const reason =
      this.failure ??
      (log === undefined
        ? 'topic-gone'
        : (topicId ?? memoryTopic?.description.topicId) === memoryTopic?.description.topicId
          ? undefined
          : 'topic-recreated');
    if (log === undefined || reason !== undefined) {
      const failure = { reason: reason ?? 'topic-gone', detail: `${topic}: ${reason}` };
      const none = { records: [], endOffset: -1n, highWatermark: -1n, logStartOffset: -1n };
      return { topic, partition, nextOffset: offset, ...none, failure };
    }
    const endOffset = BigInt(log.length);
    const records = log.slice(Number(offset));
    const ends = { endOffset, highWatermark: endOffset, logStartOffset: 0n };
    return { topic, partition, records, nextOffset: endOffset, ...ends };
  }

  #produce({ topic, partition, records }: OutgoingBatch): ProduceResult {
    const log = this.#topics.get(topic)?.logs[partition];
    if (log === undefined) {
      const detail = `there is no topic '${topic}'`;
      return { ok: false, outcome: 'not_written', reason: 'topic-gone', detail };
    }
    const baseOffset = BigInt(log.length);
    for (const { key, value, timestamp = BigInt(this.#clock()) } of records) {
      log.push({ offset: BigInt(log.length), timestamp, key, value });
    }
    this.#wake();
    return { ok: true, baseOffset };
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) {
      wake();
    }
  }
}
