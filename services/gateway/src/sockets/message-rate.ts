/** A token bucket for messages: short bursts pass, a sustained flood does not. */
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

  /** False if this message exceeds the rate. */
  take(nowMs: number): boolean {
    const earned = ((nowMs - this.#atMs) / 1_000) * this.#perSecond;
    this.#left = Math.min(this.#burst, this.#left + earned);
    this.#atMs = nowMs;
    if (this.#left < 1) {
      return false;
    }
    this.#left -= 1;
    return true;
  }
}
