import { partitionOf } from '@quicksilver/kafka/partitioner';

import type { Applier } from '../apply/applier.ts';
import type { SharedPlaces } from '../apply/partition-placement.ts';
import type { KeyPlacement } from '../query/key-placement.ts';
import { keyEncodingFor, type KeyType } from '../store/key-encoding.ts';

/** The placement in one partition, as its replica reports it. */
export interface PlacementReport {
  readonly partition: number;
  /** `unread`: not read to its end since the process started. `own`: without misplaced records. */
  readonly state: 'unread' | 'own' | 'mixed';
  readonly nextOffset: bigint;
  /** The least timestamp of a misplaced value. */
  readonly misplacedFrom: bigint | undefined;
}

/** The placement of one topic, as a replica reports it. */
export interface TopicReport {
  readonly topicId: string | undefined;
  /** The number of partitions by which the replica places keys. Older versions omit it. */
  readonly count?: number | undefined;
  readonly partitions: readonly PlacementReport[];
}

export interface TopicPlacementOptions {
  readonly partitions: number;
  readonly homeOf: (key: Buffer, partitions: number) => number;
  /** The partitions of this replica. */
  readonly appliers: ReadonlyMap<number, Applier>;
  /** Called when the topic becomes mixed. */
  readonly onMixed?: () => void;
}

/** The placement of one topic: that of its partitions here, and the reports of other replicas. */
export class TopicPlacement implements SharedPlaces, KeyPlacement {
  partitions: number;
  mixed: ReadonlySet<number> = new Set();
  unindexed: ReadonlySet<number> = new Set();
  isMixed = false;
  unreadHere: number | undefined;
  unknownElsewhere: number | undefined;
  readonly #options: TopicPlacementOptions;
  #reports = new Map<number, PlacementReport>();
  #reportsTopicId: string | undefined;

  constructor(options: TopicPlacementOptions) {
    this.#options = options;
    this.partitions = options.partitions;
  }

  /**
   * Sets the number by which keys are placed. Then the partitions here must be resumed or recalled.
   */
  place(partitions: number): void {
    if (partitions !== this.partitions) {
      this.#reports = new Map(
        [...this.#reports].map(([partition, report]) => [partition, ofEarlierNumber(report)]),
      );
    }
    this.partitions = partitions;
  }

  homeOf(key: Buffer, partitions = this.partitions): number {
    return this.#options.homeOf(key, partitions);
  }

  isUnmixedTo(partition: number, offset: bigint): boolean {
    const report = this.#reports.get(partition);
    return report?.state === 'own' && report.nextOffset > offset;
  }

  misplacedElsewhere(partition: number): bigint | undefined {
    let least: bigint | undefined;
    const consider = (of: number, from: bigint | undefined): void => {
      if (of !== partition && from !== undefined && (least === undefined || from < least)) {
        least = from;
      }
    };
    for (const [of, { placement }] of this.#options.appliers) {
      consider(of, placement?.misplacedFrom);
    }
    for (const [of, { misplacedFrom }] of this.#reports) {
      consider(of, misplacedFrom);
    }
    return least;
  }

  changed(): void {
    const { appliers } = this.#options;
    const mixed = new Set<number>();
    const unindexed = new Set<number>();
    this.unreadHere = undefined;
    this.unknownElsewhere = undefined;
    for (let partition = 0; partition < this.partitions; partition += 1) {
      const applier = appliers.get(partition);
      if (applier === undefined) {
        const state = this.#reports.get(partition)?.state;
        if (state === 'mixed') {
          mixed.add(partition);
        } else if (state !== 'own') {
          this.unknownElsewhere ??= partition;
        }
      } else if (applier.placement?.isMixed === true) {
        mixed.add(partition);
        if (!applier.placement.isIndexed) {
          unindexed.add(partition);
        }
      } else if (applier.placement?.hasRead(applier.state) !== true) {
        this.unreadHere ??= partition;
      }
    }
    const wasMixed = this.isMixed;
    this.mixed = mixed;
    this.unindexed = unindexed;
    this.isMixed = mixed.size > 0;
    if (this.isMixed && !wasMixed) {
      this.#options.onMixed?.();
    }
    for (const applier of appliers.values()) {
      applier.checkNotes();
    }
  }

  /** The report of this replica. */
  report(): TopicReport {
    const appliers = [...this.#options.appliers.values()];
    return {
      topicId: appliers.find(({ topicId }) => topicId !== undefined)?.topicId,
      count: this.partitions,
      partitions: appliers.map(({ partition, placement, state, nextOffset }) => ({
        partition,
        state:
          placement?.isMixed === true
            ? 'mixed'
            : placement?.hasRead(state) === true
              ? 'own'
              : 'unread',
        nextOffset,
        misplacedFrom: placement?.misplacedFrom,
      })),
    };
  }

  /**
   * Takes the reports of other replicas. If a partition is `unread`, its last other report stays
   * valid.
   */
  learn(reports: readonly TopicReport[]): void {
    const topicId = this.report().topicId;
    if (topicId !== this.#reportsTopicId) {
      this.#reportsTopicId = topicId;
      this.#reports = new Map();
    }
    const latest = new Map<number, PlacementReport>();
    for (const report of reports) {
      const isEarlier = (report.count ?? this.partitions) < this.partitions;
      for (const reported of report.topicId === topicId ? report.partitions : []) {
        const one = isEarlier ? ofEarlierNumber(reported) : reported;
        if (!this.#options.appliers.has(one.partition)) {
          const other = latest.get(one.partition);
          latest.set(one.partition, other === undefined ? one : joined(one, other));
        }
      }
    }
    for (const [partition, report] of latest) {
      const before = this.#reports.get(partition);
      if (report.state !== 'unread' || before === undefined) {
        this.#reports.set(partition, report);
      }
    }
    this.changed();
  }
}

/** From a replica that does not know added partitions: they may be the home of some of its keys. */
function ofEarlierNumber(report: PlacementReport): PlacementReport {
  return report.state === 'own' ? { ...report, state: 'mixed' } : report;
}

const RANK = { unread: 0, own: 1, mixed: 2 } as const;

/** From two copies of a partition. One may have read further than the other. */
function joined(one: PlacementReport, other: PlacementReport): PlacementReport {
  const further = RANK[one.state] >= RANK[other.state] ? one : other;
  return { ...further, misplacedFrom: least(one.misplacedFrom, other.misplacedFrom) };
}

function least(one: bigint | undefined, other: bigint | undefined): bigint | undefined {
  if (one === undefined || other === undefined) {
    return one ?? other;
  }
  return one < other ? one : other;
}

/** The effects of a mixed topic. */
export const MIXED =
  "Some records are in another partition than Java's default partitioner chooses for their key. Lookups find them, because they read all partitions that have such records.";

/** Types whose equal keys may have different bytes. */
const HAVE_SPELLINGS: ReadonlySet<KeyType> = new Set(['DOUBLE', 'FLOAT', 'UUID', 'JSON']);

/** The home partition of a key. Equal keys have the same one, even if their bytes differ. */
export function homeBy(keyType: KeyType): (key: Buffer, partitions: number) => number {
  if (!HAVE_SPELLINGS.has(keyType)) {
    return partitionOf;
  }
  const encoding = keyEncodingFor(keyType);
  return (key, partitions) => {
    const stored = encoding.encode(key);
    return partitionOf(stored === undefined ? key : encoding.decode(stored), partitions);
  };
}
