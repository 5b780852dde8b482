import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { keyEncodingFor, type KeyEncoding, type KeyType } from './key-encoding.ts';

const PAIRS = { numRuns: 10_000 };

const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const int16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
};
const float32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatBE(value);
  return bytes;
};
const int64 = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
};
const float64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes;
};

function encoded(encoding: KeyEncoding, bytes: Buffer): Buffer {
  const key = encoding.encode(bytes);
  if (key === undefined) {
    throw new Error(`${bytes.toString('hex')} was rejected`);
  }
  return key;
}

const sign = (value: number): number => Math.sign(value);

function orderOf<T>(type: KeyType, bytesOf: (value: T) => Buffer, one: T, other: T): number {
  const encoding = keyEncodingFor(type);
  return sign(Buffer.compare(encoded(encoding, bytesOf(one)), encoded(encoding, bytesOf(other))));
}

test('I-R7: INTEGER keys are stored in the order of their numbers', () => {
  const int = fc.oneof(fc.integer(), fc.constantFrom(-(2 ** 31), -1, 0, 1, 2 ** 31 - 1));
  fc.assert(
    fc.property(int, int, (one, other) => {
      expect(orderOf('INTEGER', int32, one, other)).toBe(sign(one - other));
    }),
    PAIRS,
  );
});

test('I-R7: LONG keys are stored in the order of their numbers', () => {
  const edges = fc.constantFrom(-(2n ** 63n), -1n, 0n, 1n, 2n ** 53n + 1n, 2n ** 63n - 1n);
  const long = fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), edges);
  fc.assert(
    fc.property(long, long, (one, other) => {
      expect(orderOf('LONG', int64, one, other)).toBe(one < other ? -1 : one > other ? 1 : 0);
    }),
    PAIRS,
  );
});

test('I-R7: DOUBLE keys are stored in the order of their numbers, minus zero being zero', () => {
  const edges = fc.constantFrom(-0, 0, -Infinity, Infinity, 5e-324, -5e-324, 1.7e308, -1.7e308);
  const double = fc.oneof(fc.double({ noNaN: true }), edges);
  fc.assert(
    fc.property(double, double, (one, other) => {
      const order = one < other ? -1 : one > other ? 1 : 0;
      expect(orderOf('DOUBLE', float64, one, other)).toBe(order);
    }),
    PAIRS,
  );
});

test('I-R7: SHORT and FLOAT keys are stored in the order of their numbers', () => {
  const short = fc.integer({ min: -32_768, max: 32_767 });
  fc.assert(
    fc.property(short, short, (one, other) => {
      expect(orderOf('SHORT', int16, one, other)).toBe(sign(one - other));
    }),
    PAIRS,
  );
  const edges = fc.constantFrom(-0, 0, -Infinity, Infinity, 2 ** -149, -(2 ** -149));
  const float = fc.oneof(fc.float({ noNaN: true }), edges);
  fc.assert(
    fc.property(float, float, (one, other) => {
      expect(orderOf('FLOAT', float32, one, other)).toBe(one < other ? -1 : one > other ? 1 : 0);
    }),
    PAIRS,
  );
});

test('I-R7: UUID keys are stored in the order of their text, whatever their letters', () => {
  fc.assert(
    fc.property(fc.uuid(), fc.uuid(), (one, other) => {
      expect(orderOf('UUID', Buffer.from, one, other.toUpperCase())).toBe(
        one < other ? -1 : one > other ? 1 : 0,
      );
      const encoding = keyEncodingFor('UUID');
      const stored = encoded(encoding, Buffer.from(one.toUpperCase()));
      expect(encoding.decode(stored).toString()).toBe(one);
    }),
    PAIRS,
  );
});

test('I-R7: STRING keys are stored in the order of their code points', () => {
  const text = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(text, text, (one, other) => {
      const points = (value: string): number[] =>
        Array.from(value, (char) => char.codePointAt(0) ?? 0);
      expect(orderOf('STRING', Buffer.from, one, other)).toBe(
        compareLists(points(one), points(other)),
      );
    }),
    PAIRS,
  );
});

test('every key decodes to its original bytes, and minus zero to zero', () => {
  const of = (type: KeyType, bytes: Buffer): Buffer => {
    const encoding = keyEncodingFor(type);
    return encoding.decode(encoded(encoding, bytes));
  };
  fc.assert(
    fc.property(
      fc.integer(),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      (int, long) => {
        expect(of('INTEGER', int32(int))).toEqual(int32(int));
        expect(of('LONG', int64(long))).toEqual(int64(long));
      },
    ),
  );
  fc.assert(
    fc.property(fc.double({ noNaN: true }), fc.string({ unit: 'binary' }), (double, text) => {
      expect(of('DOUBLE', float64(double))).toEqual(float64(double === 0 ? 0 : double));
      expect(of('STRING', Buffer.from(text))).toEqual(Buffer.from(text));
    }),
  );
});

test('bytes of another type are not a key', () => {
  expect(keyEncodingFor('STRING').encode(Buffer.from([0xff]))).toBeUndefined();
  expect(keyEncodingFor('INTEGER').encode(Buffer.alloc(3))).toBeUndefined();
  expect(keyEncodingFor('LONG').encode(Buffer.alloc(4))).toBeUndefined();
  expect(keyEncodingFor('DOUBLE').encode(Buffer.alloc(4))).toBeUndefined();
  expect(keyEncodingFor('DOUBLE').encode(float64(NaN))).toBeUndefined();
  expect(keyEncodingFor('SHORT').encode(Buffer.alloc(4))).toBeUndefined();
  expect(keyEncodingFor('FLOAT').encode(Buffer.alloc(8))).toBeUndefined();
  expect(keyEncodingFor('FLOAT').encode(float32(NaN))).toBeUndefined();
  expect(keyEncodingFor('BOOLEAN').encode(Buffer.from([2]))).toBeUndefined();
  expect(keyEncodingFor('BOOLEAN').encode(Buffer.alloc(0))).toBeUndefined();
  expect(keyEncodingFor('UUID').encode(Buffer.from('1-1-1-1-1'))).toBeUndefined();
});

function compareLists(one: readonly number[], other: readonly number[]): number {
  for (const [index, value] of one.entries()) {
    const against = other[index];
    if (against === undefined || value !== against) {
      return against === undefined ? 1 : sign(value - against);
    }
  }
  return one.length === other.length ? 0 : -1;
}
