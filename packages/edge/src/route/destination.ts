import { AppError } from '@quicksilver/common/errors/app-error';

import type { Route } from './route.ts';

/** The deployed services and the addresses of their replicas, as `host:port`. */
export interface Targets {
  gateway(name: string): Replicas | undefined;
  mirrorOf(topic: string): Replicas | undefined;
  gateways(): readonly { readonly name: string }[];
  mirrors(): readonly { readonly topics: readonly { readonly topic: string }[] }[];
  /** Why the deployment is not known yet. Undefined once it is known. */
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
  /** In the order of attempts. Has at least one address. */
  readonly addresses: readonly string[];
  /** For messages, for example "the manager". */
  readonly label: string;
}

/** Finds the replicas of a route. Each call starts with the next replica, to balance the load. */
export class Destinations {
  readonly #targets: Targets;
  readonly #fixed: FixedAddresses;
  /**
   * The next replica of each list. A changed entry has a new list and starts with the first
   * replica.
   */
  readonly #next = new WeakMap<readonly string[], number>();

  constructor(targets: Targets, fixed: FixedAddresses) {
    this.#targets = targets;
    this.#fixed = fixed;
  }

  /**
   * Throws `AppError`: 404 if the service does not exist, 503 if it has no replicas or is not known
   * yet.
   */
  find(route: Route): Destination {
    switch (route.kind) {
      case 'manager':
        return { label: 'the manager', addresses: [this.#fixed.manager] };
      case 'ingest':
        return { label: 'ingest', addresses: [this.#fixed.ingest] };
      case 'gateway': {
        const label = `gateway ${route.name}`;
        const replicas = this.#targets.gateway(route.name);
        return this.#rotated(replicas, label, () => {
          return new AppError('NOT_FOUND', `There is no gateway ${route.name}.`);
        });
      }
      case 'topic': {
        const label = `the mirror of topic ${route.topic}`;
        const replicas = this.#targets.mirrorOf(route.topic);
        return this.#rotated(replicas, label, () => {
          return new AppError('TOPIC_NOT_FOUND', `Topic ${route.topic} has no mirror here.`);
        });
      }
    }
  }

  #rotated(replicas: Replicas | undefined, label: string, missing: () => AppError): Destination {
    if (replicas === undefined) {
      throw this.#targets.notReady() === undefined
        ? missing()
        : new AppError(
            'KAFKA_UNAVAILABLE',
            `The address of ${label} is not known yet. Retry later.`,
          );
    }
    const { addresses } = replicas;
    if (addresses.length === 0) {
      throw new AppError('NO_REPLICA', `No replica of ${label} is running. Retry later.`);
    }
    const at = (this.#next.get(addresses) ?? 0) % addresses.length;
    this.#next.set(addresses, at + 1);
    return { label, addresses: [...addresses.slice(at), ...addresses.slice(0, at)] };
  }
}
