import { AppError } from '@quicksilver/common/errors/app-error';

import type { DataType, SchemaFormat } from '../codec.ts';
import { keyToJson } from '../codecs.ts';
import { compileValueCheck, type CheckValue } from '../conformance/value-checker.ts';
import type { ValueSchema } from '../conformance/value-schema.ts';
import { keyCodecFor } from '../key-codec.ts';
import type { SchemaHeader } from '../schema-header.ts';
import type { ValueReader } from './schema-values.ts';

/** The keys of a topic, as its entry in the topic registry has them. */
export interface KeyTypes {
  readonly keyType: DataType;
  /** Undefined if the bytes of keys need no schema. */
  readonly keyFormat?: SchemaFormat | undefined;
  readonly keySchema?: ValueSchema | undefined;
}

/**
 * Converts the bytes of a key to those of its type without a schema. Keys that are equal get the
 * same bytes, whatever versions of the schema they were written with. Throws `AppError` if they are
 * not a key of the topic.
 */
export type ReadKey = (bytes: Buffer, schemaHeader?: SchemaHeader) => Buffer;

/** `reader` reads the format of the keys. */
export function keyReaderOf(types: KeyTypes, reader: ValueReader): ReadKey {
  const { keyType, keyFormat, keySchema } = types;
  const codec = keyCodecFor(keyType, keyFormat);
  const check = keySchema === undefined || keyFormat === 'JSON_SCHEMA' ? ANY : checkOf(keySchema);
  return (bytes, schemaHeader) => {
    const key = codec.fromJson(reader.toJson(bytes, schemaHeader).toString('utf8'));
    const [mismatch] = check(keyToJson(keyType, key).toString('utf8'));
    if (mismatch !== undefined) {
      throw new AppError(
        'TYPE_MISMATCH',
        `${mismatch.path}: ${mismatch.message}. The schema of the key has another form than the keys of the topic.`,
      );
    }
    return key;
  };
}

const ANY: CheckValue = () => [];
/** One per version: an entry of the topic registry that changes has another schema. */
const CHECKS = new WeakMap<ValueSchema, CheckValue>();

function checkOf(schema: ValueSchema): CheckValue {
  const check =
    CHECKS.get(schema) ?? compileValueCheck(schema, { unknownMembers: 'reject', root: 'key' });
  CHECKS.set(schema, check);
  return check;
}
