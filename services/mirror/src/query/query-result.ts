/** Why a query has no answer here. Each reason tells the caller what to do next. */
export type QueryFailure =
  /** The key does not exist; only a caught-up owner says so. */
  | 'not-found'
  /** Not everything that is in the topic has been applied yet: ask again soon. */
  | 'restoring'
  /** The topic was deleted. */
  | 'topic-gone'
  /** The partition cannot go on without someone who acts, or the store cannot be read. */
  | 'unavailable'
  /** The data may be older than this mirror may serve. */
  | 'stale'
  /** The wanted position was not applied in time. */
  | 'position-not-reached'
  /** The wanted position belongs to a topic of this name that is no more. */
  | 'other-topic';

export interface Refusal {
  readonly ok: false;
  readonly reason: QueryFailure;
  readonly detail: string;
}

export type QueryResult<T> = { readonly ok: true; readonly value: T } | Refusal;

export function refusal(reason: QueryFailure, detail: string): Refusal {
  return { ok: false, reason, detail };
}
