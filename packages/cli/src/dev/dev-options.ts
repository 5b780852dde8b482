import {
  addressList,
  kafkaOptions,
  serverOptions,
  wholeNumber,
} from '@quicksilver/common/config/common-options';
import { keyOptions } from '@quicksilver/common/config/key-options';
import type { ConfigOf, Option } from '@quicksilver/common/config/option';
import type { Secret } from '@quicksilver/common/config/secret';
import { z } from 'zod';

/** The operators' port of a service lies this far above its own. */
export const OPS_PORT_OFFSET = 1_000;

const port = (service: string, fallback: string): Option<number> => ({
  env: `QUICK_${service.toUpperCase()}_PORT`,
  text: `Port of the ${service}. Its /livez, /readyz and /metrics are ${OPS_PORT_OFFSET} above it.`,
  schema: wholeNumber(1, 65_535 - OPS_PORT_OFFSET),
  fallback,
});

/** The options of `quick dev`. */
export const devOptions = {
  bootstrapServers: {
    env: kafkaOptions.bootstrapServers.env,
    text: 'Addresses of a Kafka that runs already, as host:port, separated by commas. Without it one is started on this machine.',
    schema: z.union([z.literal('').transform((): readonly string[] => []), addressList]),
    fallback: '',
  } satisfies Option<readonly string[]>,
  kafkaClient: kafkaOptions.kafkaClient,
  topicRegistry: kafkaOptions.topicRegistry,
  gatewayPort: port('gateway', '8080'),
  ingestPort: port('ingest', '8081'),
  mirrorPort: port('mirror', '8082'),
  host: serverOptions.host,
  apiKey: keyOptions.apiKey,
  peerKey: keyOptions.peerKey,
  dataDir: {
    env: 'QUICK_DATA_DIR',
    text: 'Directory of everything that is kept: Kafka’s data, the stores of the mirror, the logs. Made where it is missing.',
    schema: z.string(),
    fallback: '.quicksilver',
  } satisfies Option<string>,
};

/** The options of `quick load`. */
export const loadOptions = {
  ...kafkaOptions,
  ingestUrl: {
    env: 'QUICK_INGEST_URL',
    text: 'Address of the ingest through which the records are written.',
    schema: z.url().transform((url) => url.replace(/\/+$/, '')),
    fallback: 'http://127.0.0.1:8081',
  } satisfies Option<string>,
  apiKey: {
    ...keyOptions.apiKey,
    text: 'Key that is sent to the ingest, where it asks for one.',
  } satisfies Option<readonly Secret[]>,
  replicationFactor: {
    env: 'QUICK_TOPIC_REPLICATION_FACTOR',
    text: 'Replicas of each partition of the topics that are created; 0 leaves it to the broker.',
    schema: wholeNumber(0, 100),
    fallback: '0',
  } satisfies Option<number>,
};

export type DevConfig = ConfigOf<typeof devOptions>;
