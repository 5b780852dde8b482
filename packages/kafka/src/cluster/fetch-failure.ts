import type { FetchFailure } from '../ports.ts';
import { KAFKA_CODE } from './kafka-code.ts';

/**
 * What the error code of a fetched partition means. `unclear`: the broker does not know the topic
 * id, and only the metadata can tell whether the topic is gone, made anew, or not known there yet.
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
