import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { DATA_TYPES } from './codec.ts';
import { codecFor } from './codecs.ts';
import type { MessageSchema } from './message-schema.ts';
import { parseMessageSchema } from './avro/message-schema.ts';
import { parseJsonSchema } from './json-schema/json-schema.ts';
import { parseProtoSchema } from './protobuf/proto-schema.ts';

/** Inputs per format. `FUZZ_INPUTS=1000000` is the long run. */
const INPUTS = Number(process.env['FUZZ_INPUTS'] ?? '1500');
const IS_LONG = INPUTS >= 100_000;
const TEST_MS = 60_000 + INPUTS;
const DECODE_MS_MAX = 50;
const RETAINED_GROWTH_MAX = 8 * 1_048_576;
/** A slow machine can interrupt any single run. */
const REPEATS = 5;

const AVRO = parseMessageSchema(
  JSON.stringify({
    type: 'record',
    name: 'R',
    fields: [
      { name: 'id', type: 'long' },
      { name: 'text', type: 'string' },
      { name: 'raw', type: 'bytes' },
      { name: 'price', type: { type: 'bytes', logicalType: 'decimal', precision: 20, scale: 4 } },
      { name: 'list', type: { type: 'array', items: ['null', 'double', 'R'] } },
      { name: 'map', type: { type: 'map', values: 'float' } },
      { name: 'next', type: ['null', 'R'] },
      { name: 'state', type: { type: 'enum', name: 'E', symbols: ['A', 'B'] } },
    ],
  }),
);
const AVRO_JSON = (next: string): string =>
  `{"id":9007199254740993,"text":"aé\\"","raw":"AP8=","price":1.5,"list":[null,1.5],"map":{"a":0.1},"next":${next},"state":"B"}`;

const PROTOBUF = parseProtoSchema(`syntax = "proto2";
import "google/protobuf/any.proto"; import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto"; import "google/protobuf/wrappers.proto";
import "google/protobuf/field_mask.proto"; import "confluent/type/decimal.proto";
message R { optional int64 id = 1; optional string text = 2; repeated sint32 list = 3 [packed = true];
  map<string, R> map = 4; optional group G = 5 { optional R r = 1; }
  oneof o { R a = 6; bytes b = 7; } optional google.protobuf.Any any = 8;
  optional google.protobuf.Struct extra = 9; optional google.protobuf.Timestamp at = 10;
  repeated R items = 11; optional E e = 12; optional double d = 13; optional float f = 14;
  optional google.protobuf.FieldMask mask = 15; optional confluent.type.Decimal total = 16;
  optional google.protobuf.Int64Value boxed = 17; }
enum E { A = 0; B = 1; }`);
const PROTOBUF_JSON = (inner: string): string =>
  `{"id":9007199254740993,"text":"aé","list":[1,-2],"map":{"x":${inner}},"g":{"r":${inner}},"a":{"e":"B"},"any":{"@type":"x/R","id":1},"extra":{"a":[1,null,{"b":"c"}]},"at":"2026-01-31T09:00:00Z","items":[${inner},{}],"d":1.5,"f":0.1,"mask":"aB,c","total":1.25,"boxed":7}`;

const JSON_SCHEMA = parseJsonSchema('{"type":"object"}');

const schemas: readonly (readonly [string, MessageSchema, readonly string[]])[] = [
  ['AVRO', AVRO, [AVRO_JSON('null'), AVRO_JSON(AVRO_JSON(AVRO_JSON('null')))]],
  ['PROTOBUF', PROTOBUF, ['{}', PROTOBUF_JSON('{}'), PROTOBUF_JSON(PROTOBUF_JSON('{"id":1}'))]],
  ['JSON_SCHEMA', JSON_SCHEMA, ['{"a":[1,{"b":"c"}],"n":12345678901234567890}']],
];

type Change = readonly [kind: number, at: number, byte: number];

