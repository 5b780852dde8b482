import type { RangeQuery } from '@quicksilver/contracts/mirror-api/range-query';
import { canonicalText } from '@quicksilver/common/numbers/decimal';
import type { Range, RangePages } from '@quicksilver/definition/binding';

import type { GatewayContext } from './gateway-context.ts';
import { argumentType, inputJson } from './input-json.ts';
import { argumentKey } from './key-json.ts';
import { recordField } from './record-field.ts';
import {
  keyArgument,
  type Arguments,
  type BoundTopic,
  type FieldPlace,
  type Resolver,
  type TopicOf,
} from './read-resolver.ts';

/** Resolves the versions of a key between two bounds. */
export function rangeResolver(binding: Range, topicOf: TopicOf): Resolver {
  return (_source, args, context, info) => {
    const topic = topicOf(binding);
    const { keyJson, query } = rangeArguments(binding, topic, args, { context, info });
    return context.operation.range(topic, keyJson, query);
  };
}

/** The key and the bounds of a range. A bound that is null or absent is an open end. */
export function rangeArguments(
  binding: Range | RangePages,
  topic: BoundTopic,
  args: Arguments,
  { context, info }: { readonly context: GatewayContext; readonly info: FieldPlace },
): { readonly keyJson: string; readonly query: RangeQuery } {
  // The key is the value of a field of any type if the mirror has a range key.
  const keyed =
    topic.range?.hasRangeKey === true ? ({ name: topic.name, keyType: 'JSON' } as const) : topic;
  const key = keyArgument(binding, args, context, info);
  const keyJson = argumentKey(key, keyed, binding.members);
  // Equal numbers must be the same bound, because a cursor is valid only for its own bounds.
  const bound = (name: string): string | undefined => {
    const value = recordField(args, name);
    return value === null || value === undefined
      ? undefined
      : canonicalText(inputJson(argumentType(info, name), value));
  };
  const [from, to] = [bound(binding.rangeFrom), bound(binding.rangeTo)];
  const query = {
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
  return { keyJson, query };
}
