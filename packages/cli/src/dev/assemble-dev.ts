import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';

import type { Environment } from '@quicksilver/common/config/option';
import type { KafkaClient } from '@quicksilver/common/kafka/ports';
import type { Part } from '@quicksilver/common/lifecycle/part';

import { childEnv } from './child-env.ts';
import { DataDirectory } from './data-directory.ts';
import type { DevConfig } from './dev-options.ts';
import type { Display } from './display.ts';
import { GivenKafka } from './given-kafka.ts';
import type { IngestAccess } from './ingest-client.ts';
import { kafkaClientFor } from './kafka-client-for.ts';
import type { KafkaPart } from './kafka-part.ts';
import { LiveReplay } from './live-replay.ts';
import { LoadedTopics } from './loaded-topics.ts';
import { MirrorCatchUp } from './mirror-catch-up.ts';
import { OwnKafka } from './own-kafka.ts';
import { PortCheck } from './port-check.ts';
import type { Project } from './project.ts';
import { ProjectLoader } from './project-loader.ts';
import { ProjectTopics } from './project-topics.ts';
import { printReadyBlock } from './ready-block.ts';
import { ServiceProcess } from './service-process.ts';
import { serviceTable, type ServiceRow } from './service-table.ts';
import { together } from './together.ts';

export interface DevSurroundings {
  readonly env: Environment;
  readonly display: Display;
  readonly nodePath: string;
  readonly pid: number;
}

export interface Dev {
  readonly parts: readonly Part[];
  readonly dataDir: string;
  /** What is printed when everything serves. */
  readonly block: (seconds: number) => string;
}

/** Milliseconds that a service has to finish its work, and Kafka after them. */
export const SERVICE_DRAIN_MS = 2_000;
/** What the command line of every such run ends its program's path with. */
const MAIN_FILE = 'cli/src/main.ts';
const KAFKA_STOP_MS = 2_000;
/** Kafka's own word for its default replication factor. */
const BROKER_DECIDES = -1;

/** Everything of a local run. The order of the parts is the order of the start. */
export function assembleDev(config: DevConfig, project: Project, around: DevSurroundings): Dev {
  const { env, display, nodePath, pid } = around;
  const dataDirectory = new DataDirectory({ path: config.dataDir, pid, mark: MAIN_FILE });
  const services = serviceTable(config, project, dataDirectory.mirrorDir);
  const { ingest, mirror, gateway } = services;
  const key = config.apiKey[0];
  const everywhere = peerKeyEnv(config);
  const client = (): KafkaClient =>
    kafkaClientFor(config.kafkaClient, kafka.bootstrapServers.split(','));
  const kafka = kafkaPart(config, around, { client, dataDirectory });
  const topics = new ProjectTopics({
    topics: project.topics,
    client,
    registryTopic: config.topicRegistry,
    replicationFactor: isGiven(config) ? BROKER_DECIDES : 1,
    display,
  });
  const service = (row: ServiceRow): Part =>
    new ServiceProcess({
      name: row.name,
      mainFile: mainFileOf(row),
      nodePath,
      env: () => childEnv(env, { ...row.env, ...everywhere, ...forAll(config, kafka) }),
      readyUrl: row.readyUrl,
      dataDirectory,
    });

  const parts = [
    dataDirectory,
    new PortCheck(config.host, [...gateway.ports, ...ingest.ports, ...mirror.ports]),
    kafka,
    topics,
    together('services', [service(ingest), service(mirror), service(gateway)]),
    new ProjectLoader({
      topics: project.topics,
      ingest: { url: ingest.url, key },
      loaded: new LoadedTopics(dataDirectory),
      idOf: (topic) => topics.idOf(topic),
      display,
    }),
    new MirrorCatchUp({
      topics: project.topics.map(({ name }) => name),
      mirrorUrl: mirror.url,
      key,
      client,
      display,
      dataDirectory,
    }),
    ...liveParts(project, { url: ingest.url, key }, display),
  ];
  return {
    parts,
    dataDir: dataDirectory.path,
    block: (seconds) =>
      printReadyBlock({
        seconds,
        gatewayUrl: gateway.url,
        ingestUrl: ingest.url,
        mirrorUrl: mirror.url,
        topics: project.topics.map(({ name }) => name),
        kafka: kafka.bootstrapServers,
        dataDir: dataDirectory.path,
        logDir: dataDirectory.logDir,
        query: project.query,
      }),
  };
}

function isGiven(config: DevConfig): boolean {
  return config.bootstrapServers.length > 0;
}

function kafkaPart(
  config: DevConfig,
  { env, display }: DevSurroundings,
  { client, dataDirectory }: { client: () => KafkaClient; dataDirectory: DataDirectory },
): KafkaPart {
  return isGiven(config)
    ? new GivenKafka({ ...config, client, topic: config.topicRegistry, display })
    : new OwnKafka({ dataDirectory, env, display, stopTimeoutMs: KAFKA_STOP_MS });
}

function liveParts(project: Project, ingest: IngestAccess, display: Display): readonly Part[] {
  return project.live === undefined
    ? []
    : [new LiveReplay({ live: project.live, ingest, display })];
}

function mainFileOf({ name }: ServiceRow): string {
  return fileURLToPath(new URL(`../../../../services/${name}/src/main.ts`, import.meta.url));
}

/** The services of one run share a key that nobody else has, where users need one. */
function peerKeyEnv(config: DevConfig): Readonly<Record<string, string>> {
  return config.apiKey.length === 0 || config.peerKey.length > 0
    ? {}
    : { QUICK_PEER_KEY: randomBytes(32).toString('hex') };
}

/** What every service is told. */
function forAll(config: DevConfig, kafka: KafkaPart): Readonly<Record<string, string>> {
  return {
    QUICK_KAFKA_BOOTSTRAP_SERVER: kafka.bootstrapServers,
    QUICK_TOPIC_REGISTRY_TOPIC_NAME: config.topicRegistry,
    QUICK_HOST: config.host,
    // Less than this process waits, so that a service ends by itself.
    QUICK_DRAIN_MS: String(SERVICE_DRAIN_MS - 500),
  };
}
