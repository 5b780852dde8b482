import { pause } from '@quicksilver/common/flow/deadline';
import type { KafkaRecord, RecordSource } from '@quicksilver/kafka/ports';
import type { TopicPartition } from '@quicksilver/kafka/position';

const FETCH = { maxWaitMs: 200, maxBytesPerPartition: 1_048_576 };
const RETRY_MS = 200;

/**
 * Reads the committed records of a partition from one offset to before another. Resolves to whether
 * it succeeded within the time. It never rejects.
 */
export async function readBetween(
  source: RecordSource,
  { topic, partition, from, to }: TopicPartition & { readonly from: bigint; readonly to: bigint },
  withinMs: number,
  onRecord: (record: KafkaRecord) => void,
): Promise<boolean> {
  const signal = AbortSignal.timeout(withinMs);
  let offset = from;
  while (offset < to) {
    if (signal.aborted) {
      return false;
    }
    try {
      const [fetched] = await source.fetch([{ topic, partition, offset }], { ...FETCH, signal });
      if (fetched !== undefined && fetched.failure === undefined) {
        for (const record of fetched.records) {
          if (record.offset < to) {
            onRecord(record);
          }
        }
        offset = fetched.nextOffset;
        continue;
      }
    } catch {
      // Kafka is unavailable; retry until the time is up.
    }
    await pause(RETRY_MS, signal);
  }
  return true;
}
