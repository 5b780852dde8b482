import {
  ownedPartitions,
  ownersOf,
  type ReplicaSet,
} from '@quicksilver/contracts/mirror-api/ownership';

/** The addresses of all replicas. */
export interface ReplicaAddresses {
  /** `host:port` of every replica by ordinal; empty if this is the only one. */
  readonly peers: readonly string[];
  readonly copies: number;
}

export interface OwnersOptions extends ReplicaAddresses {
  /** This replica. */
  readonly ordinal: number;
  /** `host:port` of this replica for others. It must listen first. */
  readonly advertised: () => string;
}

/** Which replica owns which partition, with its address. */
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

  /** Sets the replicas or their addresses. */
  update(addresses: ReplicaAddresses): void {
    this.#peers = addresses.peers;
    this.#set = setOf(addresses);
  }

  /** The partitions of this replica. None if its ordinal is beyond the number of replicas. */
  owned(partitions: number): number[] {
    return ownedPartitions(this.#options.ordinal, partitions, this.#set);
  }

  /** The partitions of any replica. */
  ownedBy(ordinal: number, partitions: number): number[] {
    return ownedPartitions(ordinal, partitions, this.#set);
  }

  /** All other replicas. */
  otherReplicas(): { readonly ordinal: number; readonly address: string }[] {
    return Array.from({ length: this.replicas }, (_, ordinal) => ordinal)
      .filter((ordinal) => ordinal !== this.ordinal)
      .map((ordinal) => ({ ordinal, address: this.#addressOf(ordinal) }));
  }

  /** Whether this replica is the first owner. It does what only one owner may do. */
  isFirst(partition: number): boolean {
    return ownersOf(partition, this.#set)[0] === this.ordinal;
  }

  /** `host:port` of the partition's owners, the first owner first. */
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
