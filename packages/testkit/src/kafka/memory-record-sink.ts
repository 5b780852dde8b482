import type {
  OutgoingBatch,
  OutgoingRecord,
  ProduceResult,
  RecordSink,
} from '@quicksilver/kafka/ports';

type Produce = (batches: readonly OutgoingBatch[], timeoutMs: number) => Promise<ProduceResult[]>;

/** One call of `produce` that waits for the test to say how it ends. */
export interface HeldCall {
  readonly batches: readonly OutgoingBatch[];
  readonly timeoutMs: number;
  /** Ends it; without results everything is written. */
  end(results?: ProduceResult[]): void;
}

/** Topics in memory. Writes at once, or with `hold` when the test lets it. */
export class MemoryRecordSink implements RecordSink {
  readonly calls: HeldCall[] = [];
  readonly #logs = new Map<string, OutgoingRecord[]>();
  readonly #produce: Produce;
  #waiting: (() => void)[] = [];
  isClosed = false;

  /** Without `produce` everything is written at once. */
  constructor(options: { readonly produce?: Produce; readonly hold?: boolean } = {}) {
    const writeNow: Produce = (batches) =>
      Promise.resolve(batches.map((batch) => this.#write(batch)));
    this.#produce =
      options.produce ?? (options.hold === true ? (b, ms) => this.#hold(b, ms) : writeNow);
  }

  produce(batches: readonly OutgoingBatch[], timeoutMs: number): Promise<ProduceResult[]> {
    return this.#produce(batches, timeoutMs);
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }

  /** The records of a partition as texts, `key=value`; a tombstone is `key`. */
  texts(topic: string, partition: number): string[] {
    const log = this.#logs.get(`${topic}/${partition}`) ?? [];
    return log.map(({ key, value }) =>
      value === null ? String(key) : `${String(key)}=${String(value)}`,
    );
  }

  /** Resolves with the n-th call of `produce`, counted from 0, once it was made. */
  async call(index: number): Promise<HeldCall> {
    for (;;) {
      const heldCall = this.calls[index];
      if (heldCall !== undefined) {
        return heldCall;
      }
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }

  #hold(batches: readonly OutgoingBatch[], timeoutMs: number): Promise<ProduceResult[]> {
    return new Promise((resolve) => {
      const end = (results?: ProduceResult[]): void =>
        resolve(results ?? batches.map((batch) => this.#write(batch)));
      this.calls.push({ batches, timeoutMs, end });
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const wake of waiting) {
        wake();
      }
    });
  }

  #write({ topic, partition, records }: OutgoingBatch): ProduceResult {
    const place = `${topic}/${partition}`;
    const log = this.#logs.get(place) ?? [];
    this.#logs.set(place, log);
    const baseOffset = BigInt(log.length);
    log.push(...records);
    return { ok: true, baseOffset };
  }
}
