import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { parseCursor, printCursor } from './list-cursor.ts';

const keys = fc.option(fc.uint8Array({ maxLength: 200 }).map(Buffer.from), { nil: undefined });

test('a cursor comes back as it was printed', () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(10_000), keys, (topic, partition, after) => {
      expect(parseCursor(topic, printCursor(topic, { partition, after }))).toEqual({
        partition,
        after,
      });
    }),
  );
});

test('a cursor of another topic is rejected', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), keys, (topic, other, after) => {
      fc.pre(topic !== other);
      const cursor = printCursor(topic, { partition: 1, after });
      expect(() => parseCursor(other, cursor)).toThrow('cursor');
    }),
  );
});

test('a cursor with any change is rejected', () => {
  const cursor = printCursor('t', { partition: 3, after: Buffer.from('key') });
  fc.assert(
    fc.property(fc.nat(cursor.length - 1), fc.constantFrom(...'AZaz09-_+/= '), (at, char) => {
      fc.pre(cursor[at] !== char);
      const changed = cursor.slice(0, at) + char + cursor.slice(at + 1);
      expect(() => parseCursor('t', changed)).toThrow('cursor');
    }),
  );
  fc.assert(
    fc.property(fc.string({ maxLength: 100 }), (garbage) => {
      expect(() => parseCursor('t', garbage)).toThrow('cursor');
      expect(() => parseCursor('t', cursor + garbage.trim().padEnd(1, 'A'))).toThrow('cursor');
    }),
  );
});
