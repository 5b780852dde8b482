import { AppError } from '@quicksilver/common/errors/app-error';
import type { KeyPlace } from '@quicksilver/contracts/mirror-api/key-answers';
import { expect, test } from 'vitest';

import type { PlacedRecord, SubmitRecords, WriteOutcome } from '../produce/write.ts';
import { FirstWriteGuard } from './first-write-guard.ts';
import { PlaceLookup, type AskPlaces } from './place-lookup.ts';

const TARGET = {
  entry: {
    name: 'urls',
    keyType: 'STRING',
    valueType: 'STRING',
    writeType: 'IMMUTABLE',
    partitions: 1,
  },
  topicId: 'id',
  isGrown: false,
} as const;
const SILENT = new AppError('RESTORING', 'Partition 0 is being restored.');

/** A log of one partition, and a mirror of it that has applied all of it. */
class Log {
  readonly keys: string[] = [];
  /** Each question to the mirror: its keys, and the offset that it waits for. */
  readonly lookups: string[] = [];
  /** What the mirror answers instead, one error a question. */
  readonly errors: AppError[] = [];

  readonly submit: SubmitRecords = (_topic, records, _arrivedMs, done) => {
    done(
      records.map((record) => ({ ok: true, partition: 0, offset: this.add(String(record.key)) })),
    );
  };

  readonly ask: AskPlaces = (_topic, keysJson, { minPosition }) => {
    this.lookups.push(`${keysJson.join(' ')} @${minPosition?.offsets.get(0) ?? ''}`);
    const error = this.errors.shift();
    return Promise.resolve(
      keysJson.map((json) => {
        const offset = this.keys.indexOf(String(JSON.parse(json)));
        return error ?? (offset < 0 ? [] : [placeAt(0, offset)]);
      }),
    );
  };

  add(key: string): bigint {
    return BigInt(this.keys.push(key) - 1);
  }
}

const placeAt = (partition: number, offset: number): KeyPlace => ({
  partition,
  offset: BigInt(offset),
  timestamp: 1,
  isRemoval: false,
});

interface Changes {
  readonly submit?: SubmitRecords;
  readonly lookup?: PlaceLookup;
  readonly recordsMax?: number;
  readonly deadlineMs?: number;
}

function guardOn(log: Log, changes: Changes = {}) {
  const existed: string[] = [];
  const guard = new FirstWriteGuard({
    submit: log.submit,
    lookup: new PlaceLookup(log.ask),
    deadlineMs: 20_000,
    recordsMax: 1_000,
    onExists: (topic, moment) => existed.push(`${topic} ${moment}`),
    ...changes,
  });
  return { guard, existed };
}

const record = (key: string): PlacedRecord => ({
  partition: 0,
  key: Buffer.from(key),
  value: Buffer.from('v'),
});

function submit(guard: FirstWriteGuard, ...keys: string[]): Promise<string[]> {
  return new Promise((resolve) => {
    guard.submit(TARGET, keys.map(record), performance.now(), (outcomes) =>
      resolve(outcomes.map(inShort)),
    );
  });
}

const inShort = (outcome: WriteOutcome): string =>
  outcome.ok ? `ok ${outcome.offset}` : `${outcome.outcome} ${outcome.code}`;

test('I-W5: a new key is written, and done when the mirror answers with it', async () => {
  const log = new Log();
  expect(await submit(guardOn(log).guard, 'a', 'b')).toEqual(['ok 0', 'ok 1']);
  expect(log.lookups).toEqual(['"a" "b" @', '"a" "b" @1']);
});

test('I-W5: a key that exists is refused with Quick’s words, and not sent', async () => {
  const log = new Log();
  log.add('a');
  const { guard, existed } = guardOn(log);
  expect(await submit(guard, 'a', 'b')).toEqual(['not_written KEY_EXISTS', 'ok 1']);
  expect(log.keys).toEqual(['a', 'b']);
  expect(existed).toEqual(['urls before']);
  guard.submit(TARGET, [record('a')], performance.now(), ([outcome]) => {
    expect(outcome).toMatchObject({
      detail: 'The following keys already exist for immutable topic urls: a',
    });
  });
});

