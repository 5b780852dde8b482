import { expect, test } from 'vitest';

import { detectFormat, possibleSchemaIds, type DetectionFacts } from './detect-format.ts';

const NO_SCHEMAS: DetectionFacts = { schemas: new Map() };
const text = (...all: readonly string[]): Buffer[] => all.map((each) => Buffer.from(each));
const many = (count: number, make: (at: number) => Buffer): Buffer[] =>
  Array.from({ length: count }, (_, at) => make(at));
const int = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const long = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
};
const double = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes;
};
const ofSchema = (id: number): Buffer =>
  Buffer.concat([Buffer.from([0]), int(id), Buffer.from('x')]);

test.each([
  ['string', text('a', 'order 7', 'grün')],
  ['string', text('1', '22', '333')],
  ['json', text('{"a":1}', ' [1]', '"quoted"')],
  ['int', many(20, (at) => int(at * 1_000_003 - 9))],
  ['long', many(20, (at) => long(BigInt(at) - 3n))],
  ['long', many(20, (at) => long(1_764_000_000_000n + BigInt(at)))],
  ['double', many(20, (at) => double(at * 1.25 - 5))],
  ['bytes', many(20, (at) => Buffer.from([0xff, 0xfe, at]))],
])('%s is detected', (format, sample) => {
  const detection = detectFormat([...sample, null], NO_SCHEMAS);
  expect(detection).toMatchObject({ format, records: sample.length });
  expect(detection.certainty).toBeGreaterThan(0.5);
});

test('bytes with the id of a known schema have its format, whatever else they fit', () => {
  const sample = [ofSchema(7), ofSchema(8), ofSchema(7), null];
  expect(possibleSchemaIds(sample)).toEqual([7, 8]);
  const schemas = new Map([
    [7, 'PROTOBUF'],
    [8, 'PROTOBUF'],
  ]);
  expect(detectFormat(sample, { schemas })).toMatchObject({ format: 'protobuf', records: 3 });
  expect(detectFormat(sample, NO_SCHEMAS).format).toBe('bytes');
  expect(detectFormat([ofSchema(1)], { schemas: new Map([[1, 'JSON']]) })).toMatchObject({
    format: 'json-schema',
  });
});

test('small numbers of eight bytes are no schema ids', () => {
  expect(possibleSchemaIds(many(9, (at) => long(BigInt(at))))).toEqual([]);
});

test('without records the subject decides, and without a subject nothing is known', () => {
  expect(detectFormat([], { ...NO_SCHEMAS, subject: 'AVRO' })).toMatchObject({ format: 'avro' });
  expect(detectFormat([], NO_SCHEMAS)).toMatchObject({ format: 'unknown', certainty: 0 });
  expect(detectFormat([null, null], NO_SCHEMAS)).toMatchObject({ format: 'null', records: 0 });
});

test('certainty grows with the records, and falls with those that do not fit', () => {
  const certainty = (sample: readonly Buffer[]): number =>
    detectFormat(sample, NO_SCHEMAS).certainty;
  const json = (at: number): Buffer => Buffer.from(`{"n":${at}}`);
  expect(certainty(many(1, json))).toBeLessThan(certainty(many(50, json)));
  expect(certainty(many(50, json))).toBeGreaterThan(0.99);
  expect(certainty([...many(50, json), Buffer.from('not json')])).toBeLessThan(0.99);
  // Four letters could be a number.
  expect(certainty(many(50, (at) => Buffer.from(`k${String(at).padStart(3, '0')}`)))).toBeLessThan(
    0.5,
  );
});
