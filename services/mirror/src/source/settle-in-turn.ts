import { performance } from 'node:perf_hooks';

import { pause } from '@quicksilver/common/flow/deadline';

import type { Lane } from './lane.ts';

/** Milliseconds between two checks for unsettled data. */
const CHECK_EVERY_MS = 500;
/**
 * The break after a step, as a multiple of its duration: if the process is idle otherwise, and if
 * it is busy all the time.
 */
const BREAK = { idle: 1, busy: 4 };
/**
 * The longest break. If the disk or another process made a step slow, a longer break does not help.
 */
const BREAK_MAX_MS = 10;

/**
 * Settles the lanes, one step at a time in the whole process. It finishes one lane before the next,
 * so that LevelDB gets keys in order. A request waits for one step at most. Runs until the signal
 * aborts.
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
    await pause(CHECK_EVERY_MS, signal);
  }
}

/** A break is longer if the process was busy during the previous one. */
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
