import { AppError } from '@quicksilver/common/errors/app-error';
import { isJsonNumber } from '@quicksilver/common/numbers/exact-number';
import type { Binding, Follow, FollowMany, KeyMember } from '@quicksilver/definition/binding';
import type { FollowFunctions } from '../compile/compile-schema.ts';
import { claimKey, visibilityOf } from '../resolve/claims.ts';
import { FollowedRecord } from '../resolve/followed-record.ts';
import { argumentKey } from '../resolve/key-json.ts';
import { recordField } from '../resolve/record-field.ts';
import { rootName, type Arguments, type TopicOf } from '../resolve/read-resolver.ts';
import { parseJson } from '@quicksilver/common/numbers/parse-json';
import type { Operation } from '../loaders/operation.ts';
import type { FeedEvent } from './feed-event.ts';
import type { Feeds, FollowedTopic } from './feeds.ts';
import type { Subscription } from './subscription.ts';
import { visibleEvents } from './visible-events.ts';
import { selectedTopics } from './selected-topics.ts';

export interface FollowOptions {
  readonly feeds: Feeds;
  readonly topicOf: TopicOf;
  readonly bindings: readonly Binding[];
}

/** The functions that subscribe a field of Subscription and resolve each of its events. */
export function followFunctions(
  needs: FollowOptions,
): (binding: Follow | FollowMany) => FollowFunctions {
  return (binding) =>
    binding.kind === 'follow' ? followOne(binding, needs) : followMany(binding, needs);
}

function followOne(binding: Follow, { feeds, topicOf }: FollowOptions): FollowFunctions {
  return {
    subscribe: async (_source, args, context) => {
      const entry = topicOf(binding);
      const topics = [{ entry, tombstones: binding.tombstones }];
      const { key, where } = binding;
      const isVisible = where && visibilityOf(where, context);
      const keyJson =
        key?.argumentOf === 'claim'
          ? argumentKey(claimKey(context, key.argument), entry, undefined)
          : keyOf(args, { argument: key?.argument, members: key?.members }, topics);
      const events = await subscribed(feeds, topics, keyJson, context.operation);
      return isVisible === undefined ? events : visibleEvents(events, isVisible);
    },
    resolve: (source, args, { operation }, info) => {
      const event = source as FeedEvent;
      begin(operation, event, undefined);
      operation.rememberRoot(rootName(info), args);
      return event.value;
    },
  };
}

function followMany(binding: FollowMany, needs: FollowOptions): FollowFunctions {
  return {
    subscribe: async (_source, args, { operation }, info) => {
      const topics = selectedTopics(binding, needs, info);
      return subscribed(
        needs.feeds,
        topics,
        keyOf(args, { argument: binding.keyArgument, members: binding.keyMembers }, topics),
        operation,
      );
    },
    resolve: (source, args, { operation }, info) => {
      const event = source as FeedEvent;
      const field = binding.fields.find(({ topic }) => topic === event.topic);
      begin(operation, event, field?.fieldName);
      operation.rememberRoot(rootName(info), args);
      const { keyField } = binding;
      return new FollowedRecord(
        event,
        keyField === undefined
          ? {}
          : { [keyField]: keyMember(parseJson(event.keyJson), binding.hasObjectKey === true) },
      );
    },
  };
}

async function subscribed(
  feeds: Feeds,
  topics: readonly FollowedTopic[],
  keyJson: string | undefined,
  operation: Operation,
): Promise<Subscription> {
  const subscription = await feeds.subscribe(topics, keyJson);
  // When the client leaves, the subscription ends without waiting for the next event.
  const leave = (): void => {
    const { reason } = operation.signal as { readonly reason: unknown };
    if (reason instanceof AppError) {
      subscription.fail(reason);
    } else {
      void subscription.return();
    }
  };
  operation.signal.addEventListener('abort', leave, { once: true });
  if (operation.signal.aborted) {
    leave();
  }
  return subscription;
}

function begin(operation: Operation, event: FeedEvent, field: string | undefined): void {
  const { topic, partition, offset, isTombstone, keyJson } = event;
  const tombstone = isTombstone
    ? { key: parseJson(keyJson), ...(field === undefined ? {} : { field }) }
    : undefined;
  operation.beginEvent(topic, partition, offset, tombstone);
}

/** A field that is no object has the only member of a key that is one. */
function keyMember(key: unknown, hasObjectKey: boolean): unknown {
  const isObject = typeof key === 'object' && key !== null && !isJsonNumber(key);
  const [only, ...more] = isObject && !hasObjectKey ? Object.values(key) : [];
  return only === undefined || more.length > 0 ? key : only;
}

interface EventKey {
  readonly argument: string | undefined;
  readonly members: readonly KeyMember[] | undefined;
}

/** Undefined if all keys are followed. The keys of all topics have the same form. */
function keyOf(
  args: Arguments,
  { argument, members }: EventKey,
  [topic]: readonly FollowedTopic[],
): string | undefined {
  const value = argument === undefined ? undefined : recordField(args, argument);
  return value === undefined || value === null || topic === undefined
    ? undefined
    : argumentKey(value, topic.entry, members);
}
