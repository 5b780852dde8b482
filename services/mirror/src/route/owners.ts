import {
  ownedPartitions,
  ownersOf,
  type ReplicaSet,
} from '@quicksilver/contracts/mirror-api/ownership';

/** All replicas of this process. */
export interface ReplicaAddresses {
  /** `host:port` of every replica by ordinal; empty where this is the only one. */
  readonly peers: readonly string[];
  readonly copies: number;
}

export interface OwnersOptions extends ReplicaAddresses {
  /** This replica. */
  readonly ordinal: number;
  /** `host:port` under which others reach this replica; known once it listens. */
  readonly advertised: () => string;
}

/** Which replica owns which partition, and where it is reached. */
export class Owners {
  readonly #options: OwnersOptions;
  #peers: readonly string[];
  #set: ReplicaSet;

  constructor(options: OwnersOptions) {
    this.#options = options;
    this.#peers = options.peers;
    this.#set = setOf(options);
  }

  get ordinal(): number {
    return this.#options.ordinal;
  }

  get replicas(): number {
    return this.#set.replicas;
  }

  /** There are other replicas from now on, or they are elsewhere. */
  update(addresses: ReplicaAddresses): void {
    this.#peers = addresses.peers;
    this.#set = setOf(addresses);
  }

  /** The partitions of this replica: none where the replicas became fewer than its ordinal. */
  owned(partitions: number): number[] {
    return ownedPartitions(this.#options.ordinal, partitions, this.#set);
  }

  /** The partitions of any replica. */
  ownedBy(ordinal: number, partitions: number): number[] {
    return ownedPartitions(ordinal, partitions, this.#set);
  }

  /** All other replicas. */
  others(): { readonly ordinal: number; readonly address: string }[] {
    return Array.from({ length: this.replicas }, (_, ordinal) => ordinal)
      .filter((ordinal) => ordinal !== this.ordinal)
      .map((ordinal) => ({ ordinal, address: this.#addressOf(ordinal) }));
  }

  /** Whether this replica is the first owner, so that there is one for what only one may do. */
  isFirst(partition: number): boolean {
    return ownersOf(partition, this.#set)[0] === this.ordinal;
  }

  /** `host:port` of the partition's owners, first one first. */
  addressesOf(partition: number): string[] {
    return ownersOf(partition, this.#set).map((ordinal) => this.#addressOf(ordinal));
  }

  #addressOf(ordinal: number): string {
    const { advertised } = this.#options;
    return ordinal === this.#options.ordinal
      ? advertised()
      : (this.#peers[ordinal] ?? advertised());
  }
}

function setOf({ peers, copies }: ReplicaAddresses): ReplicaSet {
  return { replicas: Math.max(1, peers.length), copies };
}
