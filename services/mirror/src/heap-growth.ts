import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/**
 * Twice what the records in flight need while a mirror catches up. V8 would go on to 128 MB, which
 * brings no speed here and counts fully against the memory of the process.
 */
const YOUNG_BYTES_MAX = 67_108_864;
const LOOK_EVERY_MS = 50;
/**
 * Percent of what lives that V8 may add before it collects all. Left alone it would let the heap
 * grow to several times that, and with it the memory behind dead buffers, of which it does not see
 * the size: more than 100 MB while a topic is read.
 */
const GROWING_PERCENT = 40;

/**
 * Bounds the memory that V8 takes ahead of what it needs. Node can limit the space for young objects
 * by a flag when a process starts only; the factor by which it grows can be changed while it runs.
 */
export function boundHeapGrowth(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWING_PERCENT}`);
  const timer = setInterval(() => {
    const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space');
    if ((young?.space_size ?? 0) >= YOUNG_BYTES_MAX) {
      setFlagsFromString('--semi-space-growth-factor=1');
      clearInterval(timer);
    }
  }, LOOK_EVERY_MS);
  timer.unref();
}
