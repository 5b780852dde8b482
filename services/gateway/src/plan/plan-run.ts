import type { Binding } from '@quicksilver/definition/binding';

import type { GatewayContext } from '../resolve/gateway-context.ts';
import type { TopicOf } from '../resolve/read-resolver.ts';

export interface PlanRunOptions {
  readonly context: GatewayContext;
  /** Coerced. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly topicOf: TopicOf;
}

/** One run of a plan. It counts what it prints and lets other operations run in between. */
export class PlanRun {
  readonly context: GatewayContext;
  readonly variables: PlanRunOptions['variables'];
  readonly topicOf: TopicOf;
  readonly #lists: [binding: Binding, items: number][] = [];
  #values = 0;
  #bytes = 0;

  constructor({ context, variables, topicOf }: PlanRunOptions) {
    this.context = context;
    this.variables = variables;
    this.topicOf = topicOf;
  }

  /** Lists that were read, with their numbers of items. */
  get lists(): readonly (readonly [Binding, number])[] {
    return this.#lists;
  }

  countList(binding: Binding, items: number): void {
    this.#lists.push([binding, items]);
    this.#values += items;
  }

  count(values: number, bytes: number): void {
    this.#values += values;
    this.#bytes += bytes;
  }

  /** Whether `pause` must be called. Throws if the operation exceeds a limit. */
  isPauseDue(): boolean {
    const { budget } = this.context.operation;
    if (this.#values > 0) {
      budget.complete(this.#values, this.#bytes);
      this.#values = 0;
      this.#bytes = 0;
    }
    return budget.isSliceOver;
  }

  /** Resolves after other work has run. Throws if the operation has ended. */
  async pause(): Promise<void> {
    const { operation } = this.context;
    while (operation.budget.isSliceOver) {
      await operation.budget.yield();
      operation.checkDeadline();
    }
    operation.signal.throwIfAborted();
  }
}
