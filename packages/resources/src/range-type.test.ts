import { AppError } from '@quicksilver/common/errors/app-error';
import { describe, expect, test } from 'vitest';

import { mirrorManifest } from './mirror.ts';
import { withRangeType } from './range-type.ts';

const schema = `
  type Car { id: ID! city: City! at: Fix speeds: [Float!] kind: Kind plate: String height: Float @field(name: "height.in-m") isSold: Boolean weight: Grams photo: Bytes size: Short }
  type Fix { time: DateTime! millis: Long lat: Float! }
  enum Kind { BUS TRAM }
  enum Short { S M }
  scalar DateTime scalar Long scalar Grams
  union City = Rome | Oslo
  type Rome { name: String } type Oslo { name: String }
`;
const CAR = {
  keyType: 'STRING',
  valueType: 'SCHEMA',
  valueSchema: { gateway: 'fleet', type: 'Car' },
  schema,
  writeType: 'MUTABLE',
} as const;

const typeOf = (rangeField: string) => withRangeType('cars', { rangeField }, CAR).rangeType;
const refusal = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return error instanceof AppError ? `${error.code}: ${error.message}` : String(error);
  }
  return 'accepted';
};

describe('the type of a range', () => {
  test.each([
    ['at.time', 'timestamp'],
    ['at.millis', 'number'],
    ['at.lat', 'number'],
    ['plate', 'string'],
    ['id', 'string'],
    ['kind', 'string'],
    ['size', 'string'],
    ['weight', 'number'],
    ['"height.in-m"', 'number'],
    ['city.name', 'number'],
  ])('of the field %s is %s', (field, type) => expect(typeOf(field)).toBe(type));

  test('is number by default if the values have no schema, and an explicit type is kept', () => {
    const json = { keyType: 'STRING', valueType: 'JSON', writeType: 'MUTABLE' } as const;
    expect(withRangeType('cars', { rangeField: 'x' }, json).rangeType).toBe('number');
    const said = { rangeField: 'at.millis', rangeType: 'timestamp' } as const;
    expect(withRangeType('cars', said, CAR)).toEqual(said);
    expect(withRangeType('cars', {}, { ...CAR, valueType: 'STRING' })).toEqual({});
  });

  test.each([
    [
      'tiem',
      'type Car has no field tiem, because type Car has no field tiem. Use a field of the schema.',
    ],
    [
      'at.tiem',
      'type Car has no field at.tiem, because type Fix has no field tiem. Use a field of the schema.',
    ],
    [
      'plate.x',
      'type Car has no field plate.x, because type String has no field x. Use a field of the schema.',
    ],
    ['at', 'field at of type Car has type Fix, which has no order. Choose another field.'],
    ['speeds', 'field speeds of type Car is a list, which has no order. Choose another field.'],
    [
      'isSold',
      'field isSold has type Boolean, which has no order. Choose another field, or set rangeType.',
    ],
    [
      'photo',
      'field photo has type Bytes, which has no order. Choose another field, or set rangeType.',
    ],
  ])('cannot be found for %s', (field, why) => {
    expect(refusal(() => typeOf(field))).toBe(
      `INVALID_SPEC: The mirror of topic cars is invalid: rangeField: ${why}`,
    );
  });

  test('cannot be that of a value without fields', () => {
    const manifest = () =>
      withRangeType('cars', { rangeField: 'x' }, { ...CAR, valueType: 'LONG' });
    expect(refusal(manifest)).toContain('need');
  });
});

describe('a mirror', () => {
  test('with tombstones is rejected for immutable topics', () => {
    const args = { retentionTime: 'PT1H', retentionTombstones: true };
    expect(withRangeType('cars', args, CAR)).toEqual(args);
    const manifest = () => withRangeType('cars', args, { ...CAR, writeType: 'IMMUTABLE' });
    expect(refusal(manifest)).toContain('retentionTombstones: records of an immutable topic');
  });

  test('has a path of names as its range field', () => {
    expect(mirrorManifest.safeParse({ rangeField: 'a.b_2.c' }).success).toBe(true);
    for (const rangeField of ['', 'a.', '.a', 'a..b', '"a', '""']) {
      expect(mirrorManifest.safeParse({ rangeField }).success).toBe(false);
    }
  });
});
