import type { PartitionState } from '@quicksilver/contracts/mirror-api/contract';

import type { PoisonLog } from './poison-log.ts';

/**
 * Events of a partition.
 * - `resumed`: its session began at the stored position.
 * - `rebuilt`: its session began with an empty generation.
 * - `caught-up`: all records that existed when the session began are applied.
 * - `stalled`: no response from Kafka or no progress towards the end for too long, or records wait
 *   for their schema.
 * - `progressed`: Kafka responds again, and the fetched records can be read.
 * - `gone`, `recreated`: the topic was deleted; its name belongs to another topic.
 * - `failed`: it cannot continue without help from an operator, or the store cannot be used.
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

/**
 * States in which a partition responds. A stalled partition responds with its present data and
 * reports its lag.
 */
export function answers(state: PartitionState): boolean {
  return state === 'serving' || state === 'stalled';
}

/** The properties of a partition that queries use. All are current when they are read. */
export interface PartitionView {
  readonly partition: number;
  readonly state: PartitionState;
  /** Why the partition is in this state, if the state does not say it. */
  readonly detail: string | undefined;
  /** The generation that readers see. */
  readonly generation: number;
  readonly nextOffset: bigint;
  /** The last known end of the log, which may be before `nextOffset`. */
  readonly endOffset: bigint;
  /** The end for a committed reader. Open transactions hold the records from here on. */
  readonly stableOffset: bigint;
  readonly topicId: string | undefined;
  readonly poison: Pick<
    PoisonLog,
    'newestOf' | 'newestBetween' | 'lackingInRange' | 'hasUnknownKeys'
  >;
  /**
   * Everything that was in the log at this moment is applied, in monotonic milliseconds. Undefined
   * if no such moment is known.
   */
  readonly atEndMs: number | undefined;
  /**
   * Resolves to true when the offset is applied. Resolves to false after `waitMs`, or when the
   * partition begins a new generation.
   */
  waitFor(offset: bigint, waitMs: number): Promise<boolean>;
  /** Called when a read found broken data. The partition stops responding and is rebuilt. */
  reportCorrupt(detail: string): void;
}

/** What hides records from the partition, if everything that Kafka shows is applied. */
export function heldBack({
  nextOffset,
  stableOffset,
  endOffset,
}: Pick<PartitionView, 'nextOffset' | 'stableOffset' | 'endOffset'>): string | undefined {
  const held = endOffset - stableOffset;
  return held > 0n && nextOffset >= stableOffset
    ? `An open transaction holds ${held} ${held === 1n ? 'record' : 'records'} from offset ${stableOffset} on.`
    : undefined;
}
