import { AppError } from '@quicksilver/common/errors/app-error';

import type { RecordIdentity } from '../query/current-record.ts';
import type { Octets } from '../query/octets.ts';
import type { CachedValue } from '../query/value-cache.ts';
import { Freshness } from './freshness.ts';
import { readHeld } from './held-records.ts';
import { awaitPosition, mayBeElsewhere } from './read-position.ts';
import {
  isForwarded,
  remotePartitions,
  type OwnedPartition,
  type ReadScope,
} from './read-scope.ts';
import { toError } from './unwrap.ts';
import { wrongOwner } from './wrong-owner.ts';

export type KeyRead =
  /** The key does not exist, and its newest record was skipped. */
  | { readonly kind: 'skipped'; readonly partition: number; readonly offset: bigint }
  /** From the home partition of the key, which this replica owns. */
  | { readonly kind: 'home'; readonly value: CachedValue }
  /** From all partitions that can have the key, or from another replica. */
  | {
      readonly kind: 'mixed' | 'remote';
      readonly json: Octets;
      readonly record: RecordIdentity | undefined;
      readonly freshness: Freshness;
    };

/**
 * The value of a key, which has the form of a URL. Undefined if the key does not exist. It returns
 * at once if it does not have to wait, because this is the mirror's hottest path. Throws
 * `AppError`.
 */
export function readKey(
  scope: ReadScope,
  key: string,
): KeyRead | undefined | Promise<KeyRead | undefined> {
  const { view, queries, position } = scope;
  const hit =
    view.keyCodec.type === 'STRING' && position === undefined
      ? queries.cached(view, key)
      : undefined;
  if (hit !== undefined) {
    return { kind: 'home', value: hit };
  }
  const bytes = view.keyCodec.fromText(key);
  const number = view.partitionOf(bytes);
  const partition = view.owned(number);
  if (partition === undefined) {
    return readRemote(scope, key, number);
  }
  return position === undefined && !view.placement.isMixed
    ? readHome(scope, partition, bytes)
    : readAwaited(scope, partition, bytes);
}

function readHome(
  { view, queries }: ReadScope,
  partition: OwnedPartition,
  bytes: Buffer,
): KeyRead | undefined {
  const result = queries.get(view, partition, bytes);
  if (result.ok) {
    return { kind: 'home', value: result.value };
  }
  if (result.reason === 'not-found') {
    const { skipped: offset } = result;
    return offset === undefined
      ? undefined
      : { kind: 'skipped', partition: partition.partition, offset };
  }
  throw toError(result);
}

async function readAwaited(
  scope: ReadScope,
  partition: OwnedPartition,
  bytes: Buffer,
): Promise<KeyRead | undefined> {
  await awaitPosition(scope, [partition.partition]);
  return mayBeElsewhere(scope)
    ? await readMixed(scope, partition, bytes)
    : readHome(scope, partition, bytes);
}

/** The current record, in whatever partition it is. */
async function readMixed(
  scope: ReadScope,
  { topicId }: OwnedPartition,
  bytes: Buffer,
): Promise<KeyRead | undefined> {
  const freshness = new Freshness();
  const [records = []] = await readHeld(scope, { keys: [bytes], hasValues: true }, freshness);
  const found = scope.queries.choose(scope.view, records);
  if (!found.ok) {
    if (found.reason === 'not-found') {
      return undefined;
    }
    throw toError(found);
  }
  const { partition, offset, timestamp, json } = found.value;
  return { kind: 'mixed', json, record: { partition, offset, timestamp, topicId }, freshness };
}

async function readRemote(
  scope: ReadScope,
  key: string,
  partition: number,
): Promise<KeyRead | undefined> {
  if (isForwarded(scope)) {
    throw wrongOwner(scope, partition);
  }
  try {
    const { value, freshness: remote } = await scope.remote.key(
      remotePartitions(scope, [partition]),
      key,
    );
    const freshness = new Freshness();
    freshness.addForwarded(remote);
    return { kind: 'remote', ...value, freshness };
  } catch (error) {
    if (error instanceof AppError && error.code === 'KEY_NOT_FOUND') {
      return undefined;
    }
    throw error;
  }
}
