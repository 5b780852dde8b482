import { performance } from 'node:perf_hooks';

import { pause } from '@quicksilver/common/flow/deadline';

import type { Lane } from './lane.ts';

/** Between two looks for something to do. */
const LOOK_EVERY_MS = 500;
/**
 * How many times as long as a step the break behind it is: while the process has nothing else to do,
 * and while it is busy all the time.
 */
const BREAK = { idle: 1, busy: 4 };
/** However long a step took: where the disk or another process made it long, a break helps nobody. */
const BREAK_MAX_MS = 10;

/**
 * Has the lanes do what may wait, one step at a time in the whole process, and one lane until nothing
 * is left before the next: a request never waits for more than one step, and LevelDB is given keys in
 * their order. Ends with the signal.
 */
export async function settleInTurn(lanes: Iterable<Lane>, signal: AbortSignal): Promise<void> {
  const breaks = new Breaks(signal);
  while (!signal.aborted) {
    for (const lane of lanes) {
      let begunMs = performance.now();
      while (!signal.aborted && (await lane.settle())) {
        await breaks.take(performance.now() - begunMs);
        begunMs = performance.now();
      }
    }
    await pause(LOOK_EVERY_MS, signal);
  }
}

/** They are the longer, the more the process had to do in the one before. */
class Breaks {
  readonly #signal: AbortSignal;
  #busy = 0;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  async take(stepMs: number): Promise<void> {
    const times = BREAK.idle + (BREAK.busy - BREAK.idle) * this.#busy;
    const before = performance.eventLoopUtilization();
    await pause(Math.min(BREAK_MAX_MS, stepMs * times), this.#signal);
    this.#busy = performance.eventLoopUtilization(before).utilization;
  }
}
