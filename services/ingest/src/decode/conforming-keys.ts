import { compileValueCheck, type CheckValue } from '@quicksilver/codec/conformance/value-checker';
import type { ValueSchema } from '@quicksilver/codec/conformance/value-schema';
import { AppError } from '@quicksilver/common/errors/app-error';

/** One per version: an entry of the topic registry that changes has another schema. */
const CHECKS = new WeakMap<ValueSchema, CheckValue>();

/**
 * Requires that a key has its GraphQL type, without any other member, because that would be another
 * key. Throws `AppError` SCHEMA_MISMATCH with every mismatch and its path.
 */
export function requireKeyType(json: string, schema: ValueSchema): void {
  const check =
    CHECKS.get(schema) ?? compileValueCheck(schema, { unknownMembers: 'reject', root: 'key' });
  CHECKS.set(schema, check);
  const errors = check(json);
  if (errors.length > 0) {
    const detail = errors.map(({ path, message }) => `${path}: ${message}`).join('; ');
    throw new AppError('SCHEMA_MISMATCH', `${detail}.`, { extra: { errors } });
  }
}
