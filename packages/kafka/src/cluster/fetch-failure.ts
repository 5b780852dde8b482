import type { FetchFailure } from '../ports.ts';
import { KAFKA_CODE } from './kafka-code.ts';

/**
 * The meaning of the error code of a fetched partition. `unclear`: the broker does not know the
 * topic id. Only the metadata can show whether the topic was deleted or recreated, or whether this
 * broker does not know it yet.
 */
export function fetchFailureOf(code: number): FetchFailure | 'unclear' {
  switch (code) {
    case KAFKA_CODE.OFFSET_OUT_OF_RANGE:
      return 'offset-out-of-range';
    case KAFKA_CODE.CORRUPT_MESSAGE:
      return 'corrupt';
    case KAFKA_CODE.UNKNOWN_TOPIC_OR_PARTITION:
    case KAFKA_CODE.UNKNOWN_TOPIC_ID:
    case KAFKA_CODE.INCONSISTENT_TOPIC_ID:
      return 'unclear';
    default:
      return 'retriable';
  }
}
