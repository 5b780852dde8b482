import type { Range } from '@quicksilver/definition/binding';

import { argumentType, inputJson } from './input-json.ts';
import { argumentKey } from './key-json.ts';
import { keyArgument, type Resolver, type TopicOf } from './read-resolver.ts';

/** The versions of a key between two bounds; a bound that is null or left out is an open end. */
export function rangeResolver(binding: Range, topicOf: TopicOf): Resolver {
  return (_source, args, { operation }, info) => {
    const key = argumentKey(keyArgument(binding, args, { operation }, info));
    const bound = (name: string): string | undefined => {
      const value = args[name];
      return value === null || value === undefined
        ? undefined
        : inputJson(argumentType(info, name), value);
    };
    const [from, to] = [bound(binding.rangeFrom), bound(binding.rangeTo)];
    return operation.range(topicOf(binding), key, {
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
    });
  };
}
