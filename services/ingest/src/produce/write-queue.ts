import { AppError } from '@quicksilver/common/errors/app-error';
import type { RecordSink } from '@quicksilver/kafka/ports';
import type { Part, PartContext } from '@quicksilver/common/lifecycle/part';

import type { QueueSize, WriteMetrics } from '../metrics.ts';
import { recordBytes } from './flight.ts';
import { TopicWriter } from './topic-writer.ts';
import type { PlacedRecord, WriteDone } from './write.ts';

export interface WriteQueueOptions {
  /** Owned by the queue, which closes it. */
  readonly sink: RecordSink;
  readonly metrics: WriteMetrics;
  /** Milliseconds from arrival within which a request gets a response. */
  readonly deadlineMs: number;
  readonly recordsMax: number;
  readonly bytesMax: number;
}

/**
 * All pending writes to Kafka, with one writer per topic. Their records and bytes are bounded.
 * Every request gets exactly one response, by its deadline at the latest.
 */
export class WriteQueue implements Part {
  readonly name = 'write queue';
  readonly #options: WriteQueueOptions;
  readonly #writers = new Map<string, TopicWriter>();
  #records = 0;
  #bytes = 0;
  #isStopped = false;
  #context: PartContext | undefined;
  #room: (() => void)[] = [];

  constructor(options: WriteQueueOptions) {
    this.#options = options;
  }

  get size(): QueueSize {
    return { records: this.#records, bytes: this.#bytes };
  }

  /**
   * The process is about to stop. Submitted records are still sent, but long work should not start.
   */
  get isStopping(): boolean {
    return this.#context?.signal.aborted === true;
  }

  /** Half of the capacity is reserved for single requests. Streams wait for `room` beyond it. */
  get isHalfFull(): boolean {
    const { recordsMax, bytesMax } = this.#options;
    return this.#records * 2 >= recordsMax || this.#bytes * 2 >= bytesMax;
  }

  async start(context: PartContext): Promise<void> {
    this.#context = context;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const writer of this.#writers.values()) {
      writer.stop();
    }
    await this.#options.sink.close();
  }

  /**
   * Accepts all records or none. If it accepts none, it throws `AppError` OVERLOADED or
   * SHUTTING_DOWN and does not call `done`. Records of one partition are written in the order of
   * submission.
   */
  submit(
    topic: string,
    records: readonly PlacedRecord[],
    arrivedMs: number,
    done: WriteDone,
  ): void {
    let bytes = 0;
    for (const record of records) {
      bytes += recordBytes(record);
    }
    this.#admit(records.length, bytes);
    this.#writerOf(topic).submit(records, arrivedMs, done);
  }

  /** Resolves when records have left the queue, at once if it is empty. */
  async room(): Promise<void> {
    if (this.#records > 0) {
      await new Promise<void>((resolve) => {
        this.#room.push(resolve);
      });
    }
  }

  #admit(records: number, bytes: number): void {
    const { recordsMax, bytesMax, metrics } = this.#options;
    if (this.#isStopped) {
      throw new AppError('SHUTTING_DOWN', 'This process is stopping. Retry with another replica.');
    }
    // A request larger than the limit is accepted by an empty queue, else it could never pass.
    const isFull =
      this.#records > 0 && (this.#records + records > recordsMax || this.#bytes + bytes > bytesMax);
    if (isFull) {
      metrics.refused();
      throw new AppError(
        'OVERLOADED',
        `Too many records are waiting for Kafka (${this.#records}). Retry later.`,
      );
    }
    this.#records += records;
    this.#bytes += bytes;
  }

  #writerOf(topic: string): TopicWriter {
    const topicWriter = this.#writers.get(topic);
    if (topicWriter !== undefined) {
      return topicWriter;
    }
    this.#forgetIdleWriters();
    const { sink, metrics, deadlineMs } = this.#options;
    const writer = new TopicWriter({
      ...{ topic, sink, metrics, deadlineMs },
      released: this.#released,
      // After a fatal error the writer never writes again, so the process must stop.
      onFatal: (error) => this.#context?.fail(error),
    });
    this.#writers.set(topic, writer);
    return writer;
  }

  /** Removes idle writers, because topics come and go. */
  #forgetIdleWriters(): void {
    for (const [topic, writer] of this.#writers) {
      if (writer.isIdle) {
        this.#writers.delete(topic);
      }
    }
  }

  readonly #released = (records: number, bytes: number): void => {
    this.#records -= records;
    this.#bytes -= bytes;
    const waiting = this.#room;
    this.#room = [];
    for (const resolve of waiting) {
      resolve();
    }
  };
}
