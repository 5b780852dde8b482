import { fileURLToPath } from 'node:url';

import type { ServiceEnv } from './service-process.ts';

export interface ServiceRow {
  readonly name: 'ingest' | 'manager' | 'edge';
  readonly mainFile: string;
  readonly url: string;
  readonly opsUrl: string;
  /** What this service needs beyond what all of them need. */
  readonly env: ServiceEnv;
}

export interface ServicePlaces {
  /** Of the edge; the others are reached from this machine only. */
  readonly host: string;
  readonly port: number;
  /** Free ports for all the rest. */
  readonly free: readonly number[];
  readonly managerId: string;
  readonly runtimeDir: string;
  /** Where commands of applications run. */
  readonly projectDir: string;
  /** Hosts that `@rest` may fetch from, separated by commas. */
  readonly restHosts: string;
}

export const FREE_PORTS = 5;
const LOOPBACK = '127.0.0.1';
const ROOT = new URL('../../../../', import.meta.url);

/** The services of a local run that are not the manager's, as data. */
export function devServices(
  places: ServicePlaces,
): Readonly<Record<ServiceRow['name'], ServiceRow>> {
  const [ingestPort = 0, ingestOps = 0, managerPort = 0, managerOps = 0, edgeOps = 0] = places.free;
  const row = (
    name: ServiceRow['name'],
    folder: string,
    at: { readonly host: string; readonly port: number; readonly opsPort: number },
    env: ServiceEnv,
  ): ServiceRow => ({
    name,
    mainFile: fileURLToPath(new URL(`${folder}/src/main.ts`, ROOT)),
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
      QUICK_MANAGER_ID: places.managerId,
      QUICK_RUNTIME_DIR: places.runtimeDir,
      QUICK_APPLICATION_DIRECTORY: places.projectDir,
      QUICK_REST_ALLOWED_HOSTS: places.restHosts,
      // Nothing goes on behind a stop; what a manager leaves that was killed, the next one takes over.
      QUICK_RUNTIME_ON_STOP: 'end',
      QUICK_INGEST_URL: ingest.url,
    },
  );
  const edge = row(
    'edge',
    'packages/edge',
    { host: places.host, port: places.port, opsPort: edgeOps },
    { QUICK_MANAGER_URL: manager.url, QUICK_INGEST_URL: ingest.url },
  );
  return { ingest, manager, edge };
}

/** An address that listens everywhere is reached through this machine's own. */
function urlOf(host: string, port: number): string {
  const reachable = host === '0.0.0.0' || host === '::' ? LOOPBACK : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}
