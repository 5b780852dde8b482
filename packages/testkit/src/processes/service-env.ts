/** The variables with which `TestNetwork` starts each service; see each service's `config.ts`. */
export interface MirrorSettings {
  readonly topics: readonly string[];
  readonly ordinal: number;
  /** `host:port` of every replica, by ordinal. */
  readonly peers: readonly string[];
  readonly port: number;
  readonly dataDir: string;
}

/** Long timeouts, so that a slow result on a busy machine does not count as missing. */
const PATIENT_GATEWAY = { QUICK_OPERATION_TIMEOUT_MS: '30000', QUICK_REST_TIMEOUT_MS: '30000' };
const PATIENT_MIRROR = { QUICK_MIRROR_WAIT_MAX_MS: '25000' };

export interface GatewaySettings {
  readonly schemaPath: string;
  /** Topic to `host:port` of its mirror. */
  readonly mirrors: ReadonlyMap<string, string>;
}

/** How ingest finds the mirrors of immutable topics: one address for all, or a services topic. */
export type MirrorSource = { readonly address: string } | { readonly servicesTopic: string };

export function ingestEnv(port: number, mirrors: MirrorSource): Readonly<Record<string, string>> {
  return {
    QUICK_PORT: String(port),
    ...('address' in mirrors
      ? { QUICK_MIRROR_URL: `http://${mirrors.address}` }
      : { QUICK_SERVICES_TOPIC_NAME: mirrors.servicesTopic }),
  };
}

/** A service that its entry in this topic steers. */
export interface SteeredSettings {
  readonly name: string;
  readonly servicesTopic: string;
}

export function steeredMirrorEnv(
  settings: SteeredSettings & Pick<MirrorSettings, 'ordinal' | 'port' | 'dataDir'>,
): Readonly<Record<string, string>> {
  return {
    ...PATIENT_MIRROR,
    QUICK_PORT: String(settings.port),
    QUICK_MIRROR_NAME: settings.name,
    QUICK_MIRROR_ORDINAL: String(settings.ordinal),
    QUICK_DATA_DIR: settings.dataDir,
    QUICK_SERVICES_TOPIC_NAME: settings.servicesTopic,
  };
}

export function steeredGatewayEnv(settings: SteeredSettings): Readonly<Record<string, string>> {
  return {
    ...PATIENT_GATEWAY,
    QUICK_GATEWAY_NAME: settings.name,
    QUICK_SERVICES_TOPIC_NAME: settings.servicesTopic,
  };
}

export function mirrorEnv(settings: MirrorSettings): Readonly<Record<string, string>> {
  return {
    ...PATIENT_MIRROR,
    QUICK_PORT: String(settings.port),
    QUICK_MIRROR_TOPICS: settings.topics.join(','),
    QUICK_MIRROR_ORDINAL: String(settings.ordinal),
    QUICK_MIRROR_PEERS: settings.peers.join(','),
    QUICK_DATA_DIR: settings.dataDir,
  };
}

export function gatewayEnv(settings: GatewaySettings): Readonly<Record<string, string>> {
  const mirrors = [...settings.mirrors].map(([topic, address]) => `${topic}=http://${address}`);
  return {
    ...PATIENT_GATEWAY,
    QUICK_SCHEMA_PATH: settings.schemaPath,
    QUICK_MIRROR_URLS: mirrors.join(','),
  };
}
