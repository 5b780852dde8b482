import { consoleConsume } from '@quicksilver/local-kafka/console-tools';

import type { TestBroker } from '../kafka/broker.ts';
import type { History } from './history.ts';

/**
 * A record as a client that is not ours read it from the topic. Texts, as all that tests write are.
 */
export interface TopicRecord {
  readonly partition: number;
  readonly offset: bigint;
  readonly key: string | null;
  /** Null is a tombstone. */
  readonly value: string | null;
}

/**
 * The whole topic as Kafka's own console consumer reads it: a client that is not the one under
 * test.
 */
export async function readTopic(
  broker: TestBroker,
  topic: string,
): Promise<readonly TopicRecord[]> {
  const records = await consoleConsume({ ...broker, topic });
  return records.map(({ partition, offset, key, value }) => ({
    partition,
    offset,
    key: key === null ? null : key.toString('utf8'),
    value: value === null ? null : value.toString('utf8'),
  }));
}

/** Key to its last value by offset; a tombstone removes the key. What a mirror must answer. */
export function foldTopic(records: Iterable<TopicRecord>): Map<string, TopicRecord> {
  const state = new Map<string, TopicRecord>();
  const inOrder = [...records].toSorted((a, b) =>
    a.partition === b.partition ? compareOffsets(a, b) : a.partition - b.partition,
  );
  for (const record of inOrder) {
    if (record.key === null) {
      continue;
    }
    if (record.value === null) {
      state.delete(record.key);
    } else {
      state.set(record.key, record);
    }
  }
  return state;
}

export interface WriteViolations {
  /** Acknowledged, but not in the topic at the position that was answered (I-W1). */
  readonly lost: readonly string[];
  /** Answered as certainly not written, but in the topic (I-W2). */
  readonly invented: readonly string[];
  /** More than once in the topic although it was acknowledged (a retry inside the service). */
  readonly doubled: readonly string[];
  /** In the topic without any client having written it. */
  readonly foreign: readonly string[];
}

/** Compares the responses to writes with the records of the topic. */
export function checkWrites(history: History, records: readonly TopicRecord[]): WriteViolations {
  const at = new Map(records.map((record) => [`${record.partition}:${record.offset}`, record]));
  const timesSeen = new Map<string, number>();
  for (const { value } of records) {
    if (value !== null) {
      timesSeen.set(value, (timesSeen.get(value) ?? 0) + 1);
    }
  }
  const verdict = { lost: [] as string[], invented: [] as string[], doubled: [] as string[] };
  const written = new Set<string>();
  for (const { op, outcome, key, value, end } of history.operations) {
    if (op === 'read') {
      continue;
    }
    const place = `${end.partition}:${end.offset}`;
    const what = `${op} of ${key} = ${value ?? 'null'} at ${place}`;
    const seen = value === undefined ? 0 : (timesSeen.get(value) ?? 0);
    if (value !== undefined) {
      written.add(value);
    }
    if (outcome === 'ok') {
      const record = at.get(place);
      if (record?.key !== key || record.value !== (value ?? null)) {
        verdict.lost.push(what);
      }
      if (seen > 1) {
        verdict.doubled.push(`${what}: ${seen} times`);
      }
    } else if (outcome === 'fail' && seen > 0) {
      verdict.invented.push(`${what}: ${JSON.stringify(end)}`);
    }
  }
  const foreign = [...timesSeen.keys()].filter((value) => !written.has(value));
  return { ...verdict, foreign };
}

export const NO_VIOLATIONS: WriteViolations = { lost: [], invented: [], doubled: [], foreign: [] };

/**
 * Pairs of acknowledged writes of one client and key whose offsets are not in the order of writing.
 */
export function inversions(history: History): readonly string[] {
  const last = new Map<string, bigint>();
  const problems: string[] = [];
  for (const { process, op, outcome, key, value, end } of history.operations) {
    if (op === 'read' || outcome !== 'ok' || end.offset === undefined) {
      continue;
    }
    const chain = `${process} ${key}`;
    const before = last.get(chain);
    if (before !== undefined && end.offset <= before) {
      problems.push(`${chain}: ${value ?? 'null'} at ${end.offset} after ${before}`);
    }
    last.set(chain, end.offset);
  }
  return problems;
}

function compareOffsets(a: TopicRecord, b: TopicRecord): number {
  return a.offset < b.offset ? -1 : a.offset > b.offset ? 1 : 0;
}
