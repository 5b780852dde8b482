import { OPS_PORT_OFFSET, type DevConfig } from './dev-options.ts';
import type { Project } from './project.ts';
import type { ServiceEnv } from './service-process.ts';
import type { WantedPort } from './port-check.ts';

export type ServiceName = 'ingest' | 'mirror' | 'gateway';

export interface ServiceRow {
  readonly name: ServiceName;
  readonly url: string;
  readonly readyUrl: string;
  readonly ports: readonly WantedPort[];
  /** What this service needs beyond what all of them need. */
  readonly env: ServiceEnv;
}

/** The services of a local run, as data. */
export function serviceTable(
  config: DevConfig,
  project: Project,
  mirrorDir: string,
): Readonly<Record<ServiceName, ServiceRow>> {
  const topics = project.topics.map(({ name }) => name).join(',');
  const row = (name: ServiceName, port: number, env: ServiceEnv): ServiceRow => {
    const opsPort = port + OPS_PORT_OFFSET;
    const variable = `QUICK_${name.toUpperCase()}_PORT`;
    return {
      name,
      url: urlOf(config.host, port),
      readyUrl: `${urlOf(config.host, opsPort)}/readyz`,
      ports: [
        { port, purpose: `the ${name}`, env: variable },
        { port: opsPort, purpose: `the operators’ port of the ${name}`, env: variable },
      ],
      env: { ...env, QUICK_PORT: String(port), QUICK_OPS_PORT: String(opsPort) },
    };
  };
  const mirror = row('mirror', config.mirrorPort, {
    QUICK_MIRROR_TOPICS: topics,
    QUICK_DATA_DIR: mirrorDir,
    // What it listens on may be every address; this one can be reached.
    QUICK_MIRROR_ADVERTISED: new URL(urlOf(config.host, config.mirrorPort)).host,
  });
  const ingest = row('ingest', config.ingestPort, {});
  return {
    ingest,
    mirror,
    gateway: row('gateway', config.gatewayPort, {
      QUICK_SCHEMA_PATH: project.schemaFile,
      QUICK_MIRROR_URL: mirror.url,
      QUICK_INGEST_URL: ingest.url,
    }),
  };
}

/** An address that listens everywhere is reached through this machine's own. */
function urlOf(host: string, port: number): string {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}
