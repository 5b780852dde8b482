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
  host: serverOptions.host,
  port: {
    ...serverOptions.port,
    text: 'The one port behind which everything is. All others are free ones, on loopback.',
    schema: wholeNumber(1, 65_535),
  } satisfies Option<number>,
  ...keyOptions,
  dataDir: {
    env: 'QUICK_DATA_DIR',
    text: 'Directory of everything that is kept: Kafka’s data, the stores of the mirrors, the logs. Made where it is missing. Empty means .quicksilver in the directory of the project.',
    schema: z.string(),
    fallback: '',
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
