import type { BatchKind } from '@quicksilver/contracts/mirror-api/batch-query';
import type { ListParameters } from '@quicksilver/contracts/mirror-api/list-query';
import type { Position } from '@quicksilver/contracts/mirror-api/position-token';
import type { ReadFreshness } from '@quicksilver/contracts/mirror-api/read-freshness';
import type {
  RangeParameters,
  RangePartParameters,
} from '@quicksilver/contracts/mirror-api/range-query';

import type { HeldRecord, RecordIdentity } from '../query/current-record.ts';
import type { Octets } from '../query/octets.ts';
import type { RangeItem } from './merge-range.ts';

/** Partitions of other replicas. The same replicas own all of them. */
export interface RemotePartitions {
  readonly topic: string;
  readonly partitions: readonly number[];
  /** The position that the result must include. */
  readonly position: Position | undefined;
}

/** How fresh a result is, according to the replica that returned it. */
export interface RemoteFreshness extends ReadFreshness {
  readonly position: Position | undefined;
  /** `partition:offset` of skipped records. */
  readonly skipped: readonly string[];
}

export interface Remote<T> {
  readonly value: T;
  readonly freshness: RemoteFreshness;
}

export interface RemoteKey {
  readonly json: Octets;
  /** Undefined if the replica did not send it. */
  readonly record: RecordIdentity | undefined;
}

export interface RemoteRangePage {
  readonly items: readonly RangeItem[];
  /** The cursor of the next page; undefined on the last one. */
  readonly next: string | undefined;
}

/**
 * Reads from a replica that owns the partitions, or from the next owner if the first cannot
 * respond. All of them throw `AppError`: the owner's error, MIRROR_UNAVAILABLE or
 * UPSTREAM_BAD_RESPONSE.
 */
export interface RemoteReads {
  /** `key` has the form of a URL. The value is undefined if the key does not exist. */
  key(of: RemotePartitions, key: string): Promise<Remote<RemoteKey | undefined>>;
  /** In the order of the keys; undefined for a key that does not exist. */
  batch(
    of: RemotePartitions,
    kind: BatchKind,
    keysJson: readonly string[],
    marksUnreadable: boolean,
  ): Promise<Remote<readonly (Octets | undefined)[]>>;
  /** The records of each key in these partitions, with their values or without. */
  held(
    of: RemotePartitions,
    keysJson: readonly string[],
    hasValues: boolean,
  ): Promise<Remote<readonly HeldRecord[][]>>;
  /** The JSON of a page. */
  list(of: RemotePartitions, query: ListParameters): Promise<Remote<string>>;
  /** A page of these partitions. */
  range(
    of: RemotePartitions,
    key: string,
    query: RangeParameters & Pick<RangePartParameters, 'places'>,
  ): Promise<Remote<RemoteRangePage>>;
}
