import type { ServiceDirectory } from '@quicksilver/contracts/control/service-directory';
import { serviceKey } from '@quicksilver/contracts/control/service-entry';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { Part, PartContext } from '@quicksilver/common/lifecycle/part';

import type { HostedTopics } from './hosted-topics.ts';
import type { Owners } from '../route/owners.ts';

export interface SteeringOptions {
  /** Of this process and its replicas. */
  readonly name: string;
  /** Started and stopped by its own. */
  readonly directory: ServiceDirectory;
  readonly owners: Owners;
  readonly topics: HostedTopics;
  readonly log: Log;
}

/**
 * Lets this process host what its entry in the service directory says, from when the directory has
 * been read to its end: entries from before would open and remove stores that nobody means any more.
 * While there is no entry everything stays as it is, for only an entry may delete a store.
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
    const own = serviceKey({ kind: 'mirror', name });
    const signal = AbortSignal.any([run.signal, this.#stopping.signal]);
    this.#waiting = this.#follow(own, signal).catch((error: unknown) => {
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

  async #follow(own: string, signal: AbortSignal): Promise<void> {
    const { directory } = this.#options;
    await directory.untilCaughtUp(signal);
    this.#apply();
    this.#forget = directory.onChange((key) => {
      if (key === own) {
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
    topics.host(new Map(entry.topics.map(({ topic, ...given }) => [topic, given])));
  }
}
