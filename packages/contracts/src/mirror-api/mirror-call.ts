import type { AppError } from '@quicksilver/common/errors/app-error';
import { MIN_POSITION_HEADER } from './contract.ts';
import type { MirroredTopic } from './key-slots.ts';
import { printPosition, type Position } from './position-token.ts';

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** What the answer must include; only the partitions that are read are passed on. */
  readonly minPosition?: Position;
}

/** One call of the client, however many requests it makes. */
export interface Call {
  readonly topic: MirroredTopic;
  readonly options: CallOptions;
  readonly deadlineMs: number;
  /** As the answers say so far; 0 before any says it. */
  readonly seen: { partitions: number };
}

export interface Failure {
  readonly error: AppError;
  /** Another replica holds the same partitions. */
  readonly hasCopies?: boolean;
}

/** Codes that whoever is asked next may not answer with. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  'WRONG_OWNER',
  'SHUTTING_DOWN',
  'MIRROR_UNAVAILABLE',
  // A topic that moved to another mirror; who does not know it at all says so again.
  'TOPIC_NOT_FOUND',
]);
/** Codes of one replica, which another copy of its partitions may not have. */
const AT_A_COPY: ReadonlySet<string> = new Set(['RESTORING', 'STALE', 'STORE_UNAVAILABLE']);

/** Whether it may help to ask another replica. */
export function mayAnswerElsewhere(
  call: Call,
  { error: { code }, hasCopies = false }: Failure,
): boolean {
  return (
    performance.now() < call.deadlineMs &&
    (ELSEWHERE.has(code) || (hasCopies && AT_A_COPY.has(code)))
  );
}

/** Milliseconds; at least 1, so that a request that is late already fails as late. */
export function timeLeft(call: Call): number {
  return Math.max(1, call.deadlineMs - performance.now());
}

/** All offsets of the position: a key can be in another partition than its own. */
export function positionHeader({ options: { minPosition } }: Call): Record<string, string> {
  return minPosition === undefined || minPosition.offsets.size === 0
    ? {}
    : { [MIN_POSITION_HEADER]: printPosition(minPosition) };
}
