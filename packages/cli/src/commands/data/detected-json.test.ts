import { expect, test } from 'vitest';

import { detectedReader } from './detected-json.ts';

test.each([
  ['JSON', Buffer.from('{"id": 12345678901234567890}'), '{"id": 12345678901234567890}'],
  ['text', Buffer.from('Zürich'), '"Zürich"'],
  ['an int', Buffer.from([0, 0, 1, 0]), '256'],
  ['a long', Buffer.from([0, 0, 0, 0, 0, 0, 0, 7]), '7'],
])('%s of a topic without types is detected', (_format, bytes, json) => {
  expect(detectedReader.toJson(bytes).toString()).toBe(json);
});

test('other bytes have no format', () => {
  expect(() => detectedReader.toJson(Buffer.from([0, 1, 2]))).toThrow(TypeError);
});
