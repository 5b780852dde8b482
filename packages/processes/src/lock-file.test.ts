import { mkdtempDisposable, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { replaceWhole, takeLock } from './lock-file.ts';

const newDirectory = () => mkdtempDisposable(join(tmpdir(), 'lock-file-'));

test.each([undefined, '', 'left by a crash'])(
  'of many processes exactly one gets a lock that contained %o',
  async (left) => {
    await using directory = await newDirectory();
    const file = join(directory.path, 'lock');
    if (left !== undefined) {
      await writeFile(file, left);
    }
    const texts = Array.from({ length: 20 }, (_, number) => `process ${number}`);
    const holders = await Promise.all(
      texts.map((text) =>
        takeLock({ file, text, isHeld: (current) => Promise.resolve(current !== left) }),
      ),
    );
    const winner = await readFile(file, 'utf8');
    expect(texts).toContain(winner);
    expect(holders).toEqual(texts.map((text) => (text === winner ? undefined : winner)));
    expect(await readdir(directory.path)).toEqual(['lock']);
  },
);

test('a process that was killed while it replaced a lock does not block others', async () => {
  await using directory = await newDirectory();
  const file = join(directory.path, 'lock');
  await writeFile(file, 'old');
  await writeFile(`${file}.taking`, '{"pid":1,"startedAt":"never","bootId":"other"}');
  const isHeld = (): Promise<boolean> => Promise.resolve(false);
  expect(await takeLock({ file, text: 'new', isHeld })).toBeUndefined();
  expect(await readFile(file, 'utf8')).toBe('new');
  expect(await readdir(directory.path)).toEqual(['lock']);
});

test('a reader sees the old text or the new one', async () => {
  await using directory = await newDirectory();
  const file = join(directory.path, 'lock');
  await replaceWhole(file, 'a'.repeat(100_000));
  for (const letter of ['b', 'a', 'b', 'a', 'b', 'a', 'b', 'a']) {
    const [, text] = await Promise.all([
      replaceWhole(file, letter.repeat(100_000)),
      readFile(file, 'utf8'),
    ]);
    expect(text).toMatch(/^(a{100000}|b{100000})$/);
  }
});
