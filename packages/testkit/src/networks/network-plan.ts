import { join } from 'node:path';

import type { MirrorEntry } from '@quicksilver/contracts/control/service-entry';
import { freePorts } from '@quicksilver/local-kafka/free-port';

import type { NetworkTopic } from '../kafka/register-topics.ts';
import type { ServiceKind } from '../processes/service-process.ts';

/** What a network of a test consists of, whether it runs as processes or in the test itself. */
export interface NetworkDescription {
  readonly topics: readonly NetworkTopic[];
  /** One set of replicas per mirror. Without it, one replica hosts all topics. */
  readonly mirrors?: readonly MirrorSet[];
  /** Text of the gateway's schema. Without it there is no gateway. */
  readonly schema?: string;
  /**
   * Steers mirrors and gateways through a services topic, as a manager does. The gateway has this
   * many replicas, named `gateway`, `gateway-1` and so on. Without a schema they have none yet.
   */
  readonly steered?: { readonly gateways: number };
  /**
   * Number of replicas of ingest, named `ingest`, `ingest-1` and so on. Use 0 without writes over
   * HTTP.
   */
  readonly ingests?: number;
  /** More variables for the services of a kind. */
  readonly env?: Partial<Record<ServiceKind, Env>>;
}

export interface MirrorSet {
  readonly topics: readonly string[];
  readonly replicas: number;
}

export type Env = Readonly<Record<string, string>>;

export interface PlannedService {
  readonly name: string;
  readonly kind: ServiceKind;
  readonly env: Env;
}

export interface PlannedMirror extends PlannedService {
  readonly topics: readonly string[];
  readonly dataDir: string;
}

export interface NetworkPlan {
  readonly mirrors: readonly PlannedMirror[];
  readonly ingests: readonly PlannedService[];
  readonly gateways: readonly PlannedService[];
  /** The mirrors as the services topic of a steered network has them. */
  readonly entries: readonly MirrorEntry[];
}

export interface PlanOptions {
  readonly dataDir: string;
  /** How the services of a kind find Kafka and the topics of the network. */
  readonly kafkaEnv: (kind: ServiceKind) => Env;
  /** Of a steered network. */
  readonly servicesTopic?: string | undefined;
}

/** Long timeouts, so that a slow result on a busy machine does not count as missing. */
const PATIENT_GATEWAY = { QUICK_OPERATION_TIMEOUT_MS: '30000', QUICK_REST_TIMEOUT_MS: '30000' };
const PATIENT_MIRROR = { QUICK_MIRROR_WAIT_MAX_MS: '25000' };

/** The port has no listener, as if the service was down. */
export const DOWN_URL = 'http://127.0.0.1:1';

/** The name and the variables of every service. Their ports are free and chosen here. */
export async function planNetwork(
  description: NetworkDescription,
  options: PlanOptions,
): Promise<NetworkPlan> {
  const { topics, ingests = 1, env = {} } = description;
  const names = topics.map(({ name }) => name);
  const sets = description.mirrors ?? (names.length === 0 ? [] : [{ topics: names, replicas: 1 }]);
  const envOf = (kind: ServiceKind): Env => ({ ...options.kafkaEnv(kind), ...env[kind] });
  // The gateway needs the address of ingest before ingest starts.
  const ingestPorts = await freePorts(Math.max(1, ingests));
  const mirrors = await Promise.all(
    sets.map((set, at) => {
      const name = sets.length === 1 ? 'mirror' : `mirror${at}`;
      return planMirror({ name, set, topics, options, env: envOf('mirror') });
    }),
  );
  const urls = new Map(
    mirrors.flatMap(({ entry, url }) => entry.topics.map(({ topic }) => [topic, url] as const)),
  );
  const ingestEnv = { ...mirrorsOfIngest(options, mirrors[0]?.url), ...envOf('ingest') };
  const gatewayEnv = {
    ...PATIENT_GATEWAY,
    ...schemaAndMirrors(options, urls),
    QUICK_INGEST_URL: `http://127.0.0.1:${ingestPorts[0]}`,
    ...envOf('gateway'),
  };
  return {
    mirrors: mirrors.flatMap(({ replicas }) => replicas),
    entries: mirrors.map(({ entry }) => entry),
    ingests: ingestPorts.slice(0, ingests).map((port, at) => ({
      name: nameOf('ingest', at),
      kind: 'ingest',
      env: { QUICK_PORT: String(port), ...ingestEnv },
    })),
    gateways: Array.from({ length: gatewayCount(description) }, (_none, at) => ({
      name: nameOf('gateway', at),
      kind: 'gateway',
      env: gatewayEnv,
    })),
  };
}

