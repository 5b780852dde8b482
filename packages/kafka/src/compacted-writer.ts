import { AppError } from '@quicksilver/common/errors/app-error';
import { packValue } from '@quicksilver/common/records/packed-value';
import type { ProduceResult, RecordSink, TopicAdmin } from './ports.ts';

export interface CompactedTopic {
  readonly topic: string;
  /** Used if the topic has to be created. */
  readonly replicationFactor: number;
}

export interface CompactedRecord {
  readonly key: string;
  /** Null removes the key. */
  readonly value: Buffer | null;
}

export interface CompactedWriterDeps {
  readonly admin: TopicAdmin;
  readonly sink: RecordSink;
}

const CONFIGS = { 'cleanup.policy': 'compact' };
const PRODUCE_MS = 10_000;

/** Creates a compacted topic of one partition if it is missing. Resolves to true if it was. */
export function createCompactedTopic(
  admin: TopicAdmin,
  { topic, replicationFactor }: CompactedTopic,
  signal: AbortSignal,
): Promise<boolean> {
  return admin.create({ topic, partitions: 1, replicationFactor, configs: CONFIGS }, signal);
}

/**
 * Writes one record to a compacted topic of one partition. Creates the topic if it is missing, or
 * throws `AppError` if that fails. Otherwise returns the result of the write.
 */
export async function writeCompacted(
  to: CompactedTopic,
  { key, value }: CompactedRecord,
  { admin, sink }: CompactedWriterDeps,
  signal: AbortSignal,
): Promise<ProduceResult> {
  const records = [{ key: Buffer.from(key), value: value && packValue(value) }];
  const produce = async (): Promise<ProduceResult> => {
    signal.throwIfAborted();
    const [result] = await sink.produce([{ topic: to.topic, partition: 0, records }], PRODUCE_MS);
    return (
      result ?? {
        ok: false,
        outcome: 'unknown',
        reason: 'unavailable',
        detail: 'the broker sent no response',
      }
    );
  };
  const result = await produce();
  if (result.ok || result.reason !== 'topic-gone') {
    return result;
  }
  await createCompactedTopic(admin, to, signal);
  return produce();
}

/** As `writeCompacted`, but returns the offset, or throws `AppError` if the write failed. */
export async function mustWriteCompacted(
  to: CompactedTopic,
  record: CompactedRecord,
  deps: CompactedWriterDeps,
  signal: AbortSignal,
): Promise<bigint> {
  const result = await writeCompacted(to, record, deps, signal);
  if (!result.ok) {
    throw new AppError(
      'KAFKA_UNAVAILABLE',
      `The record ${record.key} could not be written to topic ${to.topic}: ${result.detail}`,
    );
  }
  return result.baseOffset;
}
