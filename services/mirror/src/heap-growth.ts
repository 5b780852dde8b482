import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/**
 * Twice the need of the records in flight while a mirror catches up. V8 would grow to 128 MB, which
 * gives no speed here and counts fully against the memory of the process.
 */
const YOUNG_BYTES_MAX = 67_108_864;
const LOOK_EVERY_MS = 50;
/**
 * Percent by which the heap may grow before a full collection, for the usual least memory of a
 * mirror and at most. By default V8 would let the heap grow to several times that. The memory of
 * dead buffers, whose size it does not see, would grow too, by more than 100 MB while a topic is
 * read. But each collection marks all live objects. At the least growth that takes a quarter of the
 * time of a mirror that catches up. So a mirror with more memory collects less often.
 */
const GROWING_PERCENT = { least: 60, most: 160 };
const LEAST_CACHE_BYTES = 67_108_864;

/**
 * Limits the memory that V8 takes beyond its need. A flag of Node can limit the space for young
 * objects only at the start of a process. Its growth factor can be changed at any time.
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

/** In proportion to the memory for caches, within the limits. */
export function growingPercent(cacheBytes: number): number {
  const { least, most } = GROWING_PERCENT;
  return Math.round(Math.min(most, Math.max(least, (least * cacheBytes) / LEAST_CACHE_BYTES)));
}
