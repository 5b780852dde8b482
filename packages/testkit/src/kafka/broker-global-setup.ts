import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TEST_PROPERTIES } from '@quicksilver/local-kafka/broker-settings';
import { defaultCacheDir, ensureKafkaJars } from '@quicksilver/local-kafka/kafka-jars';
import { startLocalKafka } from '@quicksilver/local-kafka/local-kafka';
import { LocalKafkaError } from '@quicksilver/local-kafka/local-kafka-error';
import { probeCluster } from '@quicksilver/local-kafka/metadata-probe';
import type { TestProject } from 'vitest/node';

import { fillCompileCache } from '../processes/service-process.ts';

/** For a broker that hangs. A broker that shares two cores may need a minute. */
const START_MS = 240_000;

/**
 * vitest's global setup of every project that needs a broker. It uses the broker of
 * `TEST_KAFKA=host:port`, or starts one in a temporary directory for the run. Without a broker it
 * throws, so that the run fails and skips nothing.
 */
export default async function setUpBroker(project: TestProject): Promise<() => Promise<void>> {
  const shared = sharedBroker();
  shared.users += 1;
  shared.broker ??= openBroker(process.env).catch((error: unknown) => {
    throw new Error(`These tests need a Kafka, and there is none. ${explain(error)}`, {
      cause: error,
    });
  });
  const [broker] = await Promise.all([shared.broker, fillCompileCache()]);
  project.provide('kafka', broker.address);
  project.provide('kafkaJars', broker.jarsDir);
  return async () => {
    shared.users -= 1;
    if (shared.users === 0) {
      shared.broker = undefined;
      await broker.close();
    }
  };
}

interface RunBroker {
  readonly address: string;
  readonly jarsDir: string;
  close(): Promise<void>;
}

interface SharedBroker {
  users: number;
  broker: Promise<RunBroker> | undefined;
}

// vitest loads this file as a separate module for each project, and three projects need the broker.
// They share only the process.
declare global {
  var quicksilverRunBroker: SharedBroker | undefined;
}

function sharedBroker(): SharedBroker {
  globalThis.quicksilverRunBroker ??= { users: 0, broker: undefined };
  return globalThis.quicksilverRunBroker;
}

async function openBroker(env: NodeJS.ProcessEnv): Promise<RunBroker> {
  const jarsDir = await ensureKafkaJars({ cacheDir: defaultCacheDir(env), env });
  const address = env['TEST_KAFKA'];
  if (address !== undefined && address !== '') {
    await requireAnswer(address);
    return { address, jarsDir, close: async () => undefined };
  }
  const dataDir = await mkdtemp(join(tmpdir(), 'quicksilver-test-kafka-'));
  const removeData = (): Promise<void> => rm(dataDir, { recursive: true, force: true });
  try {
    const kafka = await startLocalKafka({
      dataDir,
      jarsDir,
      env,
      startTimeoutMs: START_MS,
      extraProperties: TEST_PROPERTIES,
    });
    return {
      address: kafka.bootstrapServer,
      jarsDir,
      close: async () => {
        await kafka.stop();
        await removeData();
      },
    };
  } catch (error) {
    await removeData();
    throw error;
  }
}

async function requireAnswer(address: string): Promise<void> {
  const [, host, port] = /^\[?([^\]]+)\]?:(\d+)$/.exec(address) ?? [];
  if (host === undefined || port === undefined) {
    throw new Error(`TEST_KAFKA is "${address}"; host:port is wanted.`);
  }
  await probeCluster({ host, port: Number(port) }, 60_000).catch((error: unknown) => {
    throw new Error(`No Kafka responds at ${address}. Check TEST_KAFKA.`, { cause: error });
  });
}

function explain(error: unknown): string {
  if (error instanceof LocalKafkaError) {
    return [error.message, error.whatToDo, error.output].join('\n');
  }
  return error instanceof Error ? error.message : String(error);
}
