import { createHash } from 'node:crypto';

import { AppError } from '@quicksilver/common/errors/app-error';

const CHECK_BYTES = 8;
/** Longer cursors would exceed the header limit anyway. */
const TEXT_MAX = 120_000;

/**
 * Opaque text: a place in a range, with a checksum over the place and the identity of the range. So
 * a cursor of another range is rejected.
 */
export function printRangeCursor(range: string, place: Buffer): string {
  return Buffer.concat([checkOf(range, place), place]).toString('base64url');
}

/**
 * Throws `AppError('BAD_CURSOR')` for anything that `printRangeCursor` did not print for this
 * range.
 */
export function parseRangeCursor(range: string, text: string): Buffer {
  const bytes = Buffer.from(text.length > TEXT_MAX ? '' : text, 'base64url');
  const place = bytes.subarray(CHECK_BYTES);
  if (
    // Only one spelling is valid, because decoding ignores invalid base64.
    bytes.toString('base64url') !== text ||
    !bytes.subarray(0, CHECK_BYTES).equals(checkOf(range, place))
  ) {
    throw new AppError(
      'BAD_CURSOR',
      'The cursor was not issued for this range. Start again without a cursor, or repeat the other parameters unchanged.',
    );
  }
  return place;
}

function checkOf(range: string, place: Buffer): Buffer {
  return createHash('sha256')
    .update(String(Buffer.byteLength(range)))
    .update(':')
    .update(range)
    .update(place)
    .digest()
    .subarray(0, CHECK_BYTES);
}
