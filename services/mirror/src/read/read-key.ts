import { AppError } from '@quicksilver/common/errors/app-error';

import { unreadOf, type RecordIdentity } from '../query/current-record.ts';
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
  /** Without a value. The code is KEY_NOT_FOUND if the key does not exist. */
  | { readonly kind: 'refused'; readonly error: AppError; readonly freshness: Freshness }
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
 * The value of a key, which has the form of a URL. It returns at once if it does not have to wait,
 * because this is the mirror's hottest path. Throws `AppError` if no partition was read.
 */
export function readKey(scope: ReadScope, key: string): KeyRead | Promise<KeyRead> {
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

function readHome({ view, queries }: ReadScope, partition: OwnedPartition, bytes: Buffer): KeyRead {
  const result = queries.get(view, partition, bytes);
  if (result.ok) {
    return { kind: 'home', value: result.value };
  }
  const freshness = new Freshness();
  freshness.addPartition(partition);
  freshness.addSkipped(partition.partition, result.skipped);
  return { kind: 'refused', error: toError(result), freshness };
}

async function readAwaited(
  scope: ReadScope,
  partition: OwnedPartition,
  bytes: Buffer,
): Promise<KeyRead> {
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
): Promise<KeyRead> {
  const freshness = new Freshness();
  const [records = []] = await readHeld(scope, { keys: [bytes], hasValues: true }, freshness);
  const unread = unreadOf(records, scope.view.isImmutable);
  freshness.addSkipped(unread?.partition, unread?.offset);
  const choice = scope.queries.choose(scope.view, records, freshness);
  if (!choice.ok) {
    return { kind: 'refused', error: toError(choice), freshness };
  }
  const { partition, offset, timestamp, json } = choice.value;
  return { kind: 'mixed', json, record: { partition, offset, timestamp, topicId }, freshness };
}

async function readRemote(scope: ReadScope, key: string, partition: number): Promise<KeyRead> {
  if (isForwarded(scope)) {
    throw wrongOwner(scope, partition);
  }
  const { value, freshness: remote } = await scope.remote.key(
    remotePartitions(scope, [partition]),
    key,
  );
  const freshness = new Freshness();
  freshness.addForwarded(remote);
  if (value === undefined) {
    const error = new AppError(
      'KEY_NOT_FOUND',
      `The key does not exist in topic ${scope.view.topic}.`,
    );
    return { kind: 'refused', error, freshness };
  }
  return { kind: 'remote', ...value, freshness };
}
