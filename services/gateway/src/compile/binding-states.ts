import { AppError } from '@quicksilver/common/errors/app-error';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';
import type { Binding } from '@quicksilver/definition/binding';
import { bindingState, fieldOf, type BindingState } from '@quicksilver/definition/binding-state';
import { keyMismatch, type KeyedTopic } from '@quicksilver/definition/key-fit';
import { valueMismatch } from '@quicksilver/definition/value-fit';

/** The part of the topic registry that bindings need. */
export interface TopicLookup {
  get(name: string): TopicEntry | undefined;
  /** Throws `AppError` where the topic is not known. */
  require(name: string): TopicEntry;
}

export interface BindingStatesOptions {
  readonly bindings: readonly Binding[];
  readonly topics: TopicLookup;
  /** The range index of a topic's mirror; null where it has none, undefined where nobody knows. */
  readonly rangeOf?: ((topic: string) => KeyedTopic['range']) | undefined;
  readonly log: Log;
}

/** What the topics of a schema's bindings are now: asked anew at every use, since topics come and go. */
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
  readonly topicOf = (binding: Binding): TopicEntry => {
    const topic = this.#options.topics.require(binding.topic);
    // Whether a range can be answered its mirror says, which has the last word and a code of its own.
    const reason = keyMismatch(binding, this.#withRange(topic)) ?? valueMismatch(binding, topic);
    if (reason !== undefined) {
      throw new AppError('TYPE_MISMATCH', reason);
    }
    return topic;
  };

  #withRange<T extends TopicEntry | undefined>(topic: T): T & Pick<KeyedTopic, 'range'> {
    return topic && { ...topic, range: this.#options.rangeOf?.(topic.name) };
  }

  /** Tells the log about the bindings of a topic (or all) whose state is new. */
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
          this.#options.log.warn({ ...fields, reason: state.reason }, 'a field cannot be answered');
        } else {
          this.#options.log.debug({ ...fields, state: state.state }, 'a field has a new state');
        }
      }
    }
  }
}
