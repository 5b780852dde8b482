import type { Part } from '@quicksilver/common/lifecycle/part';

import { openNetwork } from './network.ts';
import { gatewaysOf, projectParts, type ProjectGiven } from './project-parts.ts';
import { printReadyBlock } from './ready-block.ts';

export interface Dev {
  readonly parts: readonly Part[];
  /** What is printed when everything serves. */
  readonly block: (seconds: number) => string;
}

/** Everything of a local run. The order of the parts is the order of the start. */
export async function assembleDev(given: ProjectGiven): Promise<Dev> {
  const { dataDirectory, loaded, data } = given;
  const network = await openNetwork(given);
  return {
    parts: [...network.parts, ...projectParts(given, network)],
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
