import { MirrorAddresses } from '@quicksilver/contracts/control/mirror-addresses';
import type { ServiceDirectory } from '@quicksilver/contracts/control/service-directory';
import { MirrorClient } from '@quicksilver/contracts/mirror-api/mirror-client';
import type { MirrorClientOptions } from '@quicksilver/contracts/mirror-api/mirror-client-options';
import { mirrorOrigin, type MirrorUrls } from '@quicksilver/contracts/mirror-api/mirror-urls';

export interface OpenMirrorClientOptions extends Omit<MirrorClientOptions, 'originsOf'> {
  /** The addresses that the manager publishes. Undefined if the addresses are fixed. */
  readonly directory: ServiceDirectory | undefined;
  /** The fixed addresses. */
  readonly urls: MirrorUrls;
}

/** A client of the mirrors of all topics, at fixed addresses or as the manager publishes them. */
export function openMirrorClient(options: OpenMirrorClientOptions): MirrorClient {
  const { directory, urls, ...rest } = options;
  if (directory === undefined) {
    return new MirrorClient({ ...rest, originsOf: (topic) => [mirrorOrigin(urls, topic)] });
  }
  const addresses = new MirrorAddresses(directory);
  const mirrors = new MirrorClient({ ...rest, originsOf: addresses.originsOf });
  addresses.follow(
    (listener) => directory.onChange(listener),
    (topic) => mirrors.forget(topic),
  );
  return mirrors;
}
