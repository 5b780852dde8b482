import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/**
 * Twice what the records in flight need while a mirror catches up. V8 would go on to 128 MB, which
 * brings no speed here and counts fully against the memory of the process.
 */
const YOUNG_BYTES_MAX = 67_108_864;
const LOOK_EVERY_MS = 50;
/**
 * Percent of what lives that V8 may add before it collects all, for the least memory that a mirror
 * is usually given, and at most. Left alone it would let the heap grow to several times that, and
 * with it the memory behind dead buffers, of which it does not see the size: more than 100 MB while a
 * topic is read. But each collection marks all that lives, and at the least growth that is a quarter
 * of the time of a mirror that catches up; so one that may have more memory collects less often.
 */
const GROWING_PERCENT = { least: 60, most: 160 };
const LEAST_CACHE_BYTES = 67_108_864;

/**
 * Bounds the memory that V8 takes ahead of what it needs. Node can limit the space for young objects
 * by a flag when a process starts only; the factor by which it grows can be changed while it runs.
 */
export function boundHeapGrowth(options: { readonly cacheBytes: number }): void {
  setFlagsFromString(`--heap-growing-percent=${growingPercent(options.cacheBytes)}`);
  const timer = setInterval(() => {
    const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space');
    if ((young?.space_size ?? 0) >= YOUNG_BYTES_MAX) {
      setFlagsFromString('--semi-space-growth-factor=1');
      clearInterval(timer);
    }
  }, LOOK_EVERY_MS);
  timer.unref();
}

/** In proportion to the memory for caches, from the least to the most. */
export function growingPercent(cacheBytes: number): number {
  const { least, most } = GROWING_PERCENT;
  return Math.round(Math.min(most, Math.max(least, (least * cacheBytes) / LEAST_CACHE_BYTES)));
}
