import { AppError } from '@quicksilver/common/errors/app-error';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';
import type { Binding } from '@quicksilver/definition/binding';
import { bindingState, fieldOf, type BindingState } from '@quicksilver/definition/binding-state';
import { keyMismatch, type KeyedTopic } from '@quicksilver/definition/key-fit';
import { valueMismatch } from '@quicksilver/definition/value-fit';

import type { BoundTopic } from '../resolve/read-resolver.ts';

/** The part of the topic registry that bindings need. */
export interface TopicLookup {
  get(name: string): TopicEntry | undefined;
  /** Throws `AppError` if the topic is not registered. */
  require(name: string): TopicEntry;
}

export interface BindingStatesOptions {
  readonly bindings: readonly Binding[];
  readonly topics: TopicLookup;
  /** The range index of a topic's mirror. Null if it has none, undefined if that is not known. */
  readonly rangeOf?: ((topic: string) => KeyedTopic['range']) | undefined;
  readonly log: Log;
}

/** The states of a schema's bindings. Each use reads the registry, because topics come and go. */
export class BindingStates {
  readonly #options: BindingStatesOptions;
  readonly #reported = new Map<Binding, string>();

  constructor(options: BindingStatesOptions) {
    this.#options = options;
  }

  stateOf(binding: Binding): BindingState {
    return bindingState(binding, this.#withRange(this.#options.topics.get(binding.topic)));
  }

  /** The topic of a binding that is ready. Throws `AppError` for any other. */
  readonly topicOf = (binding: Binding): BoundTopic => {
    const topic = this.#withRange(this.#options.topics.require(binding.topic));
    // The mirror checks ranges itself and returns an error code of its own.
    const reason = keyMismatch(binding, topic) ?? valueMismatch(binding, topic);
    if (reason !== undefined) {
      throw new AppError('TYPE_MISMATCH', reason);
    }
    return topic;
  };

  #withRange<T extends TopicEntry | undefined>(topic: T): T & Pick<KeyedTopic, 'range'> {
    return topic && { ...topic, range: this.#options.rangeOf?.(topic.name) };
  }

  /** Logs the bindings of a topic, or of all topics, whose state has changed. */
  report(topic?: string): void {
    for (const binding of this.#options.bindings) {
      if (topic !== undefined && binding.topic !== topic) {
        continue;
      }
      const state = this.stateOf(binding);
      if (this.#reported.get(binding) !== state.state) {
        this.#reported.set(binding, state.state);
        const fields = { field: fieldOf(binding), topic: binding.topic };
        if (state.state === 'invalid') {
          this.#options.log.warn({ ...fields, reason: state.reason }, 'a field cannot be served');
        } else {
          this.#options.log.debug({ ...fields, state: state.state }, 'a field has a new state');
        }
      }
    }
  }
}
