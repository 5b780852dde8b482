import { setImmediate as turn } from 'node:timers/promises';

import { describeError } from '@quicksilver/common/errors/describe';
import type { ProduceResult, RecordSink } from '@quicksilver/kafka/ports';

import type { OutcomeLabel, WriteMetrics } from '../metrics.ts';
import {
  earliestDeadlineMs,
  entriesOf,
  halves,
  recordBytes,
  takeFlight,
  toOutgoing,
  type Batch,
  type Entry,
} from './flight.ts';
import { failedOutcome, lateOutcome, STOPPED_OUTCOME, unknownOutcome } from './outcomes.ts';
import type { PlacedRecord, WriteDone, WriteFailure, WriteOutcome } from './write.ts';

export interface TopicWriterOptions {
  readonly topic: string;
  readonly sink: RecordSink;
  readonly metrics: WriteMetrics;
  /** Milliseconds from arrival within which a request gets a response. */
  readonly deadlineMs: number;
  /** Called when records have left the writer. */
  readonly released: (records: number, bytes: number) => void;
  /** Called with an error after which the writer stops writing. */
  readonly onFatal: (error: unknown) => void;
}

/** Maximum delay of a response after its deadline. It also sets how often the writer is scanned. */
const GRAIN_MS = 50;

/**
 * The writes of one topic. One produce request is in flight at a time, and new records wait for the
 * next one. So the records of a partition keep their order, and a blocked topic does not block
 * others.
 */
export class TopicWriter {
  readonly #options: TopicWriterOptions;
  #queue: Entry[] = [];
  #inFlight: readonly Batch[] = [];
  /** Parts of rejected batches, in order. They are sent before the queue. */
  #again: Batch[] = [];
  #isRunning = false;
  #isStopped = false;
  #timer: NodeJS.Timeout | undefined;
  #timerAtMs = Infinity;

  constructor(options: TopicWriterOptions) {
    this.#options = options;
  }

  get isIdle(): boolean {
    return !this.#isRunning;
  }

  /** `arrivedMs` is when the request arrived, as of `performance.now()`. */
  submit(records: readonly PlacedRecord[], arrivedMs: number, done: WriteDone): void {
    const request = {
      deadlineAtMs: arrivedMs + this.#options.deadlineMs,
      outcomes: new Array<WriteOutcome | undefined>(records.length),
      done,
      open: records.length,
    };
    for (let index = 0; index < records.length; index += 1) {
      const record = records[index];
      if (record !== undefined) {
        this.#queue.push({ request, index, record, bytes: recordBytes(record) });
      }
    }
    if (request.deadlineAtMs < this.#timerAtMs) {
      this.#arm(request.deadlineAtMs);
    }
    if (!this.#isRunning) {
      this.#isRunning = true;
      this.#run().catch(this.#options.onFatal);
    }
  }

  /** Responds to all pending requests. Nothing more is sent. */
  stop(): void {
    this.#isStopped = true;
    this.#disarm();
    this.#settleAll(entriesOf(this.#inFlight), unknownOutcome('this process stopped'));
    this.#drop([...entriesOf(this.#again.splice(0)), ...this.#queue.splice(0)], STOPPED_OUTCOME);
  }

