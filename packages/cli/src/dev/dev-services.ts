import { fileURLToPath } from 'node:url';

import { programFile } from '@quicksilver/processes/program-file';

import type { ServiceEnv } from './child-env.ts';

export interface ServiceRow {
  readonly name: 'ingest' | 'manager' | 'edge';
  readonly mainFile: string;
  readonly url: string;
  readonly opsUrl: string;
  /** Variables of this service only. */
  readonly env: ServiceEnv;
}

export interface DevServicesOptions {
  /** Of the edge; the other services listen on loopback only. */
  readonly host: string;
  readonly port: number;
  /** Free ports for all other servers. */
  readonly free: readonly number[];
  readonly managerId: string;
  readonly runtimeDir: string;
  /** Working directory of the commands of applications. */
  readonly projectDir: string;
  /** Hosts that `@rest` may fetch from, separated by commas. */
  readonly restHosts: string;
  /** Origins of web pages that may use the edge, separated by commas. */
  readonly origins: string;
}

/** The pages of front ends in development. */
export const LOCAL_ORIGINS = [
  'http://localhost:*',
  'https://localhost:*',
  'http://*.localhost:*',
  'https://*.localhost:*',
  'http://127.0.0.1:*',
  'https://127.0.0.1:*',
  'http://[::1]:*',
  'https://[::1]:*',
] as const;

/** Of the services; one more is for the schema registry. */
export const FREE_PORTS = 5;
const LOOPBACK = '127.0.0.1';

/** The services that `quick dev` starts itself, as data. The manager starts the others. */
export function devServices(
  options: DevServicesOptions,
): Readonly<Record<ServiceRow['name'], ServiceRow>> {
  const [ingestPort = 0, ingestOps = 0, managerPort = 0, managerOps = 0, edgeOps = 0] =
    options.free;
  const row = (
    name: ServiceRow['name'],
    folder: string,
    at: { readonly host: string; readonly port: number; readonly opsPort: number },
    env: ServiceEnv,
  ): ServiceRow => ({
    name,
    mainFile: fileURLToPath(programFile(`${folder}/src/main.ts`)),
    url: urlOf(at.host, at.port),
    opsUrl: urlOf(at.host, at.opsPort),
    env: {
      ...env,
      QUICK_HOST: at.host,
      QUICK_PORT: String(at.port),
      QUICK_OPS_PORT: String(at.opsPort),
    },
  });
  const ingest = row(
    'ingest',
    'services/ingest',
    { host: LOOPBACK, port: ingestPort, opsPort: ingestOps },
    {},
  );
  const manager = row(
    'manager',
    'services/manager',
    { host: LOOPBACK, port: managerPort, opsPort: managerOps },
    {
      QUICK_MANAGER_ID: options.managerId,
      QUICK_RUNTIME_DIR: options.runtimeDir,
      QUICK_APPLICATION_DIRECTORY: options.projectDir,
      QUICK_REST_ALLOWED_HOSTS: options.restHosts,
      // A stop ends all processes. The next manager takes over the processes of a killed one.
      QUICK_RUNTIME_ON_STOP: 'end',
      QUICK_INGEST_URL: ingest.url,
    },
  );
  const edge = row(
    'edge',
    'packages/edge',
    { host: options.host, port: options.port, opsPort: edgeOps },
    {
      QUICK_MANAGER_URL: manager.url,
      QUICK_INGEST_URL: ingest.url,
      QUICK_CORS_ORIGINS: options.origins,
    },
  );
  return { ingest, manager, edge };
}

/** A server that listens on all addresses is reached through loopback. */
function urlOf(host: string, port: number): string {
  const reachable = host === '0.0.0.0' || host === '::' ? LOOPBACK : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}
