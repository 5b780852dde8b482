import type { BrokerAddress } from './broker.ts';

export interface SupportedApi {
  readonly apiKey: number;
  readonly minVersion: number;
  readonly maxVersion: number;
}

/**
 * The requests of the data path and their versions in the two adapters: those of Kafka 3.1, the first
 * that fetches by topic id. Every later Kafka until now speaks them too.
 */
const REQUIRED = [
  { name: 'Produce', apiKey: 0, version: 7 },
  { name: 'Produce', apiKey: 0, version: 9 },
  { name: 'Fetch', apiKey: 1, version: 13 },
  { name: 'ListOffsets', apiKey: 2, version: 3 },
  { name: 'ListOffsets', apiKey: 2, version: 7 },
  { name: 'Metadata', apiKey: 3, version: 12 },
] as const;

/** Throws when the broker does not speak a version that is needed. */
export function requireVersions(address: BrokerAddress, supported: readonly SupportedApi[]): void {
  for (const { name, apiKey, version } of REQUIRED) {
    const range = supported.find((api) => api.apiKey === apiKey);
    if (range === undefined || version < range.minVersion || version > range.maxVersion) {
      const found = range === undefined ? 'none' : `${range.minVersion} to ${range.maxVersion}`;
      throw new Error(
        `the broker at ${address.host}:${address.port} speaks ${name} in version ${found}, ` +
          `${version} is needed: Kafka 3.1 or later is expected`,
      );
    }
  }
}
