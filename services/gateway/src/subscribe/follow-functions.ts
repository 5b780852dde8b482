import type { FollowFunctions } from '../compile/compile-schema.ts';
import type { Follow } from '@quicksilver/definition/binding';
import { argumentKey } from '../resolve/key-json.ts';
import { rootName, type TopicOf } from '../resolve/read-resolver.ts';
import type { FeedEvent } from './feed-event.ts';
import type { Feeds } from './feeds.ts';

/** How a field of Subscription gets its events, and what it answers for each. */
export function followFunctions(feeds: Feeds, topicOf: TopicOf) {
  return (binding: Follow): FollowFunctions => ({
    subscribe: async (_source, args, { operation }) => {
      const value = binding.key === undefined ? undefined : args[binding.key.argument];
      const isKeyed = value !== undefined && value !== null;
      const key = isKeyed ? argumentKey(value) : undefined;
      const subscription = await feeds.subscribe(topicOf(binding), key);
      // A client that goes away does not wait for the next event to be noticed.
      const leave = (): void => void subscription.return();
      operation.signal.addEventListener('abort', leave, { once: true });
      if (operation.signal.aborted) {
        leave();
      }
      return subscription;
    },
    resolve: (event, args, { operation }, info) => {
      const { topic, partition, offset, value } = event as FeedEvent;
      operation.beginEvent(topic, partition, offset);
      operation.rememberRoot(rootName(info), args);
      return value;
    },
  });
}
