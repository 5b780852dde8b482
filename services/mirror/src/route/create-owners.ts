import type { ServiceDirectory } from '@quicksilver/contracts/control/service-directory';

import { Owners, type OwnersOptions } from './owners.ts';

export interface ReplicaConfig extends Omit<OwnersOptions, 'advertised'> {
  /** `host:port` under which others reach this replica. Empty if the options do not say. */
  readonly advertised: string;
}

export interface CreateOwnersOptions {
  /** The name of this mirror in the directory. */
  readonly name: string;
  /** Undefined if the configuration has the other replicas. */
  readonly directory: ServiceDirectory | undefined;
  /** `host:port` that this replica listens on. */
  readonly listening: () => string;
}

/** The replicas of the configuration, or those that the manager publishes. */
export function createOwners(
  { advertised, ...replicas }: ReplicaConfig,
  { name, directory, listening }: CreateOwnersOptions,
): Owners {
  const { ordinal } = replicas;
  const published = (): string | undefined => directory?.mirror(name)?.addresses[ordinal];
  return new Owners({
    ...(directory === undefined ? replicas : { ordinal, peers: [], copies: 1 }),
    advertised: () => (advertised === '' ? (published() ?? listening()) : advertised),
  });
}
