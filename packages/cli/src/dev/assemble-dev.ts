import type { Part } from '@quicksilver/common/lifecycle/part';

import { openNetwork } from './network.ts';
import { gatewaysOf, projectParts, type ProjectOptions } from './project-parts.ts';
import { printReadyBlock } from './ready-block.ts';

export interface Dev {
  readonly parts: readonly Part[];
  /** The text to print once everything serves. */
  readonly block: (seconds: number) => string;
}

/** All parts of a local run, in the order of the start. */
export async function assembleDev(options: ProjectOptions): Promise<Dev> {
  const { dataDirectory, loaded, data } = options;
  const network = await openNetwork(options);
  return {
    parts: [...network.parts, ...projectParts(options, network)],
    block: (seconds) =>
      printReadyBlock({
        seconds,
        url: network.edge.url,
        gateways: gatewaysOf(loaded),
        topics: Object.keys(loaded.project.topics ?? {}),
        kafka: network.kafka.bootstrapServers,
        dataDir: dataDirectory.state,
        logDir: dataDirectory.logDir,
        query: data.query,
        hasKeys: network.edge.key !== undefined,
      }),
  };
}
