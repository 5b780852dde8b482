import { KAFKA_CODE } from './kafka-code.ts';

/**
 * What the broker's answer for a batch means.
 *
 * - `retry`: not appended; another attempt with the same sequence may do.
 * - `retry-unknown`: perhaps appended; an attempt with the same sequence finds out.
 * - `new-epoch`: not appended, because the broker does not know this sequence any more.
 * - `unknown`: perhaps appended, and no attempt can find out.
 * - `topic-unclear`: not appended; the metadata tells whether the topic is gone.
 * - `rejected`: not appended, for what the batch is.
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

/** A code that is not in the table may stand for anything, also for an append that happened. */
export function produceVerdictOf(code: number): ProduceVerdict {
  return VERDICTS.get(code) ?? 'unknown';
}
