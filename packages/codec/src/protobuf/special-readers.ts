import { decimalText } from '../avro/decimal-text.ts';
import type { JsonOutput } from '../json-output.ts';
import type { ProtoCursor } from './proto-cursor.ts';
import { signedOf, type ReadProto } from './proto-scalars.ts';
import { WIRE, type MessageType } from './proto-type.ts';

/**
 * Messages that JSON shows as the value of their only present field, with the JSON of an empty one.
 */
export const UNWRAPPED: ReadonlyMap<string, string> = new Map([
  ['google.protobuf.Struct', '{}'],
  ['google.protobuf.ListValue', '[]'],
  ['google.protobuf.Value', 'null'],
  ['google.protobuf.DoubleValue', '0'],
  ['google.protobuf.FloatValue', '0'],
  ['google.protobuf.Int64Value', '0'],
  ['google.protobuf.UInt64Value', '0'],
  ['google.protobuf.Int32Value', '0'],
  ['google.protobuf.UInt32Value', '0'],
  ['google.protobuf.BoolValue', 'false'],
  ['google.protobuf.StringValue', '""'],
  ['google.protobuf.BytesValue', '""'],
]);

/** Messages with a JSON form of their own, besides those in `UNWRAPPED`. */
export const SPECIAL = [
  'google.protobuf.Timestamp',
  'google.protobuf.Duration',
  'google.protobuf.FieldMask',
  'google.protobuf.Any',
  'confluent.type.Decimal',
] as const;

export type SpecialName = (typeof SPECIAL)[number];

/** The reader of a message with a JSON form of its own; undefined for others. */
export function specialReader(
  { name }: MessageType,
  readerNamed: (name: string) => ReadProto | undefined,
): ReadProto | undefined {
  const special = SPECIAL.find((each) => each === name);
  return special === 'google.protobuf.Any' ? anyReader(readerNamed) : special && READERS[special];
}

/** Of years 1 to 9999. */
export const TIMESTAMP_MIN = -62_135_596_800;
export const TIMESTAMP_MAX = 253_402_300_799;
/** Of 10,000 years. */
export const DURATION_MAX = 315_576_000_000;
export const NANOS_MAX = 999_999_999;

const READERS: Readonly<Record<Exclude<SpecialName, 'google.protobuf.Any'>, ReadProto>> = {
  'google.protobuf.Timestamp': (cursor, end, out) => {
    const { seconds, nanos } = secondsAndNanos(cursor, end);
    if (seconds < TIMESTAMP_MIN || seconds > TIMESTAMP_MAX || nanos < 0 || nanos > NANOS_MAX) {
      throw cursor.wrong('a Timestamp is not within the years 1 to 9999');
    }
    const text = new Date(Number(seconds) * 1_000).toISOString().slice(0, -5);
    out.ascii(`"${text}${fraction(nanos)}Z"`);
  },
  'google.protobuf.Duration': (cursor, end, out) => {
    const { seconds, nanos } = secondsAndNanos(cursor, end);
    const isNegative = seconds < 0 || nanos < 0;
    if (
      seconds < -DURATION_MAX ||
      seconds > DURATION_MAX ||
      Math.abs(nanos) > NANOS_MAX ||
      (isNegative && (seconds > 0 || nanos > 0))
    ) {
      throw cursor.wrong('a Duration is not within 10,000 years, or its parts differ in sign');
    }
    const whole = seconds < 0 ? -seconds : seconds;
    out.ascii(`"${isNegative ? '-' : ''}${whole}${fraction(Math.abs(nanos))}s"`);
  },
  'google.protobuf.FieldMask': (cursor, end, out) => {
    const paths: string[] = [];
    eachField(cursor, end, (tag) => {
      if (tag !== 8 + WIRE.sized) {
        return false;
      }
      paths.push(textOf(cursor, end, out));
      return true;
    });
    const text = paths.map((path) =>
      path.replaceAll(/_([a-z])/g, (_, char: string) => char.toUpperCase()),
    );
    out.utf8(JSON.stringify(text.join(',')));
  },
  'confluent.type.Decimal': (cursor, end, out) => {
    let value: Buffer = Buffer.from([0]);
    let scale = 0;
    eachField(cursor, end, (tag) => {
      if (tag === 8 + WIRE.sized) {
        const bytesEnd = cursor.sizedEnd(end);
        value = cursor.bytes.subarray(cursor.at, bytesEnd);
        cursor.at = bytesEnd;
        return true;
      }
      if (tag === 24 + WIRE.varint) {
        cursor.varint();
        scale = cursor.low | 0;
        return true;
      }
      return false;
    });
    const text = scale < 0 ? undefined : decimalText(value, scale);
    if (text === undefined) {
      throw cursor.wrong(
        `a Decimal has ${value.length} bytes and ${scale} digits after the decimal point`,
      );
    }
    out.ascii(text);
  },
};