interface MirrorNeeds extends Pick<NetworkDescription, 'topics'> {
  readonly name: string;
  readonly set: MirrorSet;
  readonly options: PlanOptions;
  readonly env: Env;
}

async function planMirror({ name, set, topics, options, env }: MirrorNeeds) {
  // Each replica needs the addresses of the others before any of them starts.
  const ports = await freePorts(set.replicas);
  const addresses = ports.map((port) => `127.0.0.1:${port}`);
  const hosted = topics.filter((topic) => set.topics.includes(topic.name));
  const mirrorArguments = Object.fromEntries(hosted.map((topic) => [topic.name, topic.mirror]));
  const hosting: Env =
    options.servicesTopic === undefined
      ? {
          QUICK_MIRROR_TOPICS: set.topics.join(','),
          QUICK_MIRROR_PEERS: addresses.join(','),
          QUICK_MIRROR_ARGUMENTS: JSON.stringify(mirrorArguments),
        }
      : { QUICK_MIRROR_NAME: name, QUICK_SERVICES_TOPIC_NAME: options.servicesTopic };
  const replicas = ports.map((port, ordinal): PlannedMirror => {
    const dataDir = join(options.dataDir, `${name}-${ordinal}`);
    const replicaEnv = {
      QUICK_PORT: String(port),
      QUICK_MIRROR_ORDINAL: String(ordinal),
      QUICK_DATA_DIR: dataDir,
    };
    return {
      name: `${name}-${ordinal}`,
      kind: 'mirror',
      topics: set.topics,
      dataDir,
      env: { ...PATIENT_MIRROR, ...replicaEnv, ...hosting, ...env },
    };
  });
  const entry: MirrorEntry = {
    ...{ kind: 'mirror', name, version: 1, copies: 1, addresses },
    topics: set.topics.map((topic) => ({ topic, ...mirrorArguments[topic] })),
  };
  return { entry, replicas, url: `http://${addresses[0]}` };
}

function mirrorsOfIngest({ servicesTopic }: PlanOptions, mirrorUrl = DOWN_URL): Env {
  return servicesTopic === undefined
    ? { QUICK_MIRROR_URL: mirrorUrl }
    : { QUICK_SERVICES_TOPIC_NAME: servicesTopic };
}

function schemaAndMirrors(
  { dataDir, servicesTopic }: PlanOptions,
  urls: ReadonlyMap<string, string>,
): Env {
  return servicesTopic === undefined
    ? {
        QUICK_SCHEMA_PATH: schemaPath(dataDir),
        QUICK_MIRROR_URL: DOWN_URL,
        QUICK_MIRROR_URLS: [...urls].map(([topic, url]) => `${topic}=${url}`).join(','),
      }
    : { QUICK_GATEWAY_NAME: 'gateway', QUICK_SERVICES_TOPIC_NAME: servicesTopic };
}

/** Where the gateways of a network that is not steered read their schema. */
export function schemaPath(dataDir: string): string {
  return join(dataDir, 'schema.graphql');
}

function gatewayCount({ schema, steered }: NetworkDescription): number {
  return steered?.gateways ?? (schema === undefined ? 0 : 1);
}

function nameOf(kind: ServiceKind, at: number): string {
  return at === 0 ? kind : `${kind}-${at}`;
}
