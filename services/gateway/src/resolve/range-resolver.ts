import type { RangeQuery } from '@quicksilver/contracts/mirror-api/range-query';
import { canonicalText } from '@quicksilver/common/numbers/decimal';
import type { Range, RangePages } from '@quicksilver/definition/binding';
import type { GraphQLResolveInfo } from 'graphql';

import type { GatewayContext } from './gateway-context.ts';
import { argumentType, inputJson } from './input-json.ts';
import { argumentKey } from './key-json.ts';
import { recordField } from './record-field.ts';
import { keyArgument, type Arguments, type Resolver, type TopicOf } from './read-resolver.ts';

/** Resolves the versions of a key between two bounds. */
export function rangeResolver(binding: Range, topicOf: TopicOf): Resolver {
  return (_source, args, context, info) => {
    const { keyJson, query } = rangeArguments(binding, args, context, info);
    return context.operation.range(topicOf(binding), keyJson, query);
  };
}

/** The key and the bounds of a range. A bound that is null or absent is an open end. */
export function rangeArguments(
  binding: Range | RangePages,
  args: Arguments,
  context: GatewayContext,
  info: GraphQLResolveInfo,
): { readonly keyJson: string; readonly query: RangeQuery } {
  const keyJson = argumentKey(keyArgument(binding, args, context, info));
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