/** Flips a byte, cuts, inserts, repeats or removes bytes, or makes a large number of them. */
function changed(valid: Buffer, changes: readonly Change[]): Buffer {
  let bytes = valid;
  for (const [kind, place, byte] of changes) {
    const at = bytes.length === 0 ? 0 : place % bytes.length;
    const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
    bytes =
      [
        () => Buffer.concat([before, Buffer.from([byte]), after.subarray(1)]),
        () => before,
        () => Buffer.concat([before, Buffer.from([byte]), after]),
        () => Buffer.concat([before, after.subarray(0, byte), after]),
        () => Buffer.concat([before, after.subarray(byte)]),
        () => Buffer.concat([before, Buffer.from('ffffffff0f', 'hex'), after]),
      ][kind % 6]?.() ?? bytes;
  }
  return bytes;
}

function inputsOf(valid: readonly Buffer[]): fc.Arbitrary<Buffer> {
  const change = fc.tuple(fc.nat(), fc.nat(), fc.nat({ max: 255 }));
  return fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    fc
      .tuple(fc.constantFrom(...valid), fc.array(change, { minLength: 1, maxLength: 4 }))
      .map(([bytes, changes]) => changed(bytes, changes)),
  );
}

/** The JSON, or the code of the refusal. Throws what is no refusal. */
function outcome(read: (bytes: Buffer) => Buffer, bytes: Buffer): string {
  try {
    return read(bytes).toString();
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'TYPE_MISMATCH') {
      throw error;
    }
    return 'TYPE_MISMATCH';
  }
}

/** What is still in use after a full collection. Resident memory depends on the allocator. */
function retainedBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function fuzz(read: (bytes: Buffer) => Buffer, valid: readonly Buffer[]): void {
  const timed = (bytes: Buffer): number => {
    const startMs = performance.now();
    outcome(read, bytes);
    return performance.now() - startMs;
  };
  let started = 0;
  let retainedBefore = 0;
  fc.assert(
    fc.property(inputsOf(valid), (bytes) => {
      started += 1;
      if (IS_LONG && started === Math.ceil(INPUTS / 3)) {
        retainedBefore = retainedBytes();
      }
      if (timed(bytes) > DECODE_MS_MAX) {
        const times = Array.from({ length: REPEATS }, () => timed(bytes));
        expect(Math.min(...times)).toBeLessThan(DECODE_MS_MAX);
      }
      const text = outcome(read, bytes);
      // Without `expect`, which keeps some bytes of each call.
      if (text !== 'TYPE_MISMATCH') {
        JSON.parse(text);
      }
      return !text.includes('\n');
    }),
    { numRuns: INPUTS },
  );
  // Only the long run is long enough to tell a leak from the memory of other tests.
  if (IS_LONG) {
    expect(retainedBytes() - retainedBefore).toBeLessThan(RETAINED_GROWTH_MAX);
  }
}

test.each(schemas)(
  'row 133: any bytes of %s are one JSON value or rejected, within 50 ms',
  (_format, schema, jsons) => {
    const read = (bytes: Buffer): Buffer => schema.read(bytes, 0, { recordNames: false });
    const valid = jsons.map((json) => schema.write(json));
    valid.forEach((bytes) => expect(outcome(read, bytes)).not.toBe('TYPE_MISMATCH'));
    fuzz(read, valid);
  },
  TEST_MS,
);

test.each(DATA_TYPES.map((type) => [type] as const))(
  'row 134: any bytes of %s are one JSON value or rejected, within 50 ms',
  (type) => {
    const uuid = 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6';
    const valid = ['002a', '0000002a', '000000000000002a', '3ff8000000000000', '01', '00ff']
      .map((hex) => Buffer.from(hex, 'hex'))
      .concat([uuid, '{"a":[1,"b"]}'].map((text) => Buffer.from(text)));
    const read = (bytes: Buffer): Buffer => codecFor(type).toJson(bytes);
    expect(valid.some((bytes) => outcome(read, bytes) !== 'TYPE_MISMATCH')).toBe(true);
    fuzz(read, valid);
  },
  TEST_MS,
);
