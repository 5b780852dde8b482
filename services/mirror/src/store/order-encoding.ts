import { parseDecimal } from '@quicksilver/common/numbers/decimal';

/**
 * Encodings whose byte order is the order of their values. No encoding is a prefix of another one.
 * So encodings can be concatenated and still order by the first value first, as in FoundationDB's
 * tuple layer. Numbers are decimal and exact, with an encoding of their own.
 */

/** Maximum bytes of one encoding. Longer values are not indexed. */
export const ORDER_BYTES_MAX = 8_192;

const ESCAPED = 0xff;
const END = 0x01;

/**
 * Any bytes in their own order. A zero becomes two bytes, and a zero followed by a one is the end.
 */
export function orderOfBytes(bytes: Buffer): Buffer {
  let zeros = 0;
  for (let at = bytes.indexOf(0); at !== -1; at = bytes.indexOf(0, at + 1)) {
    zeros += 1;
  }
  const order = Buffer.alloc(bytes.length + zeros + 2);
  if (zeros === 0) {
    order.set(bytes, 0);
  } else {
    let end = 0;
    for (const byte of bytes) {
      order[end] = byte;
      end += 1;
      if (byte === 0) {
        order[end] = ESCAPED;
        end += 1;
      }
    }
  }
  order[order.length - 1] = END;
  return order;
}

/**
 * Text in the order of its code points, which is the order of its UTF-8. Undefined if the text is
 * malformed or too long.
 */
export function orderOfText(text: string): Buffer | undefined {
  if (text.length > ORDER_BYTES_MAX || !text.isWellFormed()) {
    return undefined;
  }
  const order = orderOfBytes(Buffer.from(text));
  return order.length > ORDER_BYTES_MAX ? undefined : order;
}

const NEGATIVE = 0x01;
const ZERO = 0x02;
const POSITIVE = 0x03;
/** Exponents up to this absolute value take one byte, others five. */
const SHORT_EXPONENT_MAX = 60;
const SHORT_EXPONENT_ZERO = 0x80;
const LONG_NEGATIVE = 0x01;
const LONG_POSITIVE = 0xfe;
const EXPONENT_MAX = 2 ** 31;

/**
 * Any JSON number by its exact value, however it is written. A byte for the sign is followed by the
 * exponent e and the digits d of 0.d × 10^e. Each byte from 1 to 100 has two digits. The zero byte
 * at the end puts fewer digits first. In a negative number all bytes except the sign are inverted.
 * Undefined if the text is not a JSON number, has too many digits, or has an exponent beyond 2^31.
 */
export function orderOfNumber(text: string): Buffer | undefined {
  const decimal = text.length > 2 * ORDER_BYTES_MAX ? undefined : parseDecimal(text);
  if (decimal === undefined) {
    return undefined;
  }
  const { isNegative, digits, exponent } = decimal;
  if (digits === '') {
    return Buffer.from([ZERO]);
  }
  const power = digits.length + exponent;
  if (Math.abs(power) >= EXPONENT_MAX) {
    return undefined;
  }
  const isShort = Math.abs(power) <= SHORT_EXPONENT_MAX;
  const digitsAt = isShort ? 2 : 6;
  const pairs = Math.ceil(digits.length / 2);
  if (digitsAt + pairs + 1 > ORDER_BYTES_MAX) {
    return undefined;
  }
  const order = Buffer.alloc(digitsAt + pairs + 1);
  if (isShort) {
    order[1] = SHORT_EXPONENT_ZERO + power;
  } else {
    order[1] = power < 0 ? LONG_NEGATIVE : LONG_POSITIVE;
    order.writeUInt32BE(power < 0 ? EXPONENT_MAX + power : power, 2);
  }
  for (let pair = 0; pair < pairs; pair += 1) {
    const at = 2 * pair;
    const tens = digits.charCodeAt(at) - DIGIT_ZERO;
    const ones = at + 1 < digits.length ? digits.charCodeAt(at + 1) - DIGIT_ZERO : 0;
    order[digitsAt + pair] = 1 + 10 * tens + ones;
  }
  if (isNegative) {
    for (let at = 1; at < order.length; at += 1) {
      order[at] = ~(order[at] ?? 0);
    }
  }
  order[0] = isNegative ? NEGATIVE : POSITIVE;
  return order;
}

const DIGIT_ZERO = 0x30;

const TIMESTAMP =
  /^(\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d)(?::([0-5]\d)(?:\.(\d{1,30}))?)?(?:Z|([+-])([01]\d|2[0-3]):?([0-5]\d))$/;

/**
 * A point in time as ISO 8601 text with a zone. It is encoded like the number of its epoch
 * milliseconds. Digits below the millisecond count. Undefined if the text has another form.
 */
export function orderOfTimestamp(text: string): Buffer | undefined {
  const [, minute = '', seconds = '00', fraction = '', sign, hours, minutes] =
    TIMESTAMP.exec(text) ?? [];
  const utc = `${minute}:${seconds}`;
  const wallMs = Date.parse(`${utc}Z`);
  // `Date.parse` turns a day that the month does not have into one of the next month.
  if (Number.isNaN(wallMs) || !new Date(wallMs).toISOString().startsWith(utc)) {
    return undefined;
  }
  const aheadMs = sign === undefined ? 0 : (Number(hours) * 60 + Number(minutes)) * 60_000;
  const epochMs = sign === '-' ? wallMs + aheadMs : wallMs - aheadMs;
  const scaled = BigInt(epochMs / 1_000) * 10n ** BigInt(fraction.length) + BigInt(fraction || '0');
  return orderOfNumber(`${scaled}e${3 - fraction.length}`);
}
