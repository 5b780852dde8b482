import type { OutgoingBatch, ProduceResult } from '../ports.ts';

export type RefusalReason = Extract<ProduceResult, { ok: false }>['reason'];

/** Maximum bytes of the header of a batch or a record. */
const OVERHEAD_BYTES = 70;

/** One batch from `produce` to its result. */
export class OutgoingItem {
  readonly batch: OutgoingBatch;
  /** The partition as text. */
  readonly key: string;
  readonly bytes: number;
  readonly #onResult: (result: ProduceResult) => void;
  isSettled = false;
  /** The broker of the current attempt. */
  leader: number | undefined;
  /** Bytes of the current attempt may have left this process. */
  isSent = false;
  /** The outcome of an earlier attempt was lost. */
  isPerhapsWritten = false;
  attempts = 0;
  /** No attempt before this time, on the clock of `performance.now()`. */
  notBeforeMs = 0;
  lastProblem = 'no broker was reachable';

  constructor(batch: OutgoingBatch, onResult: (result: ProduceResult) => void) {
    this.batch = batch;
    this.key = `${batch.topic}/${batch.partition}`;
    this.#onResult = onResult;
    this.bytes = batch.records.reduce(
      (sum, { key, value }) => sum + OVERHEAD_BYTES + (key?.length ?? 0) + (value?.length ?? 0),
      OVERHEAD_BYTES,
    );
  }

  succeed(baseOffset: bigint): void {
    this.#settle({ ok: true, baseOffset });
  }

  fail(reason: RefusalReason, detail: string): void {
    const outcome = this.isSent || this.isPerhapsWritten ? 'unknown' : 'not_written';
    this.#settle({ ok: false, outcome, reason, detail });
  }

  #settle(result: ProduceResult): void {
    if (!this.isSettled) {
      this.isSettled = true;
      this.#onResult(result);
    }
  }
}
