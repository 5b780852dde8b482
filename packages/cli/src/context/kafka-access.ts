import type { ValueReadersOptions } from '@quicksilver/codec/registry/value-readers';
import {
  addressList,
  kafkaOptions,
  schemaRegistryOptions,
} from '@quicksilver/common/config/common-options';
import { internalTopicOptions } from '@quicksilver/common/config/internal-topic-options';
import {
  ConfigError,
  readConfig,
  type ConfigOf,
  type Option,
} from '@quicksilver/common/config/option';
import type { ClusterInspector } from '@quicksilver/kafka/cluster-inspector';
import type { KafkaClient } from '@quicksilver/kafka/ports';
import { z } from 'zod';

import { CliError, EXIT } from '../output/cli-error.ts';
import { inspectorFor, kafkaClientFor } from './kafka-client-for.ts';
import type { KafkaTarget } from './target.ts';

export const accessOptions = {
  kafkaClient: kafkaOptions.kafkaClient,
  clientProperties: kafkaOptions.clientProperties,
  security: kafkaOptions.security,
  internalPrefix: kafkaOptions.internalPrefix,
  topicRegistry: kafkaOptions.topicRegistry,
  ...internalTopicOptions,
  bootstrapServers: {
    ...kafkaOptions.bootstrapServers,
    schema: z.union([z.literal('').transform((): readonly string[] => []), addressList]),
    fallback: '',
  } satisfies Option<readonly string[]>,
  registry: schemaRegistryOptions,
};

/** How this command connects to the Kafka of a deployment and to its schema registry. */
export interface KafkaAccess {
  readonly config: ConfigOf<typeof accessOptions>;
  /** Empty if they are not known. */
  readonly brokers: readonly string[];
  readonly registry: ValueReadersOptions;
  readonly client: () => KafkaClient;
  readonly inspector: () => ClusterInspector;
}

/** Throws `CliError` if options are invalid. */
export function kafkaAccessOf(target: KafkaTarget): KafkaAccess {
  return asCliError(() => {
    const config = readConfig(accessOptions, target.kafkaVariables);
    const brokers = target.brokers.length > 0 ? target.brokers : config.bootstrapServers;
    return {
      config,
      brokers,
      registry: config.registry,
      client: () => asCliError(() => kafkaClientFor(config, brokers)),
      inspector: () => asCliError(() => inspectorFor(config, brokers)),
    };
  });
}

function asCliError<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof ConfigError) {
      throw new CliError(`The access to Kafka is not configured: ${cause.problems.join(' ')}`, {
        code: 'CONFIG_INVALID',
        exitCode: EXIT.usage,
        hint: 'The variables are in docs/secured-clusters.md. To check them, run: quick doctor',
        cause,
      });
    }
    throw cause;
  }
}
