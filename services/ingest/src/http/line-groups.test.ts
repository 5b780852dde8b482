import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { lineGroups, type Line } from './line-groups.ts';

const textOf = ({ number, bytes }: Line): string => `${number}:${String(bytes ?? 'too long')}`;

async function split(
  chunks: readonly (string | Buffer)[],
  lineBytesMax = 100,
): Promise<string[][]> {
  async function* bytes(): AsyncGenerator<Buffer> {
    for (const chunk of chunks) {
      yield Buffer.from(chunk);
    }
  }
  const groups: string[][] = [];
  for await (const lines of lineGroups(bytes(), lineBytesMax)) {
    groups.push(lines.map(textOf));
  }
  return groups;
}

test('lines that a chunk completes come together, the last one without a line feed', async () => {
  expect(await split(['a\nb\nc', 'd\ne'])).toEqual([['1:a', '2:b'], ['3:cd'], ['4:e']]);
});

test('blank lines are left out and counted', async () => {
  expect(await split(['\na\n\r\n \t\nb\r\n', '\n'])).toEqual([['2:a', '5:b\r']]);
  expect(await split(['', '\n \n'])).toEqual([]);
});

test('a line beyond the limit is named, its bytes are not kept, and the next one is whole', async () => {
  expect(await split(['123', '456\nab\n', '1234567'], 5)).toEqual([
    ['1:too long', '2:ab'],
    ['3:too long'],
  ]);
  expect(await split(['12345\n'], 5)).toEqual([['1:12345']]);
});

test('a character that two chunks share is not broken', async () => {
  const bytes = Buffer.from('é\n€');
  const chunks = [bytes.subarray(0, 1), bytes.subarray(1, 4), bytes.subarray(4)];
  expect(await split(chunks)).toEqual([['1:é'], ['2:€']]);
});

test('however a body is cut into chunks, its lines are the same', async () => {
  const body = fc.array(fc.constantFrom('a', 'bb', '\n', ' ', 'é'), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(
      body,
      fc.infiniteStream(fc.integer({ min: 1, max: 7 })),
      async (parts, sizes) => {
        const bytes = Buffer.from(parts.join(''));
        const chunks: Buffer[] = [];
        for (let at = 0; at < bytes.length;) {
          const size = sizes.next().value as number;
          chunks.push(bytes.subarray(at, at + size));
          at += size;
        }
        const lines = parts
          .join('')
          .split('\n')
          .map((text, at) => ({ text, number: at + 1 }));
        expect((await split(chunks, 6)).flat()).toEqual(
          lines
            .filter(({ text }) => Buffer.byteLength(text) > 6 || text.trim() !== '')
            .map(
              ({ text, number }) => `${number}:${Buffer.byteLength(text) > 6 ? 'too long' : text}`,
            ),
        );
      },
    ),
  );
});
