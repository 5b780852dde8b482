import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/**
 * Twice what the records in flight need while a mirror catches up. V8 would go on to 128 MB, which
 * brings no speed here and counts fully against the memory of the process.
 */
const YOUNG_BYTES_MAX = 67_108_864;
const LOOK_EVERY_MS = 50;

/**
 * Ends the growth of V8's space for young objects once it has a useful size. Node can limit it by a
 * flag when a process starts only; the factor by which it grows can be changed while it runs.
 */
export function boundYoungGeneration(): void {
  const timer = setInterval(() => {
    const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space');
    if ((young?.space_size ?? 0) >= YOUNG_BYTES_MAX) {
      setFlagsFromString('--semi-space-growth-factor=1');
      clearInterval(timer);
    }
  }, LOOK_EVERY_MS);
  timer.unref();
}
