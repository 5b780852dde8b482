import { partitionBy, PARTITIONERS, type Partitioner } from './partitioner.ts';

export interface PlacedKey {
  readonly partition: number;
  readonly key: Uint8Array | null;
}

export interface DetectedPartitioner {
  /** `unknown`: the keys fit no partitioner, or too few keys were read to exclude the others. */
  readonly partitioner: Partitioner | 'unknown';
  /** From 0 to 1: the probability that these keys did not fit by chance. */
  readonly certainty: number;
  /** Different keys that were compared. */
  readonly keys: number;
  /** Keys in another partition than the most likely partitioner chooses. */
  readonly misplaced: number;
}

/** A partitioner is reported if the keys fit it by chance in less than one of 100 cases. */
const CERTAINTY_MIN = 0.99;
/** A sample never proves what the records that were not read look like. */
const CERTAINTY_MAX = 0.999;

/**
 * The partitioner that chose the partitions of these keys. In a topic with one partition every
 * partitioner fits, so the answer is Java's. Librdkafka distributes empty keys at random, so they
 * are not compared. One key outside of its partition excludes a partitioner.
 */
export function detectPartitioner(
  sample: readonly PlacedKey[],
  partitions: number,
): DetectedPartitioner {
  const places = new Map<string, PlacedKey & { readonly key: Uint8Array }>();
  for (const { partition, key } of sample) {
    if (key !== null && key.length > 0) {
      places.set(`${partition} ${Buffer.from(key).toString('base64')}`, { partition, key });
    }
  }
  const keys = places.size;
  if (partitions === 1) {
    return { partitioner: 'murmur2', certainty: 1, keys, misplaced: 0 };
  }
  const fits = PARTITIONERS.map((partitioner) => {
    const placed = [...places.values()].filter(
      ({ partition, key }) => partitionBy(partitioner, key, partitions) === partition,
    );
    return { partitioner, misplaced: keys - placed.length };
  }).toSorted((one, other) => one.misplaced - other.misplaced);
  const [best, next] = fits;
  const misplaced = best?.misplaced ?? 0;
  const certainty = Math.min(1 - (1 / partitions) ** keys, CERTAINTY_MAX);
  const isOnly = next === undefined || next.misplaced > misplaced;
  return best === undefined || misplaced > 0 || !isOnly || certainty < CERTAINTY_MIN
    ? { partitioner: 'unknown', certainty: misplaced > 0 ? certainty : 0, keys, misplaced }
    : { partitioner: best.partitioner, certainty, keys, misplaced };
}
