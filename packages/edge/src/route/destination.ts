import { AppError } from '@quicksilver/common/errors/app-error';

import type { Route } from './route.ts';

/** What was deployed and where its replicas listen, as `host:port`. */
export interface Targets {
  gateway(name: string): Replicas | undefined;
  mirrorOf(topic: string): Replicas | undefined;
  /** Why it is not known what was deployed; undefined once it is. */
  notReady(): string | undefined;
}

export interface Replicas {
  readonly addresses: readonly string[];
}

export interface FixedAddresses {
  readonly manager: string;
  readonly ingest: string;
}

export interface Destination {
  /** In the order in which they are tried; at least one. */
  readonly addresses: readonly string[];
  /** For messages: "the manager". */
  readonly label: string;
}

/** Finds the replicas of a route. Every call begins with the next one, so that they share the load. */
export class Destinations {
  readonly #targets: Targets;
  readonly #fixed: FixedAddresses;
  /** Which replica of a list is next. An entry that changes has a new list and begins anew. */
  readonly #next = new WeakMap<readonly string[], number>();

  constructor(targets: Targets, fixed: FixedAddresses) {
    this.#targets = targets;
    this.#fixed = fixed;
  }

  /** Throws `AppError`: nothing of that name (404), or nothing of it runs or is known yet (503). */
  find(route: Route): Destination {
    switch (route.kind) {
      case 'manager':
        return { label: 'the manager', addresses: [this.#fixed.manager] };
      case 'ingest':
        return { label: 'ingest', addresses: [this.#fixed.ingest] };
      case 'gateway': {
        const label = `gateway ${route.name}`;
        const found = this.#targets.gateway(route.name);
        return this.#rotated(found, label, () => {
          return new AppError('NOT_FOUND', `There is no gateway ${route.name}.`);
        });
      }
      case 'topic': {
        const label = `the mirror of topic ${route.topic}`;
        const found = this.#targets.mirrorOf(route.topic);
        return this.#rotated(found, label, () => {
          return new AppError('TOPIC_NOT_FOUND', `Topic ${route.topic} has no mirror here.`);
        });
      }
    }
  }

  #rotated(found: Replicas | undefined, label: string, missing: () => AppError): Destination {
    if (found === undefined) {
      throw this.#targets.notReady() === undefined
        ? missing()
        : new AppError('KAFKA_UNAVAILABLE', `It is not known yet where ${label} is. Try again.`);
    }
    const { addresses } = found;
    if (addresses.length === 0) {
      throw new AppError('NO_REPLICA', `No replica of ${label} runs now. Try again.`);
    }
    const at = (this.#next.get(addresses) ?? 0) % addresses.length;
    this.#next.set(addresses, at + 1);
    return { label, addresses: [...addresses.slice(at), ...addresses.slice(0, at)] };
  }
}
