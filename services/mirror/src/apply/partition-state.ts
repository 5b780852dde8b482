import type { PartitionState } from '@quicksilver/contracts/mirror-api/contract';

/**
 * What can happen to a partition.
 *
 * - `resumed` its session with Kafka began at the stored position
 * - `rebuilt` its session began with an empty generation
 * - `caught-up` everything that was in the topic at the begin of the session is applied
 * - `stalled` no answer from Kafka, or no progress towards the end, for too long; or records that wait for
 *   their schema
 * - `progressed` Kafka answered again, and what was fetched can be read
 * - `gone`, `recreated` the topic was deleted; its name belongs to another topic
 * - `failed` it cannot go on without someone who acts, or the store cannot be used
 */
export type PartitionEvent =
  | 'resumed'
  | 'rebuilt'
  | 'caught-up'
  | 'stalled'
  | 'progressed'
  | 'gone'
  | 'recreated'
  | 'failed';

/**
 * Total on purpose: a new state or event does not compile until every cell is decided.
 *
 *                 resumed, rebuilt             caught-up              stalled
 *   ┌──────────┐ ───────────────▶ ┌───────────┐ ────────▶ ┌─────────┐ ────────▶ ┌─────────┐
 *   │ starting │                  │ restoring │           │ serving │           │ stalled │
 *   └──────────┘                  └───────────┘ ◀──────── └─────────┘ ◀──────── └─────────┘
 *                                   ▲       ▲     rebuilt            progressed
 *                  resumed, rebuilt │       │ rebuilt
 *                      ┌────────────┤       └────────────┐
 *                 ┌────────┐ ┌────────────┐ ┌─────────────────┐
 *                 │ failed │ │ topic-gone │ │ topic-recreated │   from anywhere, by their events
 *                 └────────┘ └────────────┘ └─────────────────┘
 *
 * A session that begins again at the stored position does not interrupt `serving`: nothing that
 * was applied is lost. Every other way to `serving` leads through `restoring`.
 */
export const TRANSITIONS: Readonly<
  Record<PartitionState, Readonly<Record<PartitionEvent, PartitionState>>>
> = {
  starting: {
    resumed: 'restoring',
    rebuilt: 'restoring',
    'caught-up': 'starting',
    stalled: 'starting',
    progressed: 'starting',
    gone: 'starting',
    recreated: 'topic-recreated',
    failed: 'failed',
  },
  restoring: {
    resumed: 'restoring',
    rebuilt: 'restoring',
    'caught-up': 'serving',
    stalled: 'restoring',
    progressed: 'restoring',
    gone: 'topic-gone',
    recreated: 'topic-recreated',
    failed: 'failed',
  },
  serving: {
    resumed: 'serving',
    rebuilt: 'restoring',
    'caught-up': 'serving',
    stalled: 'stalled',
    progressed: 'serving',
    gone: 'topic-gone',
    recreated: 'topic-recreated',
    failed: 'failed',
  },
  stalled: {
    resumed: 'stalled',
    rebuilt: 'restoring',
    'caught-up': 'serving',
    stalled: 'stalled',
    progressed: 'serving',
    gone: 'topic-gone',
    recreated: 'topic-recreated',
    failed: 'failed',
  },
  'topic-gone': {
    resumed: 'restoring',
    rebuilt: 'restoring',
    'caught-up': 'topic-gone',
    stalled: 'topic-gone',
    progressed: 'topic-gone',
    gone: 'topic-gone',
    recreated: 'topic-recreated',
    failed: 'failed',
  },
  'topic-recreated': {
    resumed: 'restoring',
    rebuilt: 'restoring',
    'caught-up': 'topic-recreated',
    stalled: 'topic-recreated',
    progressed: 'topic-recreated',
    gone: 'topic-gone',
    recreated: 'topic-recreated',
    failed: 'failed',
  },
  failed: {
    resumed: 'restoring',
    rebuilt: 'restoring',
    'caught-up': 'failed',
    stalled: 'failed',
    progressed: 'failed',
    gone: 'topic-gone',
    recreated: 'topic-recreated',
    failed: 'failed',
  },
};

/** States in which a partition answers. A stalled one answers with what it has, and says its lag. */
export function answers(state: PartitionState): boolean {
  return state === 'serving' || state === 'stalled';
}

/** What a query may know of a partition; all of it is current at the moment of reading. */
export interface PartitionView {
  readonly partition: number;
  readonly state: PartitionState;
  /** Why it is in this state, where that is not plain. */
  readonly detail: string | undefined;
  /** Data of this generation is what the partition holds. */
  readonly generation: number;
  readonly nextOffset: bigint;
  /** As last seen; may be behind `nextOffset`. */
  readonly endOffset: bigint;
  readonly topicId: string | undefined;
  readonly poisonRecords: number;
  /** Monotonic milliseconds when the partition last stood at the end that Kafka named. */
  readonly atEndMs: number | undefined;
  /**
   * Resolves to true once the offset is applied, to false after `waitMs` or when the partition
   * begins a new generation meanwhile.
   */
  waitFor(offset: bigint, waitMs: number): Promise<boolean>;
  /** A read found broken data: the partition stops to answer and is built anew. */
  reportCorrupt(detail: string): void;
}
