import { AppError } from '@quicksilver/common/errors/app-error';
import type { OneByArgument, OneByEvent, OneByField } from '@quicksilver/definition/binding';

import type { Resolver, TopicOf } from './read-resolver.ts';

export interface FollowedEvent {
  readonly topic: string;
  readonly keyJson: string;
  readonly value: unknown;
}

/**
 * The parent of fields whose topics are followed together: one event, and the key by which the
 * other fields are read. Its only own member is the field of the key.
 */
export class FollowedRecord {
  readonly #event: FollowedEvent;

  constructor(event: FollowedEvent, members: Readonly<Record<string, unknown>>) {
    this.#event = event;
    Object.assign(this, members);
  }

  /** The event, if it is one of this topic. */
  eventOf(topic: string): { readonly value: unknown } | undefined {
    return this.#event.topic === topic ? this.#event : undefined;
  }

  get keyJson(): string {
    return this.#event.keyJson;
  }
}

/**
 * Resolves a field below an event of several topics. The topic of the event has the value of the
 * event. Other topics have the value of the same key, at least as new as their last event in this
 * subscription. In other places `elsewhere` resolves the field.
 */
export function followedResolver(
  binding: OneByArgument | OneByField | OneByEvent,
  topicOf: TopicOf,
  elsewhere: Resolver | undefined,
): Resolver {
  return (source, args, context, info) => {
    if (source instanceof FollowedRecord) {
      const topic = topicOf(binding);
      const event = source.eventOf(topic.name);
      return event === undefined ? context.operation.readKey(topic, source.keyJson) : event.value;
    }
    if (elsewhere === undefined) {
      throw new AppError(
        'BAD_REQUEST',
        `The field ${binding.typeName}.${binding.fieldName} has a key only in a subscription. Select it in a subscription, or read its topic with another field.`,
      );
    }
    return elsewhere(source, args, context, info);
  };
}
