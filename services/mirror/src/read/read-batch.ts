import type { IncomingHttpHeaders } from 'node:http';

import { AppError } from '@quicksilver/common/errors/app-error';
import {
  batchPath,
  locatePath,
  MIN_POSITION_HEADER,
  offsetsPath,
} from '@quicksilver/contracts/mirror-api/contract';
import { splitBatch } from '@quicksilver/contracts/mirror-api/split-answer';

import { compareCurrency, type HeldRecord } from '../query/current-record.ts';
import type { TopicView } from '../query/topic-view.ts';
import type { CachedValue, Octets } from '../query/value-cache.ts';
import type { BatchKeys } from '../http/batch-keys.ts';
import { Freshness } from '../http/freshness.ts';
import { asksOthers, awaitPosition, printPlaces, readHeld } from './held-records.ts';
import { forwardedHeaders, isForwarded } from '../http/read-request.ts';
import type { RouteNeeds } from '../http/route-needs.ts';
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
  readonly pick: (found: Pick<CachedValue, 'json' | 'offset'>) => Octets;
  /** The JSON of all records of one key, the current one first, if it is not about values. */
  readonly all?: (records: readonly HeldRecord[]) => Octets;
  /** Where another replica is asked the same. */
  readonly path: (topic: string) => string;
}

export const VALUES: BatchForm = { pick: ({ json }) => json, path: batchPath };
export const OFFSETS: BatchForm = { pick: ({ offset }) => String(offset), path: offsetsPath };
export const PLACES: BatchForm = { ...VALUES, all: printPlaces, path: locatePath };

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
  const isPlain = !hasPosition && form.all === undefined;
  const plan = placeKeys(needs, view, keys, isPlain ? read : undefined);
  const [first] = plan.remote;
  if (first !== undefined && isForwarded(headers)) {
    throw wrongOwner(needs, view, first.partition, headers);
  }
  if (first === undefined && isPlain && !view.placement.isMixed) {
    readLocal(needs, view, plan, read);
    return read;
  }
  const local = async (): Promise<void> => {
    const homes = [...plan.touched].map(({ partition }) => partition);
    await awaitPosition(needs, view, homes, headers);
    if (form.all !== undefined || asksOthers(view, headers)) {
      await readMixed(needs, view, plan, headers, read);
    } else {
      readLocal(needs, view, plan, read);
    }
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
    checkBytes(bytes);
  }
  for (const partition of plan.touched) {
    read.freshness.addPartition(partition);
  }
}

/** The keys of this replica's partitions, whose records can be in any partition. */
async function readMixed(
  needs: RouteNeeds,
  view: TopicView,
  plan: Plan,
  headers: IncomingHttpHeaders,
  read: Read,
): Promise<void> {
  const { form, values, freshness } = read;
  const query = {
    keys: plan.lookups.map(({ bytes }) => bytes),
    hasValues: form.all === undefined,
  };
  if (query.keys.length === 0) {
    return;
  }
  const records = await readHeld(needs, view, query, headers, freshness);
  for (const [at, { index }] of plan.lookups.entries()) {
    const held = records[at] ?? [];
    if (form.all !== undefined) {
      const { isImmutable } = view;
      values[index] = form.all(
        held.toSorted((one, other) => compareCurrency(one, other, isImmutable)),
      );
      continue;
    }
    const found = needs.queries.choose(view, held);
    if (!found.ok && found.reason !== 'not-found') {
      throw toError(found);
    }
    values[index] = found.ok ? form.pick(found.value) : undefined;
  }
  checkAnswerBytes(values);
}

export function checkAnswerBytes(texts: readonly (Octets | undefined)[]): void {
  checkBytes(texts.reduce((bytes, text) => bytes + (text?.length ?? 0), 0));
}

function checkBytes(bytes: number): void {
  if (bytes > ANSWER_BYTES_MAX) {
    throw new AppError(
      'TOO_MANY_ITEMS',
      `The values of these keys exceed ${ANSWER_BYTES_MAX} bytes: ask for fewer keys at once.`,
    );
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
