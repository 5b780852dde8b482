import { AppError } from '../errors/app-error.ts';

/** The header of the IETF's draft-ietf-httpapi-idempotency-key-header. */
export const IDEMPOTENCY_KEY_HEADER = 'idempotency-key';

/** Printable ASCII. The draft requires a quoted string, but many clients omit the quotes. */
const KEY = /^[\x20-\x7e]{1,255}$/;

/** Throws `AppError('BAD_REQUEST')` for an invalid key. */
export function checkIdempotencyKey(key: string): string {
  if (!KEY.test(key)) {
    throw new AppError(
      'BAD_REQUEST',
      `Expected an Idempotency-Key of 1 to 255 printable ASCII characters, found ${key.length} characters.`,
    );
  }
  return key;
}
