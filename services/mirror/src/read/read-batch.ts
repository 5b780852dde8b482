import { AppError } from '@quicksilver/common/errors/app-error';
import { printUnreadable, type BatchKind } from '@quicksilver/contracts/mirror-api/batch-query';

import { compareCurrency, unreadOf } from '../query/current-record.ts';
import type { Octets } from '../query/octets.ts';
import type { Refusal } from '../query/query-result.ts';
import type { CachedValue } from '../query/value-cache.ts';
import type { KeyList } from './batch-keys.ts';
import { Freshness } from './freshness.ts';
import { printLocations } from './held-json.ts';
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

export interface BatchRead {
  /** The JSON of each key in order, as its kind has it. Undefined for a key that does not exist. */
  readonly values: readonly (Octets | undefined)[];
  readonly freshness: Freshness;
}

/** Bytes of one response. More must be requested in several batches. */
const RESPONSE_BYTES_MAX = 67_108_864;

/** The keys of a batch that one replica owns. */
interface Group {
  readonly partition: number;
  readonly indexes: number[];
}

/** A key that must be looked up in a partition of this replica. */
interface Lookup {
  readonly index: number;
  readonly bytes: Buffer;
  readonly partition: OwnedPartition;
}

interface Plan {
  readonly lookups: readonly Lookup[];
  readonly touched: ReadonlySet<OwnedPartition>;
  readonly remote: readonly Group[];
}

interface Progress extends BatchRead {
  readonly kind: BatchKind;
  readonly values: (Octets | undefined)[];
}

/** All values or an error, never some of them. Throws `AppError`. */
export async function readBatch(
  scope: ReadScope,
  keys: KeyList,
  kind: BatchKind = 'values',
): Promise<BatchRead> {
  const values: (Octets | undefined)[] = [];
  // Every key has an element, whether or not a value is found.
  values.length = keys.length;
  values.fill(undefined);
  const progress: Progress = { kind, values, freshness: new Freshness() };
  const isPlain = scope.position === undefined && kind !== 'locations';
  const plan = planOf(scope, keys, isPlain ? progress : undefined);
  const [first] = plan.remote;
  if (first !== undefined && isForwarded(scope)) {
    throw wrongOwner(scope, first.partition);
  }
  if (first === undefined && isPlain && !scope.view.placement.isMixed) {
    readHome(scope, plan, progress);
    return progress;
  }
  const remote = plan.remote.map((group) => readRemote(scope, keys, group, progress));
  await Promise.all([readHere(scope, plan, progress), ...remote]);
  return progress;
}

function pick(kind: BatchKind, { json, offset }: Pick<CachedValue, 'json' | 'offset'>): Octets {
  return kind === 'offsets' ? String(offset) : json;
}

/** Finds the owner of each key. Values of the cache go to `progress` at once if there is one. */
function planOf(scope: ReadScope, keys: KeyList, progress: Progress | undefined): Plan {
  const { view, queries, ownersOf } = scope;
  const { texts } = keys;
  const cached = progress && texts && queries.cacheReads(view);
  const lookups: Lookup[] = [];
  const touched = new Set<OwnedPartition>();
  const remote = new Map<string, Group>();
  for (let index = 0; index < keys.length; index += 1) {
    const hit = cached?.get(texts?.[index] ?? '');
    if (progress !== undefined && hit !== undefined) {
      progress.values[index] = pick(progress.kind, hit);
      continue;
    }
    const bytes = keys.bytesAt(index);
    const partition = view.partitionOf(bytes);
    const owned = view.owned(partition);
    if (owned !== undefined) {
      lookups.push({ index, bytes, partition: owned });
      touched.add(owned);
      continue;
    }
    const owners = ownersOf(partition).join(',');
    const group = remote.get(owners);
    if (group === undefined) {
      remote.set(owners, { partition, indexes: [index] });
    } else {
      group.indexes.push(index);
    }
  }
  cached?.partitions.forEach((partition) => touched.add(partition));
  return { lookups, touched, remote: [...remote.values()] };
}

