import type { BrokerAddress } from './broker.ts';

export interface SupportedApi {
  readonly apiKey: number;
  readonly minVersion: number;
  readonly maxVersion: number;
}

/**
 * The requests of the data path and their versions in the two adapters. Kafka 3.1 is the first
 * version that fetches by topic id. All later versions support them too.
 */
const REQUIRED = [
  { name: 'Produce', apiKey: 0, version: 7 },
  { name: 'Produce', apiKey: 0, version: 9 },
  { name: 'Fetch', apiKey: 1, version: 13 },
  { name: 'ListOffsets', apiKey: 2, version: 3 },
  { name: 'ListOffsets', apiKey: 2, version: 7 },
  { name: 'Metadata', apiKey: 3, version: 12 },
] as const;

/** Throws if the broker does not support a required version. */
export function requireVersions(address: BrokerAddress, supported: readonly SupportedApi[]): void {
  for (const { name, apiKey, version } of REQUIRED) {
    const range = supported.find((api) => api.apiKey === apiKey);
    if (range === undefined || version < range.minVersion || version > range.maxVersion) {
      const versions = range === undefined ? 'none' : `${range.minVersion} to ${range.maxVersion}`;
      throw new Error(
        `the broker at ${address.host}:${address.port} supports ${name} in version ${versions}, ` +
          `but ${version} is required. Use Kafka 3.1 or later.`,
      );
    }
  }
}
