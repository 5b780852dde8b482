import { AppError } from '@quicksilver/common/errors/app-error';
import type { PlacesEntry } from '@quicksilver/contracts/mirror-api/key-answers';
import { printPosition } from '@quicksilver/contracts/mirror-api/position-token';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';
import { expect, test } from 'vitest';

import type { FeedEvent } from './feed-event.ts';
import { FirstWrites } from './first-writes.ts';

const topic: TopicEntry = {
  name: 'orders',
  keyType: 'STRING',
  valueType: 'JSON',
  writeType: 'IMMUTABLE',
  partitions: 2,
};
const never = new AbortController().signal;

const event = (key: string, offset: bigint, partition = 0): FeedEvent => ({
  topic: 'orders',
  partition,
  offset,
  keyJson: JSON.stringify(key),
  value: Number(offset),
  isTombstone: false,
  bytes: 1,
});

/** An error, or the partition and offset of the first record of a key. */
type Answer = AppError | readonly [partition: number, offset: bigint] | undefined;

function placesOf(answer: Answer): PlacesEntry {
  if (answer === undefined || answer instanceof AppError) {
    return answer ?? [];
  }
  const [partition, offset] = answer;
  return [{ partition, offset, timestamp: 1, isRemoval: false }];
}

/** Returns the prepared responses in order, and then repeats the last one. */
function mirror(...answers: Readonly<Record<string, Answer>>[]) {
  const reads: { keys: readonly string[]; position: string }[] = [];
  return {
    reads,
    locate: (
      _topic: TopicEntry,
      keys: readonly string[],
      options: { minPosition?: Parameters<typeof printPosition>[0] },
    ): Promise<PlacesEntry[]> => {
      const { minPosition } = options;
      reads.push({ keys, position: minPosition === undefined ? '' : printPosition(minPosition) });
      const answer = answers[Math.min(reads.length, answers.length) - 1];
      return Promise.resolve(keys.map((key) => placesOf(answer?.[JSON.parse(key) as string])));
    },
  };
}

const among = (mirrors: ReturnType<typeof mirror>, events: FeedEvent[], waitMs = 5_000) =>
  new FirstWrites({ topic, mirrors, waitMs }).among(events, never);

test('I-W5: of racing writes only the record that the mirror returns is visible', async () => {
  const mirrors = mirror({ a: [0, 3n], b: [1, 4n], old: [0, 1n], expired: undefined });
  const events = [event('a', 3n), event('b', 4n, 1), event('a', 5n), event('old', 6n)];
  expect(await among(mirrors, [...events, event('expired', 7n)])).toEqual(events.slice(0, 2));
  // One request for all of them, with the positions that the mirror must have applied.
  expect(mirrors.reads).toEqual([
    { keys: ['"a"', '"b"', '"old"', '"expired"'], position: '0:7,1:4' },
  ]);
});

test('I-W5: a record at the same offset of another partition is not the first one of its key', async () => {
  const mirrors = mirror({ a: [1, 3n] });
  expect(await among(mirrors, [event('a', 3n, 0), event('a', 3n, 1)])).toEqual([event('a', 3n, 1)]);
});

test('tombstones of an immutable topic are not delivered and need no request', async () => {
  const mirrors = mirror({ a: [0, 3n] });
  expect(await among(mirrors, [{ ...event('a', 3n), value: null, isTombstone: true }])).toEqual([]);
  expect(mirrors.reads).toEqual([]);
});

test('a request to a mirror that is behind is retried, and no event is visible before', async () => {
  const behind = new AppError('POSITION_NOT_REACHED', 'not yet');
  const mirrors = mirror({ a: [0, 3n], b: behind }, { a: [0, 3n], b: [0, 4n] });
  expect(await among(mirrors, [event('a', 3n), event('b', 4n)])).toHaveLength(2);
  expect(mirrors.reads).toHaveLength(2);
});

test('a mirror that does not respond in time is an error, and a permanent failure is an error at once', async () => {
  const away = mirror({ a: new AppError('MIRROR_UNAVAILABLE', 'away') });
  await expect(among(away, [event('a', 3n)], 1_000)).rejects.toMatchObject({
    code: 'MIRROR_UNAVAILABLE',
  });
  expect(away.reads.length).toBeGreaterThan(1);
  const wrong = mirror({ a: new AppError('TYPE_MISMATCH', 'no such key') });
  await expect(among(wrong, [event('a', 3n)])).rejects.toMatchObject({ code: 'TYPE_MISMATCH' });
  expect(wrong.reads).toHaveLength(1);
});
