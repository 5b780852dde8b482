import type { Binding, Follow } from '@quicksilver/definition/binding';

import { visibleOnly } from './claims.ts';
import { followedResolver } from './followed-record.ts';
import { pacedList } from './paced-list.ts';
import { pageResolver } from './page-resolver.ts';
import { rangeResolver } from './range-resolver.ts';
import { readResolver, type Resolver, type TopicOf } from './read-resolver.ts';
import { writeResolver } from './write-resolver.ts';

export interface BindingResolverOptions {
  readonly topicOf: TopicOf;
  /** Called for every list that was read, with its number of items. */
  readonly onList?: (binding: Binding, items: number) => void;
}

/** The resolver of a bound field. It throws only `AppError`. */
export function bindingResolver(
  binding: Exclude<Binding, Follow>,
  { topicOf, onList }: BindingResolverOptions,
): Resolver {
  const count = (items: number): void => onList?.(binding, items);
  switch (binding.kind) {
    case 'range':
      return paced(visibleOnly(binding, rangeResolver(binding, topicOf)), count);
    case 'all-pages':
    case 'range-pages':
      return visibleOnly(binding, pageResolver(binding, topicOf));
    case 'write':
      return writeResolver(binding, topicOf);
    case 'one-by-event':
      return visibleOnly(binding, followedResolver(binding, topicOf, undefined));
    case 'one-by-argument':
    case 'one-by-field':
      return visibleOnly(
        binding,
        followedResolver(binding, topicOf, readResolver(binding, topicOf)),
      );
    case 'list-by-argument':
    case 'list-by-field':
    case 'all':
      return paced(visibleOnly(binding, readResolver(binding, topicOf)), count);
  }
}

function paced(resolver: Resolver, count: (items: number) => void): Resolver {
  return async (source, args, context, info) => {
    const items: unknown = await resolver(source, args, context, info);
    if (!Array.isArray(items)) {
      return items;
    }
    count(items.length);
    return pacedList(items, context.operation);
  };
}
