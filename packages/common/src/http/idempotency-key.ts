import { AppError } from '../errors/app-error.ts';

/** After the IETF's draft-ietf-httpapi-idempotency-key-header. */
export const IDEMPOTENCY_KEY_HEADER = 'idempotency-key';

/** Printable ASCII: the draft has a string in quotes, and many clients leave them out. */
const KEY = /^[\x20-\x7e]{1,255}$/;

/** Throws `AppError('BAD_REQUEST')` for a key that is none. */
export function checkIdempotencyKey(key: string): string {
  if (!KEY.test(key)) {
    throw new AppError(
      'BAD_REQUEST',
      `Expected an Idempotency-Key of 1 to 255 printable ASCII characters, found ${key.length} characters.`,
    );
  }
  return key;
}
