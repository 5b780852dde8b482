import type { AppError } from '@quicksilver/common/errors/app-error';
import type { Deadline } from '@quicksilver/common/flow/deadline';
import { MIN_POSITION_HEADER } from './contract.ts';
import type { MirroredTopic } from './key-slots.ts';
import { printPosition, type Position } from './position-token.ts';
import type { ReadFreshness } from './read-freshness.ts';

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** The minimum position of the result. */
  readonly minPosition?: Position;
  /** Called with the freshness of each response that has values. */
  readonly onFreshness?: (freshness: ReadFreshness) => void;
  /** Called with `partition:offset` of records that a response lacks because they were skipped. */
  readonly onSkipped?: (records: readonly string[]) => void;
}

/** One call of the client, with any number of requests. */
export interface Call {
  readonly topic: MirroredTopic;
  readonly options: CallOptions;
  readonly deadline: Deadline;
  /** The greatest number in the responses until now, 0 before the first. */
  readonly seen: { partitions: number };
}

export interface Failure {
  readonly error: AppError;
  /** Another replica holds the same partitions. */
  readonly hasCopies?: boolean;
}

/** Errors that another replica may not return. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  'WRONG_OWNER',
  'SHUTTING_DOWN',
  'MIRROR_UNAVAILABLE',
  // The topic may have moved to another mirror.
  'TOPIC_NOT_FOUND',
]);
/** Errors of one replica, which another copy of its partitions may not return. */
const AT_A_COPY: ReadonlySet<string> = new Set(['RESTORING', 'STALE', 'STORE_UNAVAILABLE']);

/** Whether a retry at another replica may succeed. */
export function mayAnswerElsewhere(
  call: Call,
  { error: { code }, hasCopies = false }: Failure,
): boolean {
  return !call.deadline.isOver && (ELSEWHERE.has(code) || (hasCopies && AT_A_COPY.has(code)));
}

/** All offsets of the position, because a key can be misplaced in another partition. */
export function positionHeader({ options: { minPosition } }: Call): Record<string, string> {
  return minPosition === undefined || minPosition.offsets.size === 0
    ? {}
    : { [MIN_POSITION_HEADER]: printPosition(minPosition) };
}
