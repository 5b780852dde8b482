/**
 * A token bucket for messages: short bursts pass, and a sustained flood is slowed down. Messages
 * beyond the bucket are a debt, which is at most as large as a burst.
 */
export class MessageRate {
  readonly #perSecond: number;
  readonly #burst: number;
  #left: number;
  #atMs: number;

  constructor(perSecond: number, burst: number, nowMs: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#left = burst;
    this.#atMs = nowMs;
  }

  /** Counts a message. Returns the milliseconds until the debt is paid, or 0 if there is none. */
  take(nowMs: number): number {
    const earned = ((nowMs - this.#atMs) / 1_000) * this.#perSecond;
    this.#left = Math.max(-this.#burst, Math.min(this.#burst, this.#left + earned) - 1);
    this.#atMs = nowMs;
    return Math.ceil((Math.max(0, -this.#left) / this.#perSecond) * 1_000);
  }
}
