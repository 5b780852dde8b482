import { isDateTime, textOfMilliseconds } from '@quicksilver/common/numbers/date-time';
import {
  isWhole,
  nearestDouble,
  parseDecimal,
  wholeOfBits,
  wholeOfString,
} from '@quicksilver/common/numbers/decimal';

import { unquote } from '../json-text.ts';

/** Whether the JSON text of a value, which is not null, is a value of the scalar. */
export type FitsScalar = (json: string) => boolean;

/**
 * The scalars of a gateway. Values have the forms that a variable of a request has. A `DateTime`
 * may also be a number of milliseconds, as in reads. Any other scalar holds any JSON.
 */
export const SCALAR_CHECKS: ReadonlyMap<string, FitsScalar> = new Map<string, FitsScalar>([
  ['String', isText],
  ['ID', (json) => isText(json) || isWholeNumber(json)],
  ['Boolean', (json) => json === 'true' || json === 'false'],
  [
    'Int',
    (json) => SMALL_WHOLE.test(json) || (isNumber(json) && wholeOfBits(json, 32) !== undefined),
  ],
  [
    'Float',
    (json) => SHORT_NUMBER.test(json) || (isNumber(json) && nearestDouble(json) !== undefined),
  ],
  ['Long', wholeOf(64)],
  ['Short', wholeOf(16)],
  ['Byte', wholeOf(8)],
  ['BigInteger', (json) => isWholeNumber(digitsOf(json))],
  ['BigDecimal', (json) => parseDecimal(digitsOf(json)) !== undefined],
  ['Char', (json) => isText(json) && unquote(json).length === 1 && unquote(json).isWellFormed()],
  ['Bytes', (json) => isText(json) && isBase64(unquote(json))],
  ['DateTime', isTime],
]);

/** Most numbers need no exact check. */
const SMALL_WHOLE = /^-?\d{1,9}$/;
const SHORT_NUMBER = /^-?\d{1,15}(?:\.\d{1,15})?$/;

function isText(json: string): boolean {
  return json.startsWith('"');
}

function isNumber(json: string): boolean {
  return /^[-\d]/.test(json);
}

function isWholeNumber(json: string): boolean {
  const decimal = isNumber(json) ? parseDecimal(json) : undefined;
  return decimal !== undefined && isWhole(decimal);
}

/** A whole number, or its digits as a string. */
function wholeOf(bits: 8 | 16 | 64): FitsScalar {
  return (json) => {
    if (bits > 32 && SMALL_WHOLE.test(json)) {
      return true;
    }
    const whole = isText(json) ? wholeOfString(unquote(json)) : wholeOfBits(json, bits);
    return whole !== undefined && BigInt.asIntN(bits, whole) === whole;
  };
}

/** The text of a number, or of a string that may have its digits. */
function digitsOf(json: string): string {
  return isText(json) ? unquote(json).replace(/^(-?)0+(?=\d)/, '$1') : json;
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

function isTime(json: string): boolean {
  if (!isText(json)) {
    return isNumber(json) && textOfMilliseconds(Number(json)) !== undefined;
  }
  const text = unquote(json);
  return isDateTime(text) || textOfMilliseconds(text) !== undefined;
}