  async #run(): Promise<void> {
    // Requests from the same turn of the event loop are sent together.
    await turn();
    for (let flight = this.#next(); flight.length > 0; flight = this.#next()) {
      await this.#fly(flight);
      await turn();
    }
    this.#isRunning = false;
    this.#disarm();
  }

  #next(): readonly Batch[] {
    const again = this.#again.shift();
    if (again !== undefined) {
      return [again];
    }
    const { deadlineMs } = this.#options;
    while (this.#queue.length > 0) {
      // Records with little time left are not sent, because they would likely end as `unknown`.
      const lateBeforeMs = performance.now() + Math.min(2_000, deadlineMs / 5);
      const { batches, late, taken } = takeFlight(this.#queue, lateBeforeMs);
      this.#queue = this.#queue.slice(taken);
      this.#drop(late, lateOutcome(deadlineMs));
      if (batches.length > 0) {
        return batches;
      }
    }
    return [];
  }

  async #fly(flight: readonly Batch[]): Promise<void> {
    const startMs = performance.now();
    this.#inFlight = flight;
    const results = await this.#produce(flight, startMs);
    this.#inFlight = [];
    let records = 0;
    for (const [at, batch] of flight.entries()) {
      records += batch.entries.length;
      this.#land(batch, results[at] ?? NO_RESULT);
    }
    this.#options.metrics.produced(records, (performance.now() - startMs) / 1_000);
  }

  async #produce(flight: readonly Batch[], nowMs: number): Promise<ProduceResult[]> {
    const { sink, topic, deadlineMs } = this.#options;
    // The sink reports the outcome of a batch more precisely than this timer, so it goes first.
    const marginMs = Math.min(250, deadlineMs / 20);
    const endMs = Math.min(...flight.map((batch) => earliestDeadlineMs(batch.entries)));
    const batches = flight.map((batch) => toOutgoing(topic, batch));
    try {
      return await sink.produce(batches, Math.max(1, Math.floor(endMs - nowMs - marginMs)));
    } catch (error) {
      return batches.map(() => ({ ...NO_RESULT, detail: describeError(error) }));
    }
  }

  /** Converts the outcome of a batch into the outcomes of its records. */
  #land(batch: Batch, result: ProduceResult): void {
    const { entries, partition } = batch;
    if (result.ok) {
      let offset = result.baseOffset;
      for (const entry of entries) {
        settle(entry, { ok: true, partition, offset });
        offset += 1n;
      }
      this.#release(entries, 'ok');
    } else if (result.reason === 'rejected' && entries.length > 1 && !this.#isStopped) {
      // Kafka rejects a batch as a whole. One record may be the cause, so the others are retried.
      this.#again.unshift(...halves(batch));
    } else {
      this.#drop(entries, failedOutcome(result));
    }
  }

  readonly #expire = (): void => {
    this.#disarm();
    const nowMs = performance.now();
    const isDue = (entry: Entry): boolean => entry.request.deadlineAtMs <= nowMs;
    const isOpen = (entry: Entry): boolean => entry.request.deadlineAtMs > nowMs;
    const sent = entriesOf(this.#inFlight);
    // A request may have records in all three places. The response is sent with the last of them.
    this.#settleAll(sent.filter(isDue), unknownOutcome('the deadline passed'));
    const due = [...entriesOf(this.#again), ...this.#queue].filter(isDue);
    this.#queue = this.#queue.filter(isOpen);
    this.#again = this.#again
      .map((batch) => ({ ...batch, entries: batch.entries.filter(isOpen) }))
      .filter((batch) => batch.entries.length > 0);
    this.#drop(due, lateOutcome(this.#options.deadlineMs));
    const rest = [...sent.filter(isOpen), ...entriesOf(this.#again), ...this.#queue];
    if (rest.length > 0) {
      this.#arm(Math.max(earliestDeadlineMs(rest), nowMs + GRAIN_MS));
    }
  };

  #drop(entries: readonly Entry[], outcome: WriteFailure): void {
    if (entries.length > 0) {
      this.#settleAll(entries, outcome);
      this.#release(entries, outcome.outcome);
    }
  }

  #settleAll(entries: readonly Entry[], outcome: WriteFailure): void {
    for (const entry of entries) {
      settle(entry, outcome);
    }
  }

  #release(entries: readonly Entry[], outcome: OutcomeLabel): void {
    let bytes = 0;
    for (const entry of entries) {
      bytes += entry.bytes;
    }
    this.#options.metrics.settled(this.#options.topic, outcome, entries.length);
    this.#options.released(entries.length, bytes);
  }

  #arm(atMs: number): void {
    clearTimeout(this.#timer);
    this.#timerAtMs = atMs;
    this.#timer = setTimeout(this.#expire, atMs - performance.now());
  }

  #disarm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#timerAtMs = Infinity;
  }
}

const NO_RESULT = {
  ok: false,
  outcome: 'unknown',
  reason: 'unavailable',
  detail: 'the Kafka client gave no result',
} as const;

/** The first outcome counts. A late acknowledgement is ignored. */
function settle(entry: Entry, outcome: WriteOutcome): void {
  const { request, index } = entry;
  if (request.outcomes[index] !== undefined) {
    return;
  }
  request.outcomes[index] = outcome;
  request.open -= 1;
  if (request.open === 0) {
    request.done(request.outcomes.filter((outcome) => outcome !== undefined));
  }
}
