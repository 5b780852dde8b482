import type { IncomingHttpHeaders } from 'node:http';

import { AppError } from '@quicksilver/common/errors/app-error';
import { batchPath } from '@quicksilver/common/mirror-api/contract';
import { splitBatch } from '@quicksilver/common/mirror-api/split-answer';

import type { TopicView } from '../query/topic-view.ts';
import type { BatchKey } from './batch-keys.ts';
import { Freshness } from './freshness.ts';
import { forwardedHeaders, isForwarded, minPosition } from './read-request.ts';
import type { RouteNeeds } from './route-needs.ts';
import { toError } from './unwrap.ts';
import { wrongOwner } from './wrong-owner.ts';

type Partition = NonNullable<ReturnType<TopicView['owned']>>;

export interface BatchRead {
  /** Aligned with the keys; undefined for a key that does not exist. */
  readonly values: readonly (Buffer | undefined)[];
  readonly freshness: Freshness;
}

/** Bytes of one answer: what is beyond must be asked for with fewer keys. */
const ANSWER_BYTES_MAX = 67_108_864;

/** Keys of a batch that one replica owns, by their places in it. */
interface Group {
  readonly partition: number;
  readonly indexes: number[];
}

interface Plan {
  /** Undefined where another replica owns the key. */
  readonly local: readonly (Partition | undefined)[];
  readonly touched: ReadonlySet<Partition>;
  readonly remote: readonly Group[];
}

/** All values or an error: never a part of them. Throws `AppError`. */
export async function readBatch(
  needs: RouteNeeds,
  view: TopicView,
  keys: readonly BatchKey[],
  headers: IncomingHttpHeaders,
): Promise<BatchRead> {
  const plan = placeKeys(needs, view, keys);
  const [first] = plan.remote;
  if (first !== undefined && isForwarded(headers)) {
    throw wrongOwner(first.partition, needs.ownersOf(first.partition));
  }
  const read: BatchRead & { values: (Buffer | undefined)[] } = {
    values: Array.from({ length: keys.length }),
    freshness: new Freshness(),
  };
  if (plan.remote.length === 0 && headers['x-quick-min-position'] === undefined) {
    readLocal(needs, view, keys, plan, read);
    return read;
  }
  const local = async (): Promise<void> => {
    await awaitPosition(needs, view, plan.touched, headers);
    readLocal(needs, view, keys, plan, read);
  };
  const remote = plan.remote.map((group) => readRemote(needs, view, keys, group, headers, read));
  await Promise.all([local(), ...remote]);
  return read;
}

function placeKeys(needs: RouteNeeds, view: TopicView, keys: readonly BatchKey[]): Plan {
  const local: (Partition | undefined)[] = [];
  const touched = new Set<Partition>();
  const remote = new Map<string, Group>();
  for (const [index, key] of keys.entries()) {
    const partition = view.partitionOf(key.bytes);
    const owned = view.owned(partition);
    local.push(owned);
    if (owned !== undefined) {
      touched.add(owned);
      continue;
    }
    const owners = needs.ownersOf(partition).join(',');
    const group = remote.get(owners);
    if (group === undefined) {
      remote.set(owners, { partition, indexes: [index] });
    } else {
      group.indexes.push(index);
    }
  }
  return { local, touched, remote: [...remote.values()] };
}

async function awaitPosition(
  needs: RouteNeeds,
  view: TopicView,
  partitions: ReadonlySet<Partition>,
  headers: IncomingHttpHeaders,
): Promise<void> {
  const position = minPosition(headers, view);
  if (position === undefined) {
    return;
  }
  await Promise.all(
    [...partitions].map(async (partition) => {
      const refused = await needs.queries.refuseBefore(partition, position);
      if (refused !== undefined) {
        throw toError(refused);
      }
    }),
  );
}

function readLocal(
  needs: RouteNeeds,
  view: TopicView,
  keys: readonly BatchKey[],
  plan: Plan,
  read: { readonly values: (Buffer | undefined)[]; readonly freshness: Freshness },
): void {
  let bytes = 0;
  for (const [index, partition] of plan.local.entries()) {
    const key = keys[index];
    if (partition === undefined || key === undefined) {
      continue;
    }
    const result = needs.queries.get(view, partition, key.bytes);
    if (result.ok) {
      read.values[index] = result.value.json;
      bytes += result.value.json.length;
    } else if (result.reason !== 'not-found') {
      throw toError(result);
    }
    if (bytes > ANSWER_BYTES_MAX) {
      throw new AppError(
        'TOO_MANY_ITEMS',
        `The values of these ${keys.length} keys exceed ${ANSWER_BYTES_MAX} bytes: ask for fewer keys at once.`,
      );
    }
  }
  for (const partition of plan.touched) {
    read.freshness.addPartition(partition);
  }
}

async function readRemote(
  needs: RouteNeeds,
  view: TopicView,
  keys: readonly BatchKey[],
  group: Group,
  headers: IncomingHttpHeaders,
  read: { readonly values: (Buffer | undefined)[]; readonly freshness: Freshness },
): Promise<void> {
  const { topic } = view;
  const answer = await needs.forward({
    topic,
    partition: group.partition,
    method: 'POST',
    path: batchPath(topic),
    headers: { 'content-type': 'application/json', ...forwardedHeaders(headers) },
    body: `[${group.indexes.map((index) => keys[index]?.json() ?? 'null').join(',')}]`,
  });
  const values = splitBatch(answer.body);
  if (values?.length !== group.indexes.length) {
    throw new AppError(
      'UPSTREAM_BAD_RESPONSE',
      `The owner of partition ${group.partition} was asked for ${group.indexes.length} values and answered with another form.`,
    );
  }
  for (const [at, index] of group.indexes.entries()) {
    const value = values[at];
    read.values[index] = value === undefined || value === 'null' ? undefined : Buffer.from(value);
  }
  read.freshness.addForwarded(answer);
}
