import type { ServiceDirectory } from '@quicksilver/contracts/control/service-directory';
import { serviceKey } from '@quicksilver/contracts/control/service-entry';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { Part, PartContext } from '@quicksilver/common/lifecycle/part';

import type { Owners } from '../route/owners.ts';
import type { HostedTopics } from './hosted-topics.ts';

export interface SteeringOptions {
  /** The name of this process and its replicas. */
  readonly name: string;
  /** A part of its own, which starts and stops separately. */
  readonly directory: ServiceDirectory;
  readonly owners: Owners;
  readonly topics: HostedTopics;
  readonly log: Log;
}

/**
 * Hosts the topics of this mirror's entry in the service directory. It starts after the directory
 * was read to its end, because outdated entries would open and delete stores. Without an entry it
 * changes nothing: only an entry may delete a store.
 */
export class Steering implements Part {
  readonly name = 'steering';
  readonly #options: SteeringOptions;
  readonly #stopping = new AbortController();
  #forget: () => void = () => {};
  #waiting: Promise<void> = Promise.resolve();

  constructor(options: SteeringOptions) {
    this.#options = options;
  }

  async start(run: PartContext): Promise<void> {
    const { name } = this.#options;
    const key = serviceKey({ kind: 'mirror', name });
    const signal = AbortSignal.any([run.signal, this.#stopping.signal]);
    this.#waiting = this.#follow(key, signal).catch((error: unknown) => {
      if (!signal.aborted) {
        run.fail(error);
      }
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#waiting;
    this.#forget();
  }

  async #follow(mirrorKey: string, signal: AbortSignal): Promise<void> {
    const { directory } = this.#options;
    await directory.untilCaughtUp(signal);
    this.#apply();
    this.#forget = directory.onChange((key) => {
      if (key === mirrorKey) {
        this.#apply();
      }
    });
  }

  #apply(): void {
    const { directory, name, owners, topics, log } = this.#options;
    const entry = directory.mirror(name);
    if (entry === undefined) {
      log.info({ name }, 'this mirror has no entry in the service directory');
      return;
    }
    owners.update({ peers: entry.addresses, copies: entry.copies });
    topics.host(
      new Map(entry.topics.map(({ topic, ...topicArguments }) => [topic, topicArguments])),
    );
  }
}
