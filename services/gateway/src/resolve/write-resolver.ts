import { AppError } from '@quicksilver/common/errors/app-error';
import type { Write } from '@quicksilver/definition/binding';
import { isNonNullType, responsePathAsArray } from 'graphql';

import { argumentType, inputJson } from './input-json.ts';
import { argumentKey } from './key-json.ts';
import { recordField } from './record-field.ts';
import type { Resolver, TopicOf } from './read-resolver.ts';

/**
 * Writes one record and answers with its value as it was written. A value that is null removes the
 * key; one that was not given is an error, since nobody removes anything by leaving something out.
 */
export function writeResolver(binding: Write, topicOf: TopicOf): Resolver {
  return async (_source, args, { operation }, info) => {
    const { keyArgument, valueArgument } = binding;
    const [key, value] = [recordField(args, keyArgument), recordField(args, valueArgument)];
    if (key === undefined || key === null || value === undefined) {
      const missing = value === undefined ? valueArgument : keyArgument;
      throw new AppError('BAD_REQUEST', `Could not find argument ${missing}`);
    }
    if (value === null && isNonNullType(info.returnType)) {
      throw new AppError(
        'NULL_VALUE',
        `The argument ${valueArgument} is null, which would remove the key, but ${binding.typeName}.${binding.fieldName} cannot answer with null. Nothing was written.`,
      );
    }
    const valueJson = value === null ? null : inputJson(argumentType(info, valueArgument), value);
    const record = { keyJson: argumentKey(key), valueJson };
    return operation.write(topicOf(binding), record, responsePathAsArray(info.path));
  };
}
