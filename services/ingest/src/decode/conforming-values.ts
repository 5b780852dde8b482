import { codecFor } from '@quicksilver/codec/codecs';
import {
  compileValueCheck,
  type ValueCheckOptions,
} from '@quicksilver/codec/conformance/value-checker';
import type { ValueSchema } from '@quicksilver/codec/conformance/value-schema';
import type { ValueWriter } from '@quicksilver/codec/registry/value-writers';
import { AppError } from '@quicksilver/common/errors/app-error';

/** Writes values of topics with a GraphQL type, and rejects those that do not have it. */
export class ConformingValues {
  readonly #options: ValueCheckOptions;
  /** One per version: an entry of the topic registry that changes has another schema. */
  readonly #writers = new WeakMap<ValueSchema, ValueWriter>();

  constructor(options: ValueCheckOptions) {
    this.#options = options;
  }

  /** The writer's `fromJson` throws `AppError` SCHEMA_MISMATCH with every mismatch and its path. */
  writerOf(schema: ValueSchema): ValueWriter {
    const writer = this.#writers.get(schema) ?? this.#create(schema);
    this.#writers.set(schema, writer);
    return writer;
  }

  #create(schema: ValueSchema): ValueWriter {
    const check = compileValueCheck(schema, this.#options);
    return {
      fromJson: (json) => {
        const errors = check(json);
        if (errors.length > 0) {
          const detail = errors.map(({ path, message }) => `${path}: ${message}`).join('; ');
          throw new AppError('SCHEMA_MISMATCH', `${detail}.`, { extra: { errors } });
        }
        return codecFor('JSON').fromJson(json);
      },
    };
  }
}
