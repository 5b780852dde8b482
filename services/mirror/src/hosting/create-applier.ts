import { codecFor } from '@quicksilver/codec/codecs';
import { keyCodecFor } from '@quicksilver/codec/key-codec';
import { UNREAD } from '@quicksilver/codec/registry/schema-values';
import { isPlain } from '@quicksilver/codec/registry/value-readers';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';

import { Applier } from '../apply/applier.ts';
import type { FetchReaders } from '../apply/applier-options.ts';
import type { RecordLists } from '../apply/record-lists.ts';
import { Sweep, type ExpiredTaker } from '../apply/sweep.ts';
import type { ValueCache } from '../query/value-cache.ts';
import { sweepEveryMs, type Retention } from '../retention/retention.ts';
import { keyEncodingFor } from '../store/key-encoding.ts';
import type { LevelStore } from '../store/level-store.ts';
import type { RangeIndex } from '../store/ports.ts';
import { needsSchemas } from './store-form.ts';
import type { StoredCheck } from './stored-check.ts';
import type { TopicMetrics } from './topic-metrics.ts';
import type { TopicPlacement } from './topic-placement.ts';

/** What the appliers of one topic share. */
export interface ApplierParts {
  readonly entry: TopicEntry;
  readonly store: LevelStore;
  readonly lists: RecordLists;
  readonly cache: ValueCache;
  readonly placement: TopicPlacement;
  readonly readersOf: FetchReaders;
  readonly range: RangeIndex | undefined;
  readonly retention: Retention | undefined;
  readonly tombstones: ExpiredTaker | undefined;
  readonly metrics: TopicMetrics;
  readonly poisonEntriesMax: number;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly stored: StoredCheck;
  /** Called when the partition begins to serve. */
  readonly onServing: () => void;
  /** Rebuilds the partition. */
  readonly rebuild: () => void;
  /** Clears the data of its ended generations. */
  readonly clear: () => void;
  readonly log: Log;
}

/** Readers that may wait for positions of one partition at the same time. */
const WAITERS_MAX = 10_000;

export function createApplier(partition: number, parts: ApplierParts): Applier {
  const { store, lists, cache, placement, readersOf, range, retention, metrics, log } = parts;
  const { name: topic, keyType, keyFormat, valueType, writeType, envelope } = parts.entry;
  return new Applier({
    partition,
    store,
    types: {
      keyCodec: keyCodecFor(keyType, keyFormat),
      keyEncoding: keyEncodingFor(keyType),
      valueCodec: isPlain(valueType) ? codecFor(valueType) : UNREAD,
      envelope,
      hasKeySchemas: keyFormat !== undefined,
      partitions: () => placement.partitions,
      isImmutable: writeType === 'IMMUTABLE',
    },
    places: placement,
    readersOf: needsSchemas(parts.entry) ? readersOf : undefined,
    range,
    // An expired record of an immutable topic stays, invisible, as the first record of its key.
    sweep:
      retention === undefined || writeType === 'IMMUTABLE' ? undefined : sweepOf(retention, parts),
    waitersMax: WAITERS_MAX,
    onApplied: (ops) => {
      cache.forget(ops);
      metrics.applied(topic, ops.length);
    },
    poisonEntriesMax: Math.ceil(parts.poisonEntriesMax / placement.partitions),
    onPoison: (record, poison, { total, key }) => {
      cache.forget(key === undefined ? [] : [{ key }]);
      lists.addPoison(partition, record, poison, total);
    },
    onIndexed: () => lists.addIndexed(partition),
    onUnindexed: (record, why) => lists.addUnindexed(partition, record, why),
    onRecord: (record, { record: applied }) => {
      if (applied !== undefined) {
        const keyJson = (): string => parts.stored.keyJson(record.key);
        lists.checkTypes(partition, { record, valueJson: applied.json, keyJson });
      }
    },
    onMisplaced: () => metrics.misplaced(topic, partition),
    onAmbiguous: parts.rebuild,
    onExpired: (ops) => {
      cache.forget(ops);
      metrics.expired(topic, ops.length);
    },
    onState: (from, to, detail) => {
      log.info({ partition, from, to, detail }, 'state');
      if (to === 'serving') {
        parts.onServing();
      }
    },
    onTruncated: parts.clear,
    onRebuild: () => metrics.rebuilt(topic, partition),
    onCorrupt: (detail) => {
      log.error({ partition, detail }, 'the store returned broken data');
      parts.rebuild();
    },
  });
}

function sweepOf(
  retention: Retention,
  { clock, tombstones }: Pick<ApplierParts, 'clock' | 'tombstones'>,
): Sweep {
  return new Sweep({ ...retention, clock, everyMs: sweepEveryMs(retention), taker: tombstones });
}