/** An `Any` of a message that the schema does not have shows its bytes, so that nothing is lost. */
function anyReader(readerNamed: (name: string) => ReadProto | undefined): ReadProto {
  return (cursor, end, out) => {
    let url = '';
    let [from, to] = [end, end];
    eachField(cursor, end, (tag) => {
      if (tag === 8 + WIRE.sized) {
        url = textOf(cursor, end, out);
        return true;
      }
      if (tag === 16 + WIRE.sized) {
        to = cursor.sizedEnd(end);
        from = cursor.at;
        cursor.at = to;
        return true;
      }
      return false;
    });
    if (url === '' && from === to) {
      out.ascii('{}');
      return;
    }
    const name = url.slice(url.lastIndexOf('/') + 1);
    const read = readerNamed(name);
    out.utf8(`{"@type":${JSON.stringify(url)}`);
    if (read === undefined || isUnwrapped(name)) {
      out.ascii(',"value":');
    }
    if (read === undefined) {
      out.base64(cursor.bytes, from, to);
      out.ascii('}');
    } else {
      const start = out.length;
      cursor.at = from;
      read(cursor, to, out);
      if (isUnwrapped(name)) {
        out.ascii('}');
      } else {
        // The members of the message become members of this object.
        const body = out.cut(start);
        out.ascii(body.length > 2 ? ',' : '');
        out.raw(body.subarray(1));
      }
    }
    cursor.at = end;
  };
}

/** Whether JSON shows the message as something else than an object with its fields. */
export function isUnwrapped(name: string): boolean {
  return UNWRAPPED.has(name) || SPECIAL.some((each) => each === name);
}

function secondsAndNanos(
  cursor: ProtoCursor,
  end: number,
): { readonly seconds: bigint; readonly nanos: number } {
  let [seconds, nanos] = [0n, 0];
  eachField(cursor, end, (tag) => {
    if (tag === 8 + WIRE.varint) {
      cursor.varint();
      seconds = signedOf(cursor.low, cursor.high);
      return true;
    }
    if (tag === 16 + WIRE.varint) {
      cursor.varint();
      nanos = cursor.low | 0;
      return true;
    }
    return false;
  });
  return { seconds, nanos };
}

/** Calls `take` after each tag. If it returns false, the value is skipped. */
function eachField(cursor: ProtoCursor, end: number, take: (tag: number) => boolean): void {
  while (cursor.at < end) {
    const tag = cursor.tag();
    if (!take(tag)) {
      cursor.skip(tag, end);
    }
  }
  cursor.expectEnd(end);
}

function textOf(cursor: ProtoCursor, end: number, out: JsonOutput): string {
  const textEnd = cursor.sizedEnd(end);
  const from = out.length;
  if (!out.string(cursor.bytes, cursor.at, textEnd)) {
    throw cursor.wrong('a string is not valid UTF-8');
  }
  cursor.at = textEnd;
  return String(JSON.parse(out.cut(from).toString()));
}

/** With 0, 3, 6 or 9 digits, as Protobuf's own JSON. */
function fraction(nanos: number): string {
  if (nanos === 0) {
    return '';
  }
  const digits = String(nanos).padStart(9, '0');
  return `.${digits.replace(/(?:000){1,2}$/, '')}`;
}
