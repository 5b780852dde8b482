/** Why a query has no result here. The reason determines what the caller does next. */
export type QueryFailure =
  /** The key does not exist. Only an owner that has caught up reports this. */
  | 'not-found'
  /** Not all records of the topic are applied yet. A retry may succeed soon. */
  | 'restoring'
  /** The topic was deleted. */
  | 'topic-gone'
  /** The partition needs an operator, or the store cannot be read. */
  | 'unavailable'
  /** The data may be older than the configured limit. */
  | 'stale'
  /** The newest record of the key cannot be read, and the poison policy is `halt`. */
  | 'unreadable'
  /** The position was not applied in time. */
  | 'position-not-reached'
  /** The position belongs to an earlier topic of this name. */
  | 'other-topic';

export interface Refusal {
  readonly ok: false;
  readonly reason: QueryFailure;
  readonly detail: string;
  /** Offset of a record of the key that was skipped. */
  readonly skipped?: bigint | undefined;
}

export type QueryResult<T> = { readonly ok: true; readonly value: T } | Refusal;

export function refusal(reason: QueryFailure, detail: string): Refusal {
  return { ok: false, reason, detail };
}
