import { setTimeout as pause } from 'node:timers/promises';

import { call } from '@quicksilver/testkit/http-call';
import type { TestNetwork } from '@quicksilver/testkit/test-network';

export interface ReadLoadOptions {
  readonly network: TestNetwork;
  readonly topic: string;
  /** Keys that exist and do not change while the load runs. */
  readonly pairs: ReadonlyMap<string, string>;
}

const EVERY_MS = 5;

/** Lookups of existing keys, at the mirror and through the gateway, one after the other. */
export class ReadLoad {
  readonly #options: ReadLoadOptions;
  readonly #stopping = new AbortController();
  readonly #done: Promise<void>;
  #right = 0;
  readonly #wrong: unknown[] = [];

  private constructor(options: ReadLoadOptions) {
    this.#options = options;
    this.#done = this.#run();
  }

  static start(options: ReadLoadOptions): ReadLoad {
    return new ReadLoad(options);
  }

  /** Lookups that had the right value so far. */
  get right(): number {
    return this.#right;
  }

  /** All other answers. */
  get wrong(): readonly unknown[] {
    return this.#wrong;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { network, pairs, topic } = this.#options;
    while (!this.#stopping.signal.aborted) {
      for (const [key, value] of pairs) {
        const url = `${network.mirror(topic).url}/topics/${topic}/keys/${key}`;
        const answers = await Promise.all([
          attempt(async () => JSON.parse((await call(url)).text) as unknown),
          attempt(async () => {
            const { data, errors } = await network.graphql(`{ value(key: "${key}") }`);
            return errors ?? (data as { value: unknown }).value;
          }),
        ]);
        for (const answer of answers) {
          if (answer === value) {
            this.#right += 1;
          } else {
            this.#wrong.push({ key, answer });
          }
        }
        // A load of a few hundred lookups a second, not as many as fit.
        await pause(EVERY_MS);
      }
    }
  }
}

async function attempt(work: () => Promise<unknown>): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    return String(error);
  }
}
