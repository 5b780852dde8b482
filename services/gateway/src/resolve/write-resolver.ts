import { AppError } from '@quicksilver/common/errors/app-error';
import type { Write } from '@quicksilver/definition/binding';
import { isNonNullType, responsePathAsArray } from 'graphql';

import { claimKey } from './claims.ts';
import { argumentType, inputJson } from './input-json.ts';
import { argumentKey } from './key-json.ts';
import { recordField } from './record-field.ts';
import type { Resolver, TopicOf } from './read-resolver.ts';

/**
 * Writes one record and returns the written value. A value that is null removes the key. An absent
 * value is an error, so that an omission never removes a key.
 */
export function writeResolver(binding: Write, topicOf: TopicOf): Resolver {
  return async (_source, args, context, info) => {
    const { operation } = context;
    const { keyArgument, valueArgument } = binding;
    const key =
      binding.keyOf === 'claim' ? claimKey(context, keyArgument) : recordField(args, keyArgument);
    const value = recordField(args, valueArgument);
    if (key === undefined || key === null || value === undefined) {
      const missing = value === undefined ? valueArgument : keyArgument;
      throw new AppError('BAD_REQUEST', `Could not find argument ${missing}`);
    }
    if (value === null && isNonNullType(info.returnType)) {
      throw new AppError(
        'NULL_VALUE',
        `The argument ${valueArgument} is null, which would remove the key, but the type of ${binding.typeName}.${binding.fieldName} is not nullable. Nothing was written. Send a value, or make the type nullable.`,
      );
    }
    const valueJson = value === null ? null : inputJson(argumentType(info, valueArgument), value);
    const topic = topicOf(binding);
    const record = { keyJson: argumentKey(key, topic, binding.members), valueJson };
    return operation.write(topic, record, responsePathAsArray(info.path));
  };
}
