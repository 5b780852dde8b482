import { parseDecimal } from '@quicksilver/common/numbers/decimal';
import { decimalBytes } from '../avro/decimal-text.ts';
import { splitObject, unquote } from '../json-text.ts';
import { mismatch, refused } from '../mismatch.ts';
import { sizedBytes, tagBytes, varintBytes } from './proto-bytes.ts';
import { WIRE, type MessageType } from './proto-type.ts';
import { SCALAR_WRITERS, textOf, type WriteProto } from './scalar-writers.ts';
import {
  DURATION_MAX,
  isUnwrapped,
  NANOS_MAX,
  SPECIAL,
  TIMESTAMP_MAX,
  TIMESTAMP_MIN,
  type SpecialName,
} from './special-readers.ts';

/** The field that a JSON value is written to, by messages that JSON shows as its value. */
export const UNWRAPPED_FIELD: ReadonlyMap<string, (json: string) => string> = new Map([
  ['google.protobuf.Struct', () => 'fields'],
  ['google.protobuf.ListValue', () => 'values'],
  ['google.protobuf.Value', valueField],
  ...['Double', 'Float', 'Int64', 'UInt64', 'Int32', 'UInt32', 'Bool', 'String', 'Bytes'].map(
    (name) => [`google.protobuf.${name}Value`, () => 'value'] as const,
  ),
]);

function valueField(json: string): string {
  switch (json.charAt(0)) {
    case '{':
      return 'structValue';
    case '[':
      return 'listValue';
    case '"':
      return 'stringValue';
    case 'n':
      return 'nullValue';
    case 't':
    case 'f':
      return 'boolValue';
    default:
      return 'numberValue';
  }
}

/** The writer of a message with a JSON form of its own; undefined for others. */
export function specialWriter(
  { name }: MessageType,
  writerNamed: (name: string) => WriteProto | undefined,
): WriteProto | undefined {
  const special = SPECIAL.find((each) => each === name);
  return special === 'google.protobuf.Any' ? anyWriter(writerNamed) : special && WRITERS[special];
}

const TIME =
  /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))$/;
const SPAN = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/;

const WRITERS: Readonly<Record<Exclude<SpecialName, 'google.protobuf.Any'>, WriteProto>> = {
  'google.protobuf.Timestamp': (json, path) => {
    const expected = 'a time of RFC 3339 such as "2026-01-31T09:00:00Z"';
    const [, wall = '', digits = '', sign, hours, minutes] =
      TIME.exec(textOf(json, path, expected)) ?? [];
    const wallMs = Date.parse(`${wall}Z`);
    // `Date.parse` turns a day that the month does not have into one of the next month.
    if (Number.isNaN(wallMs) || !new Date(wallMs).toISOString().startsWith(wall)) {
      throw refused(path, expected, json);
    }
    const ahead = sign === undefined ? 0 : Number(hours) * 3_600 + Number(minutes) * 60;
    const seconds = wallMs / 1_000 - (sign === '-' ? -ahead : ahead);
    if (seconds < TIMESTAMP_MIN || seconds > TIMESTAMP_MAX) {
      throw refused(path, 'a time within the years 1 to 9999', json);
    }
    return parts(BigInt(seconds), nanosOf(digits));
  },
  'google.protobuf.Duration': (json, path) => {
    const expected = 'seconds such as "1.5s"';
    const [, sign, whole, digits = ''] = SPAN.exec(textOf(json, path, expected)) ?? [];
    if (whole === undefined || Number(whole) > DURATION_MAX) {
      throw refused(path, expected, json);
    }
    const nanos = nanosOf(digits);
    return sign === '-' ? parts(-BigInt(whole), -nanos) : parts(BigInt(whole), nanos);
  },
  'google.protobuf.FieldMask': (json, path) => {
    const text = textOf(json, path, 'paths with commas between them');
    const paths = text === '' ? [] : text.split(',');
    return Buffer.concat(
      paths.flatMap((each) => [
        tagBytes(1, WIRE.sized),
        sizedBytes(Buffer.from(each.replaceAll(/[A-Z]/g, (char) => `_${char.toLowerCase()}`))),
      ]),
    );
  },
  'confluent.type.Decimal': (json, path) => {
    const decimal = parseDecimal(json);
    const scale = decimal === undefined ? 0 : Math.max(0, -decimal.exponent);
    const bytes = decimalBytes(json, { scale, precision: Infinity, size: undefined });
    if (decimal === undefined || bytes === undefined) {
      throw refused(path, 'a number', json);
    }
    const precision = Math.max(1, decimal.digits.length + Math.max(0, decimal.exponent));
    return Buffer.concat([
      ...[tagBytes(1, WIRE.sized), sizedBytes(bytes)],
      ...[tagBytes(2, WIRE.varint), varintBytes(BigInt(Math.max(precision, scale)))],
      ...(scale === 0 ? [] : [tagBytes(3, WIRE.varint), varintBytes(BigInt(scale))]),
    ]);
  },
};

/** As the reader of `Any` shows it. */
function anyWriter(writerNamed: (name: string) => WriteProto | undefined): WriteProto {
  return (json, path) => {
    const members = splitObject(json);
    if (members === undefined) {
      throw refused(path, 'an Any, a JSON object', json);
    }
    if (members.length === 0) {
      return Buffer.alloc(0);
    }
    const urlJson = members.find(({ name }) => name === '@type')?.value;
    if (urlJson === undefined) {
      throw mismatch(`${path}.@type`, 'the name of the message is missing');
    }
    const url = textOf(urlJson, `${path}.@type`);
    const name = url.slice(url.lastIndexOf('/') + 1);
    const write = writerNamed(name);
    const rest = members.filter((member) => member.name !== '@type');
    const value = rest.find((member) => member.name === 'value')?.value;
    let bytes: Buffer;
    if (write === undefined || isUnwrapped(name)) {
      if (value === undefined || rest.length > 1) {
        throw mismatch(`${path}.value`, `an Any of ${name} has only the members @type and value`);
      }
      bytes = write?.(value, `${path}.value`) ?? rawBytes(value, `${path}.value`);
    } else {
      const body = rest.map((member) => `${JSON.stringify(member.name)}:${member.value}`).join(',');
      bytes = write(`{${body}}`, path);
    }
    return Buffer.concat([
      ...[tagBytes(1, WIRE.sized), sizedBytes(Buffer.from(url))],
      ...(bytes.length === 0 ? [] : [tagBytes(2, WIRE.sized), sizedBytes(bytes)]),
    ]);
  };
}

function rawBytes(json: string, path: string): Buffer {
  SCALAR_WRITERS.bytes(json, path);
  return Buffer.from(unquote(json), 'base64');
}

function nanosOf(digits: string): number {
  return Number(digits.padEnd(9, '0')) % (NANOS_MAX + 1);
}

function parts(seconds: bigint, nanos: number): Buffer {
  return Buffer.concat([
    ...(seconds === 0n ? [] : [tagBytes(1, WIRE.varint), varintBytes(seconds)]),
    ...(nanos === 0 ? [] : [tagBytes(2, WIRE.varint), varintBytes(BigInt(nanos))]),
  ]);
}