test('I-W5: a write that loses to another one after the lookup is rejected', async () => {
  const log = new Log();
  const { guard, existed } = guardOn(log, {
    submit: (...write) => {
      log.add('a');
      log.submit(...write);
    },
  });
  expect(await submit(guard, 'a')).toEqual(['not_written KEY_EXISTS']);
  expect(existed).toEqual(['urls after']);
});

test('I-W5: a record at the same offset of another partition is not taken for the one that was written', async () => {
  const log = new Log();
  let isWritten = false;
  const { guard } = guardOn(log, {
    submit: (...write) => {
      isWritten = true;
      log.submit(...write);
    },
    lookup: new PlaceLookup(() => Promise.resolve([isWritten ? [placeAt(1, 0)] : []])),
  });
  expect(await submit(guard, 'a')).toEqual(['not_written KEY_EXISTS']);
});

test('I-W6: of one key twice in a request the first is written', async () => {
  const log = new Log();
  expect(await submit(guardOn(log).guard, 'a', 'b', 'a')).toEqual([
    'ok 0',
    'ok 1',
    'not_written KEY_EXISTS',
  ]);
  expect(log.keys).toEqual(['a', 'b']);
});

test('I-W2: nothing is sent while the mirror cannot say whether the key is new', async () => {
  const log = new Log();
  log.errors.push(...Array.from({ length: 1_000 }, () => SILENT));
  const { guard } = guardOn(log, { deadlineMs: 200 });
  expect(await submit(guard, 'a')).toEqual(['not_written RESTORING']);
  expect(log.keys).toEqual([]);
});

test('a mirror that is starting is asked until it answers, and then the record is written', async () => {
  const log = new Log();
  log.errors.push(SILENT, SILENT);
  expect(await submit(guardOn(log).guard, 'a')).toEqual(['ok 0']);
  expect(log.lookups).toHaveLength(4);
});

test('a mirror that restores after the record was sent is asked until it answers', async () => {
  const log = new Log();
  const { guard } = guardOn(log, {
    submit: (...write) => {
      log.errors.push(SILENT, SILENT);
      log.submit(...write);
    },
  });
  expect(await submit(guard, 'a')).toEqual(['ok 0']);
  expect(log.lookups).toHaveLength(4);
});

test('I-W3: the outcome is unknown by the deadline if the mirror does not respond', async () => {
  const log = new Log();
  const { guard } = guardOn(log, {
    deadlineMs: 100,
    submit: (...write) => {
      log.errors.push(...Array.from({ length: 1_000 }, () => SILENT));
      log.submit(...write);
    },
  });
  const beganMs = performance.now();
  expect(await submit(guard, 'a')).toEqual(['unknown WRITE_UNKNOWN']);
  expect(performance.now() - beganMs).toBeLessThan(15_000);
});

test('a hundred writers in one turn cost the mirror two questions', async () => {
  const log = new Log();
  const { guard } = guardOn(log);
  const keys = Array.from({ length: 100 }, (_, at) => `k${at % 50}`);
  const outcomes = await Promise.all(keys.map((key) => submit(guard, key)));
  expect(outcomes.filter(([first]) => first?.startsWith('ok'))).toHaveLength(50);
  expect(log.lookups).toHaveLength(2);
});

test('what the queue refuses is not written, and what is too much is not taken', async () => {
  const log = new Log();
  const full = (): never => {
    throw new AppError('OVERLOADED', 'full');
  };
  expect(await submit(guardOn(log, { submit: full }).guard, 'a')).toEqual([
    'not_written OVERLOADED',
  ]);
  const { guard } = guardOn(log, { recordsMax: 2 });
  const first = submit(guard, 'b', 'c');
  await expect(submit(guard, 'd')).rejects.toMatchObject({ code: 'OVERLOADED' });
  expect(await first).toEqual(['ok 0', 'ok 1']);
  expect(await submit(guard, 'd')).toEqual(['ok 2']);
});
