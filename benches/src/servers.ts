import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { MirrorStatus, PartitionStatus } from '@quicksilver/contracts/mirror-api/contract';

import { OwnSchemaRegistry } from '@quicksilver/testkit/own-schema-registry';

import type { BenchKafka } from './bench-kafka.ts';
import { PinnedProcess } from './pinned-process.ts';

const root = new URL('../..', import.meta.url).pathname;
const main = (service: string): string => join(root, 'services', service, 'src', 'main.ts');

export interface Running extends AsyncDisposable {
  readonly address: string;
  readonly process: PinnedProcess;
}

export interface MirrorOptions {
  readonly topics: readonly string[];
  /** `undefined` lets it use both cores. */
  readonly core?: string | undefined;
  readonly cacheMiB?: number;
  /** By topic, such as its range field. */
  readonly arguments?: Readonly<Record<string, object>>;
  /** Return as soon as it listens instead of when it has caught up. */
  readonly restoring?: boolean;
  /** A store that stays when the mirror ends; without it one of its own that goes with it. */
  readonly dataDir?: string;
  /** Further variables. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A mirror of one topic on the server core, caught up. */
export function mirrorOf(kafka: BenchKafka, topic: string): Promise<Running> {
  return startMirror(kafka, { topics: [topic], core: '0', cacheMiB: 256 });
}

export async function startMirror(kafka: BenchKafka, options: MirrorOptions): Promise<Running> {
  const dataDir = options.dataDir ?? (await newStoreDir());
  const process = await PinnedProcess.start({
    script: main('mirror'),
    core: options.core,
    listeningIsEnough: true,
    env: {
      ...shared(kafka),
      ...options.env,
      QUICK_DATA_DIR: dataDir,
      QUICK_MIRROR_TOPICS: options.topics.join(','),
      QUICK_MIRROR_ARGUMENTS: JSON.stringify(options.arguments ?? {}),
      QUICK_MIRROR_CACHE_BYTES: String((options.cacheMiB ?? 64) * 1_048_576),
    },
  });
  if (options.restoring !== true) {
    await caughtUp(process.address);
  }
  return {
    address: process.address,
    process,
    [Symbol.asyncDispose]: async () => {
      await process[Symbol.asyncDispose]();
      if (options.dataDir === undefined) {
        await rm(dataDir, { recursive: true, force: true });
      }
    },
  };
}

export function newStoreDir(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'quicksilver-bench-mirror-'));
}

const CAUGHT_UP_MS = 600_000;

/** Resolves when every partition of the mirror serves. */
export async function caughtUp(address: string): Promise<void> {
  const end = performance.now() + CAUGHT_UP_MS;
  while (performance.now() < end) {
    const partitions = await partitionsOf(address);
    if (partitions.length > 0 && partitions.every((partition) => partition.state === 'serving')) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`The mirror at ${address} did not catch up`);
}

/** Records that were loaded and are not in their final form yet, of all partitions. */
export async function unsettledRecords(address: string): Promise<number> {
  const partitions = await partitionsOf(address);
  return partitions.reduce((sum, partition) => sum + (partition.unsettledRecords ?? 0), 0);
}

async function partitionsOf(address: string): Promise<readonly PartitionStatus[]> {
  const answer = await fetch(`http://${address}/status`);
  const { topics } = (await answer.json()) as MirrorStatus;
  return topics.flatMap(({ partitions }) => partitions);
}

/** The routes of the mirror, answered from a Map: the limit. */
export async function mapServer(keys: number): Promise<Running> {
  return started({
    script: join(root, 'benches', 'servers', 'map-server.ts'),
    args: [String(keys)],
  });
}

/** The edge on the server core, with one server behind `/manager/`. It needs no Kafka. */
export async function startEdge(upstream: string): Promise<Running> {
  const process = await PinnedProcess.onServerCore({
    script: join(root, 'packages', 'edge', 'src', 'main.ts'),
    listeningIsEnough: true,
    env: {
      QUICK_KAFKA_BOOTSTRAP_SERVER: '127.0.0.1:1',
      QUICK_MANAGER_URL: `http://${upstream}`,
      QUICK_INGEST_URL: `http://${upstream}`,
      QUICK_PORT: '0',
      QUICK_OPS_PORT: '0',
    },
  });
  return {
    address: process.address,
    process,
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}

export function startIngest(
  kafka: BenchKafka,
  env: Readonly<Record<string, string>> = {},
): Promise<Running> {
  return started({ script: main('ingest'), env: { ...shared(kafka), ...env } });
}

/** A real schema registry. No measurement waits for it: a schema is read once. */
export function startRegistry(): Promise<OwnSchemaRegistry> {
  return OwnSchemaRegistry.start();
}

/** Ingest with everything but Kafka: a sink that acknowledges at once. */
export function silentIngest(kafka: BenchKafka): Promise<Running> {
  return started({
    script: join(root, 'benches', 'servers', 'silent-ingest.ts'),
    env: shared(kafka),
  });
}

export interface GatewayOptions {
  readonly schema: string;
  readonly mirror: string;
}

export async function startGateway(kafka: BenchKafka, options: GatewayOptions): Promise<Running> {
  const dir = await mkdtemp(join(tmpdir(), 'quicksilver-bench-gateway-'));
  const path = join(dir, 'schema.graphql');
  await writeFile(path, options.schema);
  return started({
    script: main('gateway'),
    env: {
      ...shared(kafka),
      QUICK_SCHEMA_PATH: path,
      QUICK_MIRROR_URL: `http://${options.mirror}`,
    },
  });
}

function shared(kafka: BenchKafka): Record<string, string> {
  return {
    QUICK_KAFKA_BOOTSTRAP_SERVER: kafka.bootstrapServer,
    QUICK_PORT: '0',
    QUICK_OPS_PORT: '0',
  };
}

async function started(options: {
  readonly script: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}): Promise<Running> {
  const process = await PinnedProcess.onServerCore(options);
  return {
    address: process.address,
    process,
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}
