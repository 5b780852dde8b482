import {
  isWholeOfBits,
  isWithinDoubles,
  spelledNumber,
  wholeValue,
} from '@quicksilver/testkit/generated/numbers';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { DATA_TYPES, type DataType } from './codec.ts';
import { codecFor } from './codecs.ts';

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

test('every LONG comes back digit for digit, as number and as text', () => {
  const codec = codecFor('LONG');
  fc.assert(
    fc.property(int64, (value) => {
      const bytes = codec.fromJson(String(value));
      expect(codec.toJson(bytes).toString()).toBe(String(value));
      expect(codec.fromJson(`"${value}"`)).toEqual(bytes);
      expect(codec.fromText(String(value))).toEqual(bytes);
    }),
    { numRuns: 1000 },
  );
});

test('every INTEGER comes back', () => {
  const codec = codecFor('INTEGER');
  fc.assert(
    fc.property(fc.integer(), (value) => {
      const json = String(value);
      expect(codec.toJson(codec.fromJson(json)).toString()).toBe(json);
      expect(codec.fromText(json)).toEqual(codec.fromJson(json));
    }),
  );
});

test('every whole number beyond an INTEGER is rejected', () => {
  const codec = codecFor('INTEGER');
  const beyond = fc.oneof(fc.bigInt({ min: 2n ** 31n }), fc.bigInt({ max: -(2n ** 31n) - 1n }));
  fc.assert(
    fc.property(beyond, (value) => {
      expect(() => codec.fromJson(String(value))).toThrow(/whole number from/);
    }),
  );
});

test('every finite DOUBLE comes back in its shortest form', () => {
  const codec = codecFor('DOUBLE');
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const printed = codec.toJson(codec.fromJson(JSON.stringify(value))).toString();
      expect(Number(printed)).toBe(value === 0 ? 0 : value);
      expect(codec.fromText(printed)).toEqual(codec.fromJson(printed));
    }),
    { numRuns: 1000 },
  );
});

const codeOf = (run: () => unknown): string => {
  try {
    run();
    return 'none';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

test('equal numbers in any spelling have the same bytes or are rejected', () => {
  fc.assert(
    fc.property(spelledNumber, ({ value, spellings }) => {
      const whole = wholeValue(value);
      for (const [type, bits] of [
        ['INTEGER', 32],
        ['LONG', 64],
      ] as const) {
        for (const text of spellings) {
          if (isWholeOfBits(value, bits)) {
            expect(codecFor(type).toJson(codecFor(type).fromJson(text)).toString()).toBe(
              String(whole),
            );
          } else {
            const code = whole === undefined ? 'TYPE_MISMATCH' : 'OUT_OF_RANGE';
            expect(
              codeOf(() => codecFor(type).fromJson(text)),
              text,
            ).toBe(code);
          }
        }
      }
      const doubles = spellings.map((text) => {
        const code = codeOf(() => codecFor('DOUBLE').fromJson(text));
        return code === 'none' ? codecFor('DOUBLE').fromJson(text).toString('hex') : code;
      });
      expect(new Set(doubles).size).toBe(1);
      expect(isWithinDoubles(value) || doubles[0] === 'OUT_OF_RANGE').toBe(true);
    }),
    { numRuns: 1000 },
  );
});

test('every text comes back as STRING', () => {
  const codec = codecFor('STRING');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const printed = codec.toJson(codec.fromJson(JSON.stringify(text)));
      expect(JSON.parse(printed.toString())).toBe(text);
      expect(printed.includes(0x0a)).toBe(false);
      expect(codec.fromText(text)).toEqual(codec.fromJson(JSON.stringify(text)));
    }),
  );
});

test('JSON without line feeds is stored byte for byte', () => {
  const codec = codecFor('JSON');
  fc.assert(
    fc.property(fc.json({ stringUnit: 'binary' }), (text) => {
      const bytes = codec.fromJson(text);
      expect(bytes).toEqual(Buffer.from(text));
      expect(codec.toJson(bytes)).toBe(bytes);
    }),
  );
});

test('any bytes are printed as valid JSON without a line feed, or rejected', () => {
  fc.assert(
    fc.property(
      fc.constantFrom<DataType>(...DATA_TYPES),
      fc.oneof(fc.uint8Array(), fc.uint8Array({ minLength: 8, maxLength: 8 })),
      (type, raw) => {
        expect(printed(type, Buffer.from(raw))).toSatisfy(
          (text: string) => text === 'TYPE_MISMATCH' || (isJson(text) && !text.includes('\n')),
        );
      },
    ),
    { numRuns: 1000 },
  );
});

/** What the bytes are printed as, or the code of the refusal. */
function printed(type: DataType, bytes: Buffer): string {
  try {
    return codecFor(type).toJson(bytes).toString();
  } catch (error) {
    return (error as { code: string }).code;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
