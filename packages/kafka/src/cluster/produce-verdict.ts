import { KAFKA_CODE } from './kafka-code.ts';

/**
 * The meaning of the broker's response for a batch.
 *
 * - `retry`: not appended; a retry with the same sequence may succeed.
 * - `retry-unknown`: possibly appended; a retry with the same sequence finds out.
 * - `new-epoch`: not appended, because the broker no longer knows this sequence.
 * - `unknown`: possibly appended, and no retry can find out.
 * - `topic-unclear`: not appended; the metadata shows whether the topic is deleted.
 * - `rejected`: not appended, because the batch is invalid.
 * - `refused`: not appended, for a reason that an operator has to remove.
 */
export type ProduceVerdict =
  | 'ok'
  | 'retry'
  | 'retry-unknown'
  | 'new-epoch'
  | 'unknown'
  | 'topic-unclear'
  | 'rejected'
  | 'refused';

const VERDICTS: ReadonlyMap<number, ProduceVerdict> = new Map<number, ProduceVerdict>([
  [KAFKA_CODE.NONE, 'ok'],
  [KAFKA_CODE.CORRUPT_MESSAGE, 'retry'],
  [KAFKA_CODE.UNKNOWN_TOPIC_OR_PARTITION, 'topic-unclear'],
  [KAFKA_CODE.LEADER_NOT_AVAILABLE, 'retry'],
  [KAFKA_CODE.NOT_LEADER_OR_FOLLOWER, 'retry'],
  [KAFKA_CODE.REPLICA_NOT_AVAILABLE, 'retry'],
  [KAFKA_CODE.FENCED_LEADER_EPOCH, 'retry'],
  [KAFKA_CODE.UNKNOWN_LEADER_EPOCH, 'retry'],
  [KAFKA_CODE.NOT_ENOUGH_REPLICAS, 'retry'],
  [KAFKA_CODE.THROTTLING_QUOTA_EXCEEDED, 'retry'],
  [KAFKA_CODE.REQUEST_TIMED_OUT, 'retry-unknown'],
  [KAFKA_CODE.NETWORK_EXCEPTION, 'retry-unknown'],
  [KAFKA_CODE.NOT_ENOUGH_REPLICAS_AFTER_APPEND, 'retry-unknown'],
  [KAFKA_CODE.KAFKA_STORAGE_ERROR, 'retry-unknown'],
  [KAFKA_CODE.OUT_OF_ORDER_SEQUENCE_NUMBER, 'new-epoch'],
  [KAFKA_CODE.INVALID_PRODUCER_EPOCH, 'new-epoch'],
  [KAFKA_CODE.UNKNOWN_PRODUCER_ID, 'new-epoch'],
  [KAFKA_CODE.MESSAGE_TOO_LARGE, 'rejected'],
  [KAFKA_CODE.RECORD_LIST_TOO_LARGE, 'rejected'],
  [KAFKA_CODE.INVALID_TIMESTAMP, 'rejected'],
  [KAFKA_CODE.UNSUPPORTED_FOR_MESSAGE_FORMAT, 'rejected'],
  [KAFKA_CODE.POLICY_VIOLATION, 'rejected'],
  [KAFKA_CODE.INVALID_RECORD, 'rejected'],
  [KAFKA_CODE.INVALID_TOPIC_EXCEPTION, 'rejected'],
  [KAFKA_CODE.TOPIC_AUTHORIZATION_FAILED, 'refused'],
  [KAFKA_CODE.CLUSTER_AUTHORIZATION_FAILED, 'refused'],
]);

/** An unlisted code may mean anything, even that the batch was appended. */
export function produceVerdictOf(code: number): ProduceVerdict {
  return VERDICTS.get(code) ?? 'unknown';
}
