import { readConfig } from '@quicksilver/common/config/option';

import { kafkaClientFor } from '../context/kafka-client-for.ts';
import { describeFailure } from '../output/describe-failure.ts';
import { Display } from '../output/display.ts';
import type { Surroundings } from '../output/surroundings.ts';
import { readProject } from '../project/read-project.ts';
import { awaitKafka } from './await-kafka.ts';
import { loadOptions } from './load-options.ts';
import { openProjectData } from './project-data.ts';
import { loadProjectData, type LoadMemory } from './project-loader.ts';
import { registerProjectTopics } from './project-topics.ts';

/** Each run loads everything again: it writes the same keys and values. */
const NO_MEMORY: LoadMemory = {
  has: () => Promise.resolve(false),
  add: () => Promise.resolve(),
};

/** `quick load`: creates the topics of a project and loads its data. Resolves to the exit code. */
export async function runLoad(projectDir: string, around: Surroundings): Promise<number> {
  const { env, stdout, stderr, signal } = around;
  const display = new Display({ screen: stderr, env, now: () => performance.now() });
  try {
    const config = readConfig(loadOptions, env);
    const loaded = await readProject(projectDir, undefined, around);
    const { topics } = await openProjectData(loaded);
    const { bootstrapServers, topicRegistry: registryTopic, ingestUrl } = config;
    const kafka = kafkaClientFor(config, bootstrapServers);
    await awaitKafka({ bootstrapServers, kafka, topic: registryTopic, display }, signal);
    display.status('Creating the topics');
    await registerProjectTopics({
      topics: loaded.project.topics ?? {},
      kafka,
      registryTopic,
      replicationFactor: config.replicationFactor === 0 ? -1 : config.replicationFactor,
      signal,
    });
    await loadProjectData(
      {
        topics,
        ingest: { url: ingestUrl, key: config.apiKey[0] },
        memory: NO_MEMORY,
        idOf: (topic) => Promise.resolve(topic),
        display,
      },
      signal,
    );
    signal.throwIfAborted();
    display.clear();
    stdout.write(`Loaded ${topics.map(({ name }) => name).join(', ')}.\n`);
    return 0;
  } catch (error) {
    display.clear();
    stderr.write(signal.aborted ? '' : `quick load: ${describeFailure(error)}\n`);
    return 1;
  }
}
