import { AppError } from '@quicksilver/common/errors/app-error';
import type { ErrorCode } from '@quicksilver/common/errors/catalog';

import type { QueryFailure, QueryResult, Refusal } from '../query/query-result.ts';

/** Total on purpose: a new reason does not compile until it has a code. */
const CODE_OF: Readonly<Record<QueryFailure, ErrorCode>> = {
  'not-found': 'KEY_NOT_FOUND',
  restoring: 'RESTORING',
  'topic-gone': 'RESTORING',
  unavailable: 'STORE_UNAVAILABLE',
  stale: 'STALE',
  unreadable: 'UNREADABLE_RECORD',
  'position-not-reached': 'POSITION_NOT_REACHED',
  'other-topic': 'TOPIC_RECREATED',
};

/** The refusal of a query becomes an error here and nowhere else. */
export function unwrap<T>(result: QueryResult<T>): T {
  if (result.ok) {
    return result.value;
  }
  throw toError(result);
}

export function toError(refused: Refusal): AppError {
  return new AppError(CODE_OF[refused.reason], refused.detail);
}
