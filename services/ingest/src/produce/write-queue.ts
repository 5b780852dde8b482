import { AppError } from '@quicksilver/common/errors/app-error';
import type { RecordSink } from '@quicksilver/kafka/ports';
import type { Part, Run } from '@quicksilver/common/lifecycle/part';

import type { QueueLoad, WriteMetrics } from '../metrics.ts';
import { recordBytes } from './flight.ts';
import { TopicLane } from './topic-lane.ts';
import type { PlacedRecord, WriteDone } from './write.ts';

export interface WriteQueueOptions {
  /** Owned by the queue from here on, which closes it. */
  readonly sink: RecordSink;
  readonly metrics: WriteMetrics;
  /** Milliseconds from its arrival within which a request is answered. */
  readonly deadlineMs: number;
  readonly recordsMax: number;
  readonly bytesMax: number;
}

/**
 * All writes on their way to Kafka, one lane per topic, bounded in records and bytes as a whole.
 * Every submitted request is answered once, by its deadline at the latest.
 */
export class WriteQueue implements Part {
  readonly name = 'write queue';
  readonly #options: WriteQueueOptions;
  readonly #lanes = new Map<string, TopicLane>();
  #records = 0;
  #bytes = 0;
  #isStopped = false;
  #run: Run | undefined;
  #room: (() => void)[] = [];

  constructor(options: WriteQueueOptions) {
    this.#options = options;
  }

  get load(): QueueLoad {
    return { records: this.#records, bytes: this.#bytes };
  }

  /** The process is about to stop: what is submitted still goes, but nobody should begin anything long. */
  get isStopping(): boolean {
    return this.#run?.signal.aborted === true;
  }

  /** Half of the room is kept for single requests: streams wait for `room` beyond it. */
  get isHalfFull(): boolean {
    const { recordsMax, bytesMax } = this.#options;
    return this.#records * 2 >= recordsMax || this.#bytes * 2 >= bytesMax;
  }

  async start(run: Run): Promise<void> {
    this.#run = run;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const lane of this.#lanes.values()) {
      lane.stop();
    }
    await this.#options.sink.close();
  }

  /**
   * Takes all records or none. Throws `AppError`, OVERLOADED or SHUTTING_DOWN, where it takes none;
   * `done` is not called then. Records of one partition are written in the order of submission.
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
    this.#laneOf(topic).submit(records, arrivedMs, done);
  }

  /** Resolves when records have left the queue, at once where it is empty. */
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
      throw new AppError('SHUTTING_DOWN', 'This process is stopping; ask another replica.');
    }
    // What is larger than the bound passes an empty queue, else it never could.
    const isFull =
      this.#records > 0 && (this.#records + records > recordsMax || this.#bytes + bytes > bytesMax);
    if (isFull) {
      metrics.refused();
      throw new AppError(
        'OVERLOADED',
        `${this.#records} records wait for Kafka already, which is all that may wait. Try again.`,
      );
    }
    this.#records += records;
    this.#bytes += bytes;
  }

  #laneOf(topic: string): TopicLane {
    const found = this.#lanes.get(topic);
    if (found !== undefined) {
      return found;
    }
    this.#forgetIdleLanes();
    const { sink, metrics, deadlineMs } = this.#options;
    const lane = new TopicLane({
      ...{ topic, sink, metrics, deadlineMs },
      released: this.#released,
      // A lane that stands still would never write again.
      onFatal: (error) => this.#run?.fail(error),
    });
    this.#lanes.set(topic, lane);
    return lane;
  }

  /** Topics come and go; their lanes need not stay. */
  #forgetIdleLanes(): void {
    for (const [topic, lane] of this.#lanes) {
      if (lane.isIdle) {
        this.#lanes.delete(topic);
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
