import { AppError } from '@quicksilver/common/errors/app-error';
import type { ProduceResult, RecordSink, TopicAdmin } from './ports.ts';

export interface CompactedTopic {
  readonly topic: string;
  /** Of the topic, where it has to be created. */
  readonly replicationFactor: number;
}

export interface CompactedRecord {
  readonly key: string;
  /** Null removes the key. */
  readonly value: Buffer | null;
}

export interface CompactedWriterNeeds {
  readonly admin: TopicAdmin;
  readonly sink: RecordSink;
}

const CONFIGS = { 'cleanup.policy': 'compact' };
const PRODUCE_MS = 10_000;

/** Creates a compacted topic of one partition where it is missing; true when it was. */
export function createCompactedTopic(
  admin: TopicAdmin,
  { topic, replicationFactor }: CompactedTopic,
  signal: AbortSignal,
): Promise<boolean> {
  return admin.create({ topic, partitions: 1, replicationFactor, configs: CONFIGS }, signal);
}

/**
 * Writes one record to a compacted topic of one partition, which is created where it is missing.
 * Answers its offset, or why it is not or perhaps not there. Throws `AppError` where the topic is
 * missing and cannot be created.
 */
export async function writeCompacted(
  to: CompactedTopic,
  { key, value }: CompactedRecord,
  { admin, sink }: CompactedWriterNeeds,
  signal: AbortSignal,
): Promise<ProduceResult> {
  const records = [{ key: Buffer.from(key), value }];
  const produce = async (): Promise<ProduceResult> => {
    signal.throwIfAborted();
    const [result] = await sink.produce([{ topic: to.topic, partition: 0, records }], PRODUCE_MS);
    return (
      result ?? { ok: false, outcome: 'unknown', reason: 'unavailable', detail: 'no answer came' }
    );
  };
  const result = await produce();
  if (result.ok || result.reason !== 'topic-gone') {
    return result;
  }
  await createCompactedTopic(admin, to, signal);
  return produce();
}

/** As `writeCompacted`, for whoever cannot go on without: throws `AppError` unless it is written. */
export async function mustWriteCompacted(
  to: CompactedTopic,
  record: CompactedRecord,
  needs: CompactedWriterNeeds,
  signal: AbortSignal,
): Promise<bigint> {
  const result = await writeCompacted(to, record, needs, signal);
  if (!result.ok) {
    throw new AppError(
      'KAFKA_UNAVAILABLE',
      `The record ${record.key} could not be written to topic ${to.topic}: ${result.detail}`,
    );
  }
  return result.baseOffset;
}
