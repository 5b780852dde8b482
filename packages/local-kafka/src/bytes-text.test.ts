import { expect, test } from 'vitest';
import { parseBytesText } from './bytes-text.ts';

test('printed bytes parse to the same bytes, including the backslash', () => {
  expect(parseBytesText('plain "text" ~')).toEqual(Buffer.from('plain "text" ~'));
  expect(parseBytesText('')).toEqual(Buffer.alloc(0));
  expect(parseBytesText(String.raw`\x00\xFF\x5Cx41\x09`)).toEqual(
    Buffer.from([0, 255, 92, 120, 52, 49, 9]),
  );
});
