import { setImmediate } from 'node:timers/promises';

import { AppError } from '@quicksilver/common/errors/app-error';
import { BATCH_KEYS_MAX } from '@quicksilver/contracts/mirror-api/contract';
import { chunksOf, groupBy } from '@quicksilver/contracts/mirror-api/key-slots';

import type { HeldRecord } from '../query/current-record.ts';
import { Freshness } from './freshness.ts';
import { namedElsewhere } from './read-position.ts';
import { awaitPosition } from './read-position.ts';
import { remotePartitions, type ReadScope } from './read-scope.ts';
import { toError, unwrap } from './unwrap.ts';
import { wrongOwner } from './wrong-owner.ts';

export interface HeldQuery {
  /** Record keys. */
  readonly keys: readonly Buffer[];
  /** Whether the records have their values. */
  readonly hasValues: boolean;
  /** A partition that is not read. */
  readonly except?: number;
}

/** Keys that are looked up before other requests get a turn. */
const TURN_KEYS = 100;

/**
 * The records of each key in all partitions that can have it, in no order. Throws `AppError` that
 * names the partition if one cannot be read. The caller awaits the positions of partitions here.
 */
export async function readHeld(
  scope: ReadScope,
  query: HeldQuery,
  freshness: Freshness,
): Promise<HeldRecord[][]> {
  const { view, ownersOf } = scope;
  const partitions = new Set([...view.placement.mixed, ...namedElsewhere(scope)]);
  for (const key of query.keys) {
    partitions.add(view.partitionOf(key));
  }
  if (query.except !== undefined) {
    partitions.delete(query.except);
  }
  const here = [...partitions].filter((partition) => view.owned(partition) !== undefined);
  const elsewhere = [...partitions].filter((partition) => view.owned(partition) === undefined);
  const groups = groupBy(elsewhere, (partition) => ownersOf(partition).join(','));
  const parts = await Promise.all([
    heldHere(scope, query.keys, here),
    ...[...groups.values()].map((group) => heldElsewhere(scope, query, group, freshness)),
  ]);
  addPartitions(scope, here, freshness);
  return query.keys.map((_, index) => parts.flatMap((part) => part[index] ?? []));
}

export interface HeldRead {
  readonly records: readonly HeldRecord[][];
  readonly freshness: Freshness;
}

/** The records of each key in these partitions, for another replica. Throws `AppError`. */
export async function readHeldHere(
  scope: ReadScope,
  keys: readonly Buffer[],
  partitions: readonly number[],
): Promise<HeldRead> {
  const { view, queries } = scope;
  for (const number of partitions) {
    const partition = view.owned(number);
    if (partition === undefined) {
      throw wrongOwner(scope, number);
    }
    const refusal = queries.refuse(partition);
    if (refusal !== undefined) {
      throw toError(refusal);
    }
  }
  await awaitPosition(scope, partitions);
  const records = await heldHere(scope, keys, partitions);
  const freshness = new Freshness();
  addPartitions(scope, partitions, freshness);
  return { records, freshness };
}

function addPartitions(
  { view }: ReadScope,
  partitions: readonly number[],
  freshness: Freshness,
): void {
  for (const number of partitions) {
    const partition = view.owned(number);
    if (partition !== undefined) {
      freshness.addPartition(partition);
    }
  }
}

/** The records of each key in these partitions of this replica. */
async function heldHere(
  { view, queries }: ReadScope,
  keys: readonly Buffer[],
  partitions: readonly number[],
): Promise<HeldRecord[][]> {
  const records: HeldRecord[][] = [];
  for (const chunk of chunksOf(keys, TURN_KEYS)) {
    if (records.length > 0) {
      await setImmediate();
    }
    const { mixed } = view.placement;
    const mixedHere = partitions.flatMap((number) =>
      mixed.has(number) ? (view.owned(number) ?? []) : [],
    );
    for (const partition of mixedHere) {
      const refusal = queries.refuse(partition);
      if (refusal !== undefined) {
        throw toError(refusal);
      }
    }
    for (const key of chunk) {
      const number = view.partitionOf(key);
      const home = partitions.includes(number) ? view.owned(number) : undefined;
      const rest = mixedHere.filter((partition) => partition !== home);
      records.push(unwrap(queries.held(view, home, rest, key)));
    }
  }
  return records;
}

async function heldElsewhere(
  scope: ReadScope,
  { keys, hasValues }: HeldQuery,
  partitions: readonly number[],
  freshness: Freshness,
): Promise<HeldRecord[][]> {
  const { keyCodec } = scope.view;
  const chunks = chunksOf(keys, BATCH_KEYS_MAX).map(async (chunk) => {
    const jsons = chunk.map((key) => keyCodec.toJson(key).toString('utf8'));
    const held = await scope.remote
      .held(remotePartitions(scope, partitions), jsons, hasValues)
      .catch((error: unknown) => {
        throw ofPartitions(error, partitions);
      });
    freshness.addRemote(held.freshness);
    return held.value;
  });
  return (await Promise.all(chunks)).flat();
}

/** Adds the partitions that cannot be read to the message. */
export function ofPartitions(error: unknown, partitions: readonly number[]): unknown {
  return error instanceof AppError
    ? new AppError(error.code, `Partition ${partitions.join(', ')}: ${error.message}`, {
        cause: error,
      })
    : error;
}
