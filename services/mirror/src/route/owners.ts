import {
  ownedPartitions,
  ownersOf,
  type ReplicaSet,
} from '@quicksilver/common/mirror-api/ownership';

export interface OwnersOptions {
  /** This replica. */
  readonly ordinal: number;
  /** `host:port` of every replica by ordinal; empty where this is the only one. */
  readonly peers: readonly string[];
  readonly copies: number;
  /** `host:port` under which others reach this replica; known once it listens. */
  readonly advertised: () => string;
}

/** Which replica owns which partition, and where it is reached. */
export class Owners {
  readonly #options: OwnersOptions;
  readonly #set: ReplicaSet;

  constructor(options: OwnersOptions) {
    this.#options = options;
    this.#set = { replicas: Math.max(1, options.peers.length), copies: options.copies };
  }

  get ordinal(): number {
    return this.#options.ordinal;
  }

  get replicas(): number {
    return this.#set.replicas;
  }

  /** The partitions of this replica. */
  owned(partitions: number): number[] {
    return ownedPartitions(this.#options.ordinal, partitions, this.#set);
  }

  /** `host:port` of the partition's owners, first one first. */
  addressesOf(partition: number): string[] {
    return ownersOf(partition, this.#set).map((ordinal) => this.#addressOf(ordinal));
  }

  #addressOf(ordinal: number): string {
    const { peers, advertised } = this.#options;
    return ordinal === this.#options.ordinal ? advertised() : (peers[ordinal] ?? advertised());
  }
}
