import type { IncomingHttpHeaders } from 'node:http';

import { AppError } from '@quicksilver/common/errors/app-error';
import {
  batchPath,
  MIN_POSITION_HEADER,
  offsetsPath,
} from '@quicksilver/common/mirror-api/contract';
import { splitBatch } from '@quicksilver/common/mirror-api/split-answer';

import type { TopicView } from '../query/topic-view.ts';
import type { CachedValue, Octets } from '../query/value-cache.ts';
import type { BatchKeys } from './batch-keys.ts';
import { Freshness } from './freshness.ts';
import { forwardedHeaders, isForwarded, minPosition } from './read-request.ts';
import type { RouteNeeds } from './route-needs.ts';
import { toError } from './unwrap.ts';
import { wrongOwner } from './wrong-owner.ts';

type Partition = NonNullable<ReturnType<TopicView['owned']>>;

export interface BatchRead {
  /** Aligned with the keys; undefined for a key that does not exist. */
  readonly values: readonly (Octets | undefined)[];
  readonly freshness: Freshness;
}

/** What a batch asks of its keys. */
export interface BatchForm {
  /** The JSON that stands for one key. */
  readonly pick: (found: CachedValue) => Octets;
  /** Where another replica is asked the same. */
  readonly path: (topic: string) => string;
}

export const VALUES: BatchForm = { pick: ({ json }) => json, path: batchPath };
export const OFFSETS: BatchForm = { pick: ({ offset }) => String(offset), path: offsetsPath };

/** Bytes of one answer: what is beyond must be asked for with fewer keys. */
const ANSWER_BYTES_MAX = 67_108_864;

/** Keys of a batch that one replica owns, by their places in it. */
interface Group {
  readonly partition: number;
  readonly indexes: number[];
}

/** A key that must be looked up in a partition of this replica. */
interface Lookup {
  readonly index: number;
  readonly bytes: Buffer;
  readonly partition: Partition;
}

interface Plan {
  readonly lookups: readonly Lookup[];
  readonly touched: ReadonlySet<Partition>;
  readonly remote: readonly Group[];
}

interface Read {
  readonly form: BatchForm;
  readonly values: (Octets | undefined)[];
  readonly freshness: Freshness;
}

/** All values or an error: never a part of them. Throws `AppError`. */
export async function readBatch(
  needs: RouteNeeds,
  view: TopicView,
  keys: BatchKeys,
  headers: IncomingHttpHeaders,
  form = VALUES,
): Promise<BatchRead> {
  const values: (Octets | undefined)[] = [];
  // Every key has its place, whether or not anything is found for it.
  values.length = keys.length;
  values.fill(undefined);
  const read: Read = { form, values, freshness: new Freshness() };
  const hasPosition = headers[MIN_POSITION_HEADER] !== undefined;
  const plan = placeKeys(needs, view, keys, hasPosition ? undefined : read);
  const [first] = plan.remote;
  if (first !== undefined && isForwarded(headers)) {
    throw wrongOwner(first.partition, needs.ownersOf(first.partition));
  }
  if (first === undefined && !hasPosition) {
    readLocal(needs, view, plan, read);
    return read;
  }
  const local = async (): Promise<void> => {
    await awaitPosition(needs, view, plan.touched, headers);
    readLocal(needs, view, plan, read);
  };
  const remote = plan.remote.map((group) => readRemote(needs, view, keys, group, headers, read));
  await Promise.all([local(), ...remote]);
  return read;
}

/** Finds the owner of each key; what was read lately goes right to `read`, where given. */
function placeKeys(
  needs: RouteNeeds,
  view: TopicView,
  keys: BatchKeys,
  read: Read | undefined,
): Plan {
  const lookups: Lookup[] = [];
  const touched = new Set<Partition>();
  const remote = new Map<string, Group>();
  for (let index = 0; index < keys.length; index += 1) {
    const text = keys.texts?.[index];
    const hit =
      read !== undefined && text !== undefined ? needs.queries.cached(view, text) : undefined;
    if (read !== undefined && hit !== undefined) {
      read.values[index] = read.form.pick(hit);
      touched.add(hit.partition);
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
    const owners = needs.ownersOf(partition).join(',');
    const group = remote.get(owners);
    if (group === undefined) {
      remote.set(owners, { partition, indexes: [index] });
    } else {
      group.indexes.push(index);
    }
  }
  return { lookups, touched, remote: [...remote.values()] };
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

function readLocal(needs: RouteNeeds, view: TopicView, plan: Plan, read: Read): void {
  let bytes = 0;
  for (const { index, bytes: key, partition } of plan.lookups) {
    const result = needs.queries.get(view, partition, key);
    if (result.ok) {
      const json = read.form.pick(result.value);
      read.values[index] = json;
      bytes += json.length;
    } else if (result.reason !== 'not-found') {
      throw toError(result);
    }
    if (bytes > ANSWER_BYTES_MAX) {
      throw new AppError(
        'TOO_MANY_ITEMS',
        `The values of these keys exceed ${ANSWER_BYTES_MAX} bytes: ask for fewer keys at once.`,
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
  keys: BatchKeys,
  group: Group,
  headers: IncomingHttpHeaders,
  read: Read,
): Promise<void> {
  const { topic } = view;
  const answer = await needs.forward({
    topic,
    partition: group.partition,
    method: 'POST',
    path: read.form.path(topic),
    headers: { 'content-type': 'application/json', ...forwardedHeaders(headers) },
    body: `[${group.indexes.map((index) => keys.jsonAt(index)).join(',')}]`,
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
    read.values[index] =
      value === undefined || value === 'null' ? undefined : Buffer.from(value).toString('latin1');
  }
  read.freshness.addForwarded(answer);
}
