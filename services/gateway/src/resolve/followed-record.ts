import { AppError } from '@quicksilver/common/errors/app-error';
import type { OneByArgument, OneByEvent, OneByField } from '@quicksilver/definition/binding';

import type { Resolver, TopicOf } from './read-resolver.ts';

export interface FollowedEvent {
  readonly topic: string;
  readonly keyJson: string;
  readonly value: unknown;
}

/**
 * The parent of fields whose topics are followed together: one event, and the key that the other
 * fields are filled by. Its own members are what a record would have, the field of the key alone.
 */
export class FollowedRecord {
  readonly #event: FollowedEvent;

  constructor(event: FollowedEvent, own: Readonly<Record<string, unknown>>) {
    this.#event = event;
    Object.assign(this, own);
  }

  /** The value of the event where it is of this topic. */
  eventOf(topic: string): { readonly value: unknown } | undefined {
    return this.#event.topic === topic ? this.#event : undefined;
  }

  get keyJson(): string {
    return this.#event.keyJson;
  }
}

/**
 * Below an event of several topics: what the event holds, and of the other topics the value of its
 * key, at least as new as their last event here. Elsewhere the field is read as ever.
 */
export function followedResolver(
  binding: OneByArgument | OneByField | OneByEvent,
  topicOf: TopicOf,
  elsewhere: Resolver | undefined,
): Resolver {
  return (source, args, context, info) => {
    if (source instanceof FollowedRecord) {
      const topic = topicOf(binding);
      const own = source.eventOf(topic.name);
      return own === undefined ? context.operation.load(topic, source.keyJson) : own.value;
    }
    if (elsewhere === undefined) {
      throw new AppError(
        'BAD_REQUEST',
        `${binding.typeName}.${binding.fieldName} has a key in a subscription only.`,
      );
    }
    return elsewhere(source, args, context, info);
  };
}
