import type { ValidateFunction } from 'ajv';

import { AppError } from '@quicksilver/common/errors/app-error';
import { describeError } from '@quicksilver/common/errors/describe';
import { codecFor } from '../codecs.ts';
import { withoutLineFeeds } from '../json-text.ts';
import type { MessageSchema } from '../message-schema.ts';
import { mismatch } from '../mismatch.ts';
import type { SchemaFile } from '../registry/schema-registry.ts';
import { jsonKeyForm } from './json-key-form.ts';
import { compileValidator } from './json-validator.ts';
import { mismatchOf } from './validation-error.ts';

/** Maximum characters of a schema including its references, far more than people write. */
const SCHEMA_CHARS_MAX = 524_288;
/** A schema does not change how a value is read. */
const FINGERPRINT = 'json';

/**
 * A JSON Schema. Values are read as they are: the schema is only used to check what is written, and
 * so it is compiled by `prepareWrite` or the first write. Throws `AppError` TYPE_MISMATCH if the
 * text is no JSON.
 */
export function parseJsonSchema(text: string, referred: readonly SchemaFile[] = []): MessageSchema {
  const chars = referred.reduce((sum, each) => sum + each.text.length, text.length);
  if (chars > SCHEMA_CHARS_MAX) {
    throw invalidSchema(`it has ${chars} characters, but at most ${SCHEMA_CHARS_MAX} are allowed`);
  }
  const schema = parsed(text);
  const json = codecFor('JSON');
  let validate: ValidateFunction | undefined;
  const prepare = (): ValidateFunction => {
    try {
      validate ??= compileValidator(
        schema,
        referred.map((file) => [file.name, parsed(file.text)]),
      );
      return validate;
    } catch (error) {
      throw invalidSchema(describeError(error), error);
    }
  };
  return {
    fingerprint: FINGERPRINT,
    keyForm: () => jsonKeyForm(schema),
    read: (bytes, at) => json.toJson(bytes.subarray(at)),
    prepareWrite: () => void prepare(),
    write(text) {
      const check = prepare();
      const value: unknown = JSON.parse(text);
      let isValid: boolean;
      try {
        isValid = check(value);
      } catch (error) {
        throw mismatch('value', `the schema cannot check it (${describeError(error)})`);
      }
      if (!isValid) {
        throw mismatchOf(check.errors?.[0], value);
      }
      return Buffer.from(withoutLineFeeds(text));
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalidSchema(describeError(error), error);
  }
}

function invalidSchema(why: string, cause?: unknown): AppError {
  return new AppError('TYPE_MISMATCH', `The JSON Schema is invalid: ${why.replace(/\.$/, '')}.`, {
    cause,
  });
}
