import type { Part } from '@quicksilver/common/lifecycle/part';
import type { ServiceDirectory } from '@quicksilver/contracts/control/service-directory';
import type { MirrorClient } from '@quicksilver/contracts/mirror-api/mirror-client';
import type { TopicRegistry } from '@quicksilver/contracts/topics/topic-registry';
import { closingPart } from '@quicksilver/service/closing-part';
import { openMirrorClient } from '@quicksilver/service/open-mirror-client';
import type { ServiceKit } from '@quicksilver/service/service-kit';

import type { GatewayConfig } from './config.ts';
import { TopicSizes } from './execute/limits/topic-sizes.ts';
import type { GatewayMetrics } from './metrics.ts';
import { RestClient } from './rest/rest-client.ts';
import { IngestWriter } from './write/ingest-writer.ts';

/** The clients of other services. */
export interface Clients {
  readonly mirrors: MirrorClient;
  readonly writer: IngestWriter;
  readonly rest: RestClient;
  /** Sizes of topics, from their mirrors. */
  readonly sizes: TopicSizes;
  readonly parts: readonly Part[];
}

export interface OpenClientsOptions {
  readonly kit: ServiceKit;
  readonly topics: TopicRegistry;
  readonly directory: ServiceDirectory | undefined;
  readonly metrics: GatewayMetrics;
}

export function openClients(
  config: GatewayConfig,
  { kit, topics, directory, metrics }: OpenClientsOptions,
): Clients {
  const { peerKey } = kit.keys;
  const mirrors = openMirrorClient({
    ...config.operations,
    directory,
    urls: config.mirrors,
    peerKey,
    onCall: metrics.mirrorAnswered,
  });
  const writer = new IngestWriter({
    url: config.ingestUrl,
    peerKey,
    onWrite: metrics.recordWritten,
  });
  const rest = new RestClient({
    ...config.rest,
    hosts: config.restHosts,
    log: kit.log,
    onCall: metrics.restAnswered,
  });
  const sizes = new TopicSizes({
    read: (topic) => mirrors.size(topics.require(topic)),
    refreshMs: config.sizeRefreshMs,
  });
  const parts = [
    closingPart('mirror client', mirrors),
    closingPart('ingest client', writer),
    closingPart('REST client', rest),
  ];
  return { mirrors, writer, rest, sizes, parts };
}
