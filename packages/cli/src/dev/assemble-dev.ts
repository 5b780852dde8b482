import type { Part } from '@quicksilver/common/lifecycle/part';

import { describeFailure } from '../output/describe-failure.ts';
import { openNetwork } from './network.ts';
import { gatewaysOf, projectParts, type ProjectOptions } from './project-parts.ts';
import { printReadyBlock } from './ready-block.ts';

export interface Dev {
  readonly parts: readonly Part[];
  /** The text to print once everything serves. */
  readonly block: (seconds: number) => string;
}

/** All parts of a local run, in the order of the start. */
export async function assembleDev(options: Omit<ProjectOptions, 'onProblems'>): Promise<Dev> {
  const { dataDirectory, loaded, data } = options;
  const network = await openNetwork(options);
  let problems: readonly Error[] = [];
  const onProblems = (all: readonly Error[]): void => {
    problems = all;
  };
  return {
    parts: [...network.parts, ...projectParts({ ...options, onProblems }, network)],
    block: (seconds) =>
      printReadyBlock({
        seconds,
        problems: problems.map((problem) => describeFailure(problem)),
        url: network.edge.url,
        gateways: gatewaysOf(loaded),
        topics: Object.keys(loaded.project.topics ?? {}),
        kafka: network.kafka.bootstrapServers,
        registry: network.registry?.url,
        dataDir: dataDirectory.state,
        logDir: dataDirectory.logDir,
        query: data.query,
        hasKeys: network.edge.key !== undefined,
      }),
  };
}
