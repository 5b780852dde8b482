import { appendFile, mkdtempDisposable, readdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { eventually } from '@quicksilver/testkit/eventually';
import { expect, test } from 'vitest';

import { LineSplitter } from './line-splitter.ts';
import { ReplicaLog } from './replica-log.ts';

async function openLog(bytesMax: number) {
  const scratch = await mkdtempDisposable(join(tmpdir(), 'quicksilver-log-'));
  const log = new ReplicaLog(scratch.path, { bytesMax, filesMax: 2 });
  let count = 0;
  return {
    log,
    directory: scratch.path,
    write: async (lines: number): Promise<void> => {
      const texts = Array.from({ length: lines }, () => `line ${(count += 1)}\n`);
      await appendFile(log.file, texts.join(''));
    },
    read: (lines: number) =>
      Array.fromAsync(log.lines({ lines, follow: false, signal: new AbortController().signal })),
    [Symbol.asyncDispose]: () => scratch.remove(),
  };
}

test('the last lines come from as many files as they need', async () => {
  await using bench = await openLog(10);
  await bench.write(5);
  await bench.log.rotate();
  await bench.write(4);
  expect(await bench.read(2)).toEqual(['line 8', 'line 9']);
  expect(await bench.read(6)).toEqual([4, 5, 6, 7, 8, 9].map((number) => `line ${number}`));
  expect(await bench.read(100)).toHaveLength(9);
  expect(await bench.read(0)).toEqual([]);
});

test('only so many files are kept, and a file within its bound is left alone', async () => {
  await using bench = await openLog(10);
  for (let round = 0; round < 5; round += 1) {
    await bench.write(3);
    await bench.log.rotate();
    await bench.log.rotate();
  }
  expect((await readdir(bench.directory)).toSorted()).toEqual([
    'out.log',
    'out.log.1',
    'out.log.2',
  ]);
  expect((await stat(bench.log.file)).size).toBe(0);
  expect((await bench.read(100)).at(0)).toBe('line 10');
});

test('who follows sees every line once, also across files that are put aside', async () => {
  await using bench = await openLog(200);
  await bench.write(3);
  const stop = new AbortController();
  const seen: string[] = [];
  const following = (async () => {
    const options = { lines: 1, follow: true, signal: stop.signal };
    for await (const line of bench.log.lines(options)) {
      seen.push(line);
    }
  })();
  await eventually(() => expect(seen).toEqual(['line 3']));
  for (let round = 1; round <= 6; round += 1) {
    await bench.write(40);
    await bench.log.rotate();
    await bench.write(2);
    await eventually(() => expect(seen).toHaveLength(1 + round * 42));
  }
  stop.abort();
  await following;
  expect(seen).toEqual(Array.from({ length: 253 }, (_none, index) => `line ${index + 3}`));
});

test('a slow reader gets every line once, although files are rotated meanwhile meanwhile', async () => {
  await using bench = await openLog(200);
  await bench.write(1);
  const stop = new AbortController();
  const lines = bench.log.lines({ lines: 1, follow: true, signal: stop.signal });
  const take = async (number: number): Promise<void> =>
    expect((await lines.next()).value).toBe(`line ${number}`);
  await take(1);
  // More than is read at once, so that the reader stands in the midst of a file.
  for (const number of [2, 3]) {
    await bench.write(10_000);
    await take(number);
    await bench.log.rotate();
  }
  await bench.write(30_000);
  for (let number = 4; number <= 50_001; number += 1) {
    await take(number);
  }
  stop.abort();
  expect(await lines.next()).toEqual({ done: true, value: undefined });
});

test('the last words are of the time asked for', async () => {
  await using bench = await openLog(1_000_000);
  await bench.write(2);
  const from = await bench.log.size();
  expect(await bench.log.lastWords(from)).toBe('');
  await bench.write(7);
  expect(await bench.log.lastWords(from)).toBe('line 5\nline 6\nline 7\nline 8\nline 9');
});

test('a line without end comes in pieces, and a letter of several bytes may come in two chunks', () => {
  const splitter = new LineSplitter();
  const bytes = Buffer.from('grüße\n');
  expect(splitter.push(bytes.subarray(0, 3))).toEqual([]);
  expect(splitter.push(bytes.subarray(3))).toEqual(['grüße']);
  const pieces = splitter.push(Buffer.alloc(200_000, 'x'));
  expect(pieces.map((piece) => piece.length)).toEqual([65_536, 65_536, 65_536]);
  expect(splitter.rest()[0]).toHaveLength(200_000 - 3 * 65_536);
});