async function readHere(scope: ReadScope, plan: Plan, progress: Progress): Promise<void> {
  const homes = [...plan.touched].map(({ partition }) => partition);
  await awaitPosition(scope, homes);
  if (progress.kind === 'locations' || mayBeElsewhere(scope)) {
    await readMixed(scope, plan, progress);
  } else {
    readHome(scope, plan, progress);
  }
}

/** Each key in its home partition. */
function readHome(scope: ReadScope, plan: Plan, progress: Progress): void {
  const { view, queries } = scope;
  let bytes = 0;
  for (const { index, bytes: key, partition } of plan.lookups) {
    const result = queries.get(view, partition, key);
    progress.freshness.addSkipped(
      partition.partition,
      result.ok ? result.value.skipped : result.skipped,
    );
    if (result.ok) {
      const json = pick(progress.kind, result.value);
      progress.values[index] = json;
      bytes += json.length;
    } else {
      progress.values[index] = withoutValue(scope, result, partition.partition);
    }
    checkBytes(bytes);
  }
  for (const partition of plan.touched) {
    progress.freshness.addPartition(partition);
  }
}

/** Each key in all partitions that can have it. */
async function readMixed(scope: ReadScope, plan: Plan, progress: Progress): Promise<void> {
  const { kind, values, freshness } = progress;
  const { view, queries } = scope;
  const keys = plan.lookups.map(({ bytes }) => bytes);
  if (keys.length === 0) {
    return;
  }
  const records = await readHeld(scope, { keys, hasValues: kind !== 'locations' }, freshness);
  for (const [at, { index }] of plan.lookups.entries()) {
    const held = records[at] ?? [];
    if (kind === 'locations') {
      const { isImmutable } = view;
      values[index] = printLocations(
        held.toSorted((one, other) => compareCurrency(one, other, isImmutable)),
      );
      continue;
    }
    const unread = unreadOf(held, view.isImmutable);
    freshness.addSkipped(unread?.partition, unread?.offset);
    const choice = queries.choose(view, held, freshness);
    values[index] = choice.ok
      ? pick(kind, choice.value)
      : withoutValue(scope, { ...choice, skipped: unread?.offset }, unread?.partition ?? 0);
  }
  checkResponseBytes(values);
}

/** The element of a key without a value. Throws `AppError` if the batch fails with it. */
function withoutValue(
  { marksUnreadable }: ReadScope,
  refused: Refusal,
  partition: number,
): Octets | undefined {
  if (refused.reason === 'unreadable' && refused.skipped !== undefined && marksUnreadable) {
    return printUnreadable(partition, refused.skipped);
  }
  if (refused.reason !== 'not-found') {
    throw toError(refused);
  }
  return undefined;
}

/** Throws `AppError('TOO_MANY_ITEMS')`. */
export function checkResponseBytes(texts: readonly (Octets | undefined)[]): void {
  checkBytes(texts.reduce((bytes, text) => bytes + (text?.length ?? 0), 0));
}

function checkBytes(bytes: number): void {
  if (bytes > RESPONSE_BYTES_MAX) {
    throw new AppError(
      'TOO_MANY_ITEMS',
      `The values of these keys exceed ${RESPONSE_BYTES_MAX} bytes: ask for fewer keys at once.`,
    );
  }
}

async function readRemote(
  scope: ReadScope,
  keys: KeyList,
  { partition, indexes }: Group,
  progress: Progress,
): Promise<void> {
  const { value, freshness } = await scope.remote.batch(
    remotePartitions(scope, [partition]),
    progress.kind,
    indexes.map((index) => keys.jsonAt(index)),
    scope.marksUnreadable,
  );
  for (const [at, index] of indexes.entries()) {
    progress.values[index] = value[at];
  }
  progress.freshness.addForwarded(freshness);
}
