import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { ConfigOf, Environment } from '@quicksilver/common/config/option';
import type { Log } from '@quicksilver/common/lifecycle/log';
import { programFile } from '@quicksilver/processes/program-file';

import type { ManagerConfig } from '../config.ts';
import { machineEnvironment } from './process/machine-environment.ts';
import { type processRuntimeOptions, readProcessOptions } from './process/process-options.ts';
import { ProcessRuntime } from './process/process-runtime.ts';
import type { Runtime } from './runtime.ts';

/**
 * Variables that services inherit: access to Kafka, keys and limits, options of Node, and its
 * compile cache for fast starts.
 */
const INHERITED = /^(?:QUICK_|(?:NODE_OPTIONS|NODE_EXTRA_CA_CERTS|NODE_COMPILE_CACHE)$)/;
/** Variables for the manager only. Services never get them. */
const MANAGER_ONLY =
  /^QUICK_(?:PORT|OPS_PORT|HOST|DATA_DIR|MANAGER_|RUNTIME|APPLICATION_|CONTAINER_|RESOURCES_|STATUS_|FAIL_AT|EXIT_WITH_PARENT|GATEWAY_NAME|MIRROR_NAME|MIRROR_ORDINAL|SCHEMA_PATH|MIRROR_URL|MIRROR_TOPICS|MIRROR_PEERS)/;

/** Variables with the path of a file. Services run in other directories than the manager. */
const PATHS = /^QUICK_(?:KAFKA_CONFIG|\w+_(?:LOCATION|FILE))$/;

type ProcessConfig = Pick<ManagerConfig, 'runtimeDir' | 'kafka' | 'server'> &
  ConfigOf<typeof processRuntimeOptions>;

export interface CreateRuntimeOptions {
  /**
   * The environment of the manager. Services inherit the access to Kafka, the keys and the limits.
   */
  readonly environment: Environment;
  readonly log: Log;
}

/** Runs services as child processes on this machine. */
export function createProcessRuntime(
  config: ProcessConfig,
  { environment, log }: CreateRuntimeOptions,
): Runtime {
  return new ProcessRuntime({
    ...readProcessOptions(config),
    directory: resolve(config.runtimeDir),
    host: config.server.host,
    nodePath: process.execPath,
    serviceMain: (kind) => fileURLToPath(programFile(`services/${kind}/src/main.ts`)),
    serviceEnvironment: { NODE_ENV: 'production', ...inherited(environment) },
    machineEnvironment: machineEnvironment(environment),
    applicationEnvironment: {
      QUICK_KAFKA_BOOTSTRAP_SERVER: config.kafka.bootstrapServers.join(','),
    },
    log,
  });
}

function inherited(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      value !== undefined && INHERITED.test(name) && !MANAGER_ONLY.test(name)
        ? [[name, PATHS.test(name) && value !== '' ? resolve(value) : value]]
        : [],
    ),
  );
}
