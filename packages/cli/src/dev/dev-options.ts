import {
  addressList,
  kafkaOptions,
  serverOptions,
  wholeNumber,
} from '@quicksilver/common/config/common-options';
import { keyOptions } from '@quicksilver/common/config/key-options';
import type { ConfigOf, Option } from '@quicksilver/common/config/option';
import { z } from 'zod';

/** The options of `quick dev`. */
export const devOptions = {
  bootstrapServers: {
    env: kafkaOptions.bootstrapServers.env,
    text: 'Addresses of a running Kafka, as host:port, separated by commas. If it is empty, quick dev starts a Kafka on this machine.',
    schema: z.union([z.literal('').transform((): readonly string[] => []), addressList]),
    fallback: '',
  } satisfies Option<readonly string[]>,
  kafkaClient: kafkaOptions.kafkaClient,
  clientProperties: kafkaOptions.clientProperties,
  security: kafkaOptions.security,
  topicRegistry: kafkaOptions.topicRegistry,
  internalPrefix: kafkaOptions.internalPrefix,
  host: serverOptions.host,
  port: {
    ...serverOptions.port,
    text: 'The one port for users. All other ports are chosen freely and listen on loopback only.',
    schema: wholeNumber(1, 65_535),
  } satisfies Option<number>,
  ...keyOptions,
  dataDir: {
    env: 'QUICK_DATA_DIR',
    text: 'Directory for everything that outlives a run: Kafka’s data, the stores of the mirrors, the logs. It is created if it is missing. Empty means .quicksilver in the directory of the project.',
    schema: z.string(),
    fallback: '',
  } satisfies Option<string>,
  mavenRepository: {
    env: 'QUICK_MAVEN_REPOSITORY',
    text: 'Address of the Maven repository for the JARs of the local Kafka. Empty means the mirror in Maven’s settings.xml if there is one, else Maven Central. The digests of the JARs are pinned, so any repository is safe.',
    schema: z.union([z.literal(''), z.url({ protocol: /^https?$/ })]),
    fallback: '',
  } satisfies Option<string>,
};

export type DevConfig = ConfigOf<typeof devOptions>;
