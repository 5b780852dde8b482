import type { JsonOutput } from '../json-output.ts';
import type { ProtoCursor } from './proto-cursor.ts';
import type { ScalarName } from './proto-type.ts';

/** Reads one value, which ends before `end`, and writes it as JSON. */
export type ReadProto = (cursor: ProtoCursor, end: number, out: JsonOutput) => void;

const TWO_TO_32 = 2 ** 32;
/** The high half of the largest number that a JS number holds exactly. */
const SAFE_HIGH = 2 ** 21;

/** Total over Protobuf's scalars. */
export const SCALAR_READERS: Readonly<Record<ScalarName, ReadProto>> = {
  double(cursor, _end, out) {
    out.double(cursor.bytes.readDoubleLE(cursor.pass(8)));
  },
  float(cursor, _end, out) {
    out.float(cursor.bytes.readFloatLE(cursor.pass(4)));
  },
  int32(cursor, _end, out) {
    cursor.varint();
    out.whole(cursor.low | 0);
  },
  int64(cursor, _end, out) {
    cursor.varint();
    signed(cursor.low, cursor.high, out);
  },
  uint32(cursor, _end, out) {
    cursor.varint();
    out.whole(cursor.low);
  },
  uint64(cursor, _end, out) {
    cursor.varint();
    unsigned(cursor.low, cursor.high, out);
  },
  sint32(cursor, _end, out) {
    cursor.varint();
    out.whole((cursor.low >>> 1) ^ -(cursor.low & 1));
  },
  sint64(cursor, _end, out) {
    cursor.varint();
    const sign = -(cursor.low & 1);
    const low = ((cursor.low >>> 1) | (cursor.high << 31)) ^ sign;
    signed(low >>> 0, ((cursor.high >>> 1) ^ sign) >>> 0, out);
  },
  fixed32(cursor, _end, out) {
    cursor.fixed32();
    out.whole(cursor.low);
  },
  fixed64(cursor, _end, out) {
    cursor.fixed64();
    unsigned(cursor.low, cursor.high, out);
  },
  sfixed32(cursor, _end, out) {
    cursor.fixed32();
    out.whole(cursor.low | 0);
  },
  sfixed64(cursor, _end, out) {
    cursor.fixed64();
    signed(cursor.low, cursor.high, out);
  },
  bool(cursor, _end, out) {
    cursor.varint();
    out.ascii(cursor.low === 0 && cursor.high === 0 ? 'false' : 'true');
  },
  string(cursor, end, out) {
    const textEnd = cursor.sizedEnd(end);
    if (!out.string(cursor.bytes, cursor.at, textEnd)) {
      throw cursor.wrong('a string is not valid UTF-8');
    }
    cursor.at = textEnd;
  },
  bytes(cursor, end, out) {
    const bytesEnd = cursor.sizedEnd(end);
    out.base64(cursor.bytes, cursor.at, bytesEnd);
    cursor.at = bytesEnd;
  },
};

/** The JSON of the defaults. */
export const SCALAR_DEFAULTS: Readonly<Record<ScalarName, string>> = {
  double: '0',
  float: '0',
  int32: '0',
  int64: '0',
  uint32: '0',
  uint64: '0',
  sint32: '0',
  sint64: '0',
  fixed32: '0',
  fixed64: '0',
  sfixed32: '0',
  sfixed64: '0',
  bool: 'false',
  string: '""',
  bytes: '""',
};

/** The 64-bit number of two halves without a sign. */
export function signedOf(low: number, high: number): bigint {
  return (BigInt(high | 0) << 32n) | BigInt(low);
}

function signed(low: number, high: number, out: JsonOutput): void {
  const upper = high | 0;
  if (upper < SAFE_HIGH && upper >= -SAFE_HIGH) {
    out.whole(upper * TWO_TO_32 + low);
  } else {
    out.ascii(String(signedOf(low, high)));
  }
}

function unsigned(low: number, high: number, out: JsonOutput): void {
  if (high < SAFE_HIGH) {
    out.whole(high * TWO_TO_32 + low);
  } else {
    out.ascii(String((BigInt(high) << 32n) | BigInt(low)));
  }
}
