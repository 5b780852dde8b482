import { AppError } from '@quicksilver/common/errors/app-error';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';
import type { GraphQLFieldResolver, GraphQLResolveInfo } from 'graphql';

import type {
  All,
  Binding,
  KeyArgument,
  ListByArgument,
  ListByField,
  OneByArgument,
  OneByField,
} from '@quicksilver/definition/binding';
import type { KeyedTopic } from '@quicksilver/definition/key-fit';
import { claimKey } from './claims.ts';
import type { GatewayContext } from './gateway-context.ts';
import { argumentKey, fieldKey } from './key-json.ts';
import { recordField } from './record-field.ts';
import { valueAt } from './value-at.ts';

export type ReadBinding = OneByArgument | ListByArgument | All | OneByField | ListByField;
/** The topic of a binding, with the range index of its mirror if that is known. */
export type BoundTopic = TopicEntry & Pick<KeyedTopic, 'range'>;
export type TopicOf = (binding: Binding) => BoundTopic;
export type Arguments = Readonly<Record<string, unknown>>;
/** The place of a field in the schema and in the result. */
export type FieldPlace = Pick<GraphQLResolveInfo, 'parentType' | 'fieldName' | 'path'>;
export type Resolver = GraphQLFieldResolver<unknown, GatewayContext, Arguments>;

/** The most keys in one argument. */
export const ARGUMENT_KEYS_MAX = 500;

/** The resolver of a field that reads by keys or lists a topic. It throws only `AppError`. */
export function readResolver(binding: ReadBinding, topicOf: TopicOf): Resolver {
  switch (binding.kind) {
    case 'one-by-argument':
      return (_source, args, context, info) => {
        const { operation } = context;
        const value = keyArgument(binding, args, context, info);
        const topic = topicOf(binding);
        return operation.readKey(topic, argumentKey(value, topic, binding.members));
      };
    case 'list-by-argument':
      return (_source, args, context, info) => {
        const { operation } = context;
        const value = keyArgument(binding, args, context, info);
        const values = argumentKeys(binding, value);
        const topic = topicOf(binding);
        const keys = values.map((key) =>
          key === null ? undefined : argumentKey(key, topic, binding.members),
        );
        return listOf(operation, topic, keys, binding.dropsMissing);
      };
    case 'all':
      return (_source, _args, { operation }) => operation.all(topicOf(binding));
    case 'one-by-field': {
      const path = binding.keyPath ?? binding.keyField.split('.');
      return (source, _args, { operation }) => {
        const value = valueAt(source, path);
        if (value === undefined || value === null) {
          return null;
        }
        const topic = topicOf(binding);
        const key = fieldKey(binding, value, topic);
        return key === undefined ? null : operation.readKey(topic, key);
      };
    }
    case 'list-by-field': {
      const path = binding.keyPath ?? binding.keyField.split('.');
      return (source, _args, { operation }) => {
        const value = valueAt(source, path);
        if (value === undefined || value === null) {
          return null;
        }
        const topic = topicOf(binding);
        const keys = (Array.isArray(value) ? value : [value]).map((key: unknown) =>
          fieldKey(binding, key, topic),
        );
        return listOf(operation, topic, keys, binding.dropsMissing);
      };
    }
  }
}

/** The values of an argument with a list of keys. Throws `AppError` if they are too many. */
export function argumentKeys({ argument }: KeyArgument, value: unknown): readonly unknown[] {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (values.length > ARGUMENT_KEYS_MAX) {
    throw new AppError(
      'TOO_MANY_KEYS',
      `The argument ${argument} has ${values.length} keys, but the limit is ${ARGUMENT_KEYS_MAX}. Send several requests.`,
    );
  }
  return values;
}

/** The value of a key argument. Throws `AppError` if it is absent. */
export function keyArgument(
  key: KeyArgument,
  args: Arguments,
  context: GatewayContext,
  info: FieldPlace,
): unknown {
  if (key.argumentOf === 'claim') {
    return claimKey(context, key.argument);
  }
  const { operation } = context;
  const source = key.argumentOf === 'field' ? args : operation.rootArguments(rootName(info));
  const value = recordField(source, key.argument);
  if (value === undefined || value === null) {
    throw new AppError('BAD_REQUEST', `Could not find argument ${key.argument}`);
  }
  return value;
}

/** The response name of the root field above a field. */
export function rootName(info: Pick<FieldPlace, 'path'>): string | number {
  let at = info.path;
  while (at.prev !== undefined) {
    at = at.prev;
  }
  return at.key;
}

/** A missing key is null in the list, or absent if `dropsMissing`. */
async function listOf(
  operation: GatewayContext['operation'],
  topic: TopicEntry,
  keys: readonly (string | undefined)[],
  dropsMissing: boolean,
): Promise<unknown[]> {
  const present = keys.filter((key) => key !== undefined);
  const values = await operation.readKeys(topic, present);
  if (dropsMissing) {
    return values.filter((value) => value !== null);
  }
  if (present.length === keys.length) {
    return values;
  }
  let at = 0;
  return keys.map((key) => {
    if (key === undefined) {
      return null;
    }
    at += 1;
    return values[at - 1];
  });
}
