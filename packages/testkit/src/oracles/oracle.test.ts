import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, describe, expect, test } from 'vitest';

import { History, type Completion, type Outcome } from './history.ts';
import { checkWrites, foldTopic, inversions, NO_VIOLATIONS, type TopicRecord } from './oracle.ts';

const histories: History[] = [];
afterEach(async () => {
  await Promise.all(histories.splice(0).map((history) => history[Symbol.asyncDispose]()));
});

function historyOf(
  ...writes: readonly (readonly [key: string, value: string, Outcome, Completion?])[]
): History {
  const history = new History(join(mkdtempSync(join(tmpdir(), 'history-')), 'history.jsonl'));
  histories.push(history);
  for (const [key, value, outcome, end] of writes) {
    history.invoke({ process: 'p', op: 'write', topic: 't', key, value })(outcome, end);
  }
  return history;
}

function record(offset: bigint, key: string, value: string | null, partition = 0): TopicRecord {
  return { partition, offset, key, value };
}

const AT_0 = { partition: 0, offset: 0n };
const AT_1 = { partition: 0, offset: 1n };

describe('checkWrites', () => {
  test('finds no violation if the topic agrees with the responses', () => {
    const history = historyOf(
      ['a', 'v0', 'ok', AT_0],
      ['a', 'v1', 'info'],
      ['b', 'v2', 'info'],
      ['b', 'v3', 'fail'],
    );
    const records = [record(0n, 'a', 'v0'), record(1n, 'a', 'v1')];
    expect(checkWrites(history, records)).toEqual(NO_VIOLATIONS);
  });

  test.each([
    ['nowhere', []],
    ['at another offset', [record(3n, 'a', 'v0')]],
    ['in another partition', [record(0n, 'a', 'v0', 1)]],
    ['with another key', [record(0n, 'b', 'v0')]],
  ])('finds an acknowledged write that is %s', (_where, records) => {
    const verdict = checkWrites(historyOf(['a', 'v0', 'ok', AT_0]), records);
    expect(verdict.lost).toHaveLength(1);
  });

  test('finds a rejected write that is in the topic', () => {
    const verdict = checkWrites(historyOf(['a', 'v0', 'fail']), [record(0n, 'a', 'v0')]);
    expect(verdict.invented).toHaveLength(1);
  });

  test('finds an acknowledged write that is in the topic twice', () => {
    const records = [record(0n, 'a', 'v0'), record(1n, 'a', 'v0')];
    const verdict = checkWrites(historyOf(['a', 'v0', 'ok', AT_0]), records);
    expect(verdict).toMatchObject({ lost: [], doubled: [expect.any(String)] });
  });

  test('finds a value that no client wrote', () => {
    const verdict = checkWrites(historyOf(), [record(0n, 'a', 'v9')]);
    expect(verdict.foreign).toEqual(['v9']);
  });

  test('finds an acknowledged delete that left no tombstone', () => {
    const history = historyOf();
    history.invoke({ process: 'p', op: 'delete', topic: 't', key: 'a' })('ok', AT_0);
    expect(checkWrites(history, [record(0n, 'a', 'v0')]).lost).toHaveLength(1);
    expect(checkWrites(history, [record(0n, 'a', null)]).lost).toEqual([]);
  });
});

test('inversions finds acknowledged writes of one client and key with decreasing offsets', () => {
  const ordered = historyOf(
    ['a', 'v0', 'ok', AT_0],
    ['b', 'v1', 'ok', AT_0],
    ['a', 'v2', 'ok', AT_1],
  );
  expect(inversions(ordered)).toEqual([]);
  const turned = historyOf(['a', 'v0', 'ok', AT_1], ['a', 'v1', 'ok', AT_0]);
  expect(inversions(turned)).toHaveLength(1);
});

test('foldTopic keeps the last value of each key by offset, and no key whose last record is a tombstone', () => {
  const state = foldTopic([
    record(2n, 'a', 'new'),
    record(0n, 'a', 'old'),
    record(1n, 'b', 'gone'),
    record(3n, 'b', null),
    record(5n, 'c', 'again'),
    record(4n, 'c', null),
  ]);
  expect([...state].map(([key, { value }]) => [key, value])).toEqual([
    ['a', 'new'],
    ['c', 'again'],
  ]);
});
