import { readConfig, type Environment } from '@quicksilver/common/config/option';
import type { KafkaClient } from '@quicksilver/common/kafka/ports';
import { runParts } from '@quicksilver/common/lifecycle/run-parts';

import { describeFailure } from '../dev/describe-failure.ts';
import { loadOptions } from '../dev/dev-options.ts';
import { Display, type Screen } from '../dev/display.ts';
import { createDisplayLog } from '../dev/display-log.ts';
import { GivenKafka } from '../dev/given-kafka.ts';
import { kafkaClientFor } from '../dev/kafka-client-for.ts';
import { openProject } from '../dev/project.ts';
import { ProjectLoader, type LoadMemory } from '../dev/project-loader.ts';
import { ProjectTopics } from '../dev/project-topics.ts';

export interface RunLoadOptions {
  readonly projectDir: string;
  readonly env: Environment;
  readonly stdout: Screen;
  readonly stderr: Screen;
  readonly signal: AbortSignal;
}

/** Each run loads everything: the keys and values are the same, so that changes nothing. */
const NO_MEMORY: LoadMemory = {
  has: () => Promise.resolve(false),
  add: () => Promise.resolve(),
};

/** `quick load`: creates the topics of a project and loads its data. Resolves to the exit code. */
export async function runLoad(options: RunLoadOptions): Promise<number> {
  const { env, stdout, stderr, signal } = options;
  const display = new Display({ screen: stderr, env, now: () => performance.now() });
  const done = new AbortController();
  try {
    const config = readConfig(loadOptions, env);
    const project = await openProject(options.projectDir);
    const { bootstrapServers, topicRegistry: registryTopic, ingestUrl } = config;
    const client = (): KafkaClient => kafkaClientFor(config.kafkaClient, bootstrapServers);
    const topics = new ProjectTopics({
      topics: project.topics,
      client,
      registryTopic,
      replicationFactor: config.replicationFactor === 0 ? -1 : config.replicationFactor,
      display,
    });
    const parts = [
      new GivenKafka({ bootstrapServers, client, topic: registryTopic, display }),
      topics,
      new ProjectLoader({
        topics: project.topics,
        ingest: { url: ingestUrl, key: config.apiKey[0] },
        loaded: NO_MEMORY,
        idOf: (topic) => topics.idOf(topic),
        display,
      }),
    ];
    await runParts(parts, {
      signal: AbortSignal.any([signal, done.signal]),
      drainMs: 0,
      log: createDisplayLog(display),
      onReady: () => {
        display.clear();
        stdout.write(`Loaded ${project.topics.map(({ name }) => name).join(', ')}.\n`);
        done.abort();
      },
    });
    return signal.aborted && !done.signal.aborted ? 1 : 0;
  } catch (error) {
    display.clear();
    stderr.write(`quick load: ${describeFailure(error)}\n`);
    return 1;
  }
}
