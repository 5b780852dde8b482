import { randomUUID } from 'node:crypto';

import {
  ingestOptions,
  kafkaOptions,
  restOptions,
  schemaRegistryOptions,
  serverOptions,
  wholeNumber,
} from '@quicksilver/common/config/common-options';
import { internalTopicOptions } from '@quicksilver/common/config/internal-topic-options';
import type { ConfigOf, Option } from '@quicksilver/common/config/option';
import { z } from 'zod';

import { readImageRegistries } from './applications/image-registries.ts';
import { processRuntimeOptions } from './runtime/process/process-options.ts';

export const managerOptions = {
  server: serverOptions,
  kafka: kafkaOptions,
  schemas: schemaRegistryOptions,
  ...ingestOptions,
  ...restOptions,
  id: {
    env: 'QUICK_MANAGER_ID',
    text: 'Unique name of this manager. By default each start generates a new name. With a fixed name, a restarted manager leads again at once and leaves fewer records in the log.',
    schema: z
      .string()
      .regex(/^[a-zA-Z0-9._-]{0,100}$/, 'expected letters, digits, dots, dashes and underscores')
      .transform((text) => (text === '' ? randomUUID() : text)),
    fallback: '',
  } satisfies Option<string>,
  leaseMs: {
    env: 'QUICK_MANAGER_LEASE_MS',
    text: 'Milliseconds until another manager takes over from a leader that stopped responding.',
    schema: wholeNumber(300, 600_000),
    fallback: '6000',
  } satisfies Option<number>,
  lookMs: {
    env: 'QUICK_MANAGER_LOOK_MS',
    text: 'Milliseconds between two checks of all running workloads.',
    schema: wholeNumber(50, 60_000),
    fallback: '1000',
  } satisfies Option<number>,
  waitMs: {
    env: 'QUICK_MANAGER_WAIT_MS',
    text: 'Milliseconds that a request waits for its change to take effect. After that it returns NOT_DONE_YET.',
    schema: wholeNumber(100, 600_000),
    fallback: '30000',
  } satisfies Option<number>,
  defaults: {
    replicas: {
      env: 'QUICK_DEFAULT_REPLICAS',
      text: 'Default number of replicas of a gateway, a mirror or an application.',
      schema: wholeNumber(1, 100),
      fallback: '1',
    } satisfies Option<number>,
    partitions: {
      env: 'QUICK_KAFKA_INTERNAL_PARTITIONS',
      text: 'Default number of partitions of a new topic.',
      schema: wholeNumber(1, 10_000),
      fallback: '3',
    } satisfies Option<number>,
    replicationFactor: {
      env: 'QUICK_KAFKA_INTERNAL_REPLICATION_FACTOR',
      text: 'Default replication factor of a new topic, and the replication factor of the internal topics. Use 3 if there are three brokers or more.',
      schema: wholeNumber(1, 16),
      fallback: '1',
    } satisfies Option<number>,
  },
  registryReplicationFactor: {
    env: 'QUICK_TOPIC_REGISTRY_REPLICATION_FACTOR',
    text: 'Replication factor of the topic that holds the metadata of all topics. Use 3 if there are three brokers or more.',
    schema: wholeNumber(1, 16),
    fallback: '1',
  } satisfies Option<number>,
  ...internalTopicOptions,
  runtime: {
    env: 'QUICK_RUNTIME',
    text: 'How gateways, mirrors and applications run. The only value is process: child processes on this machine.',
    schema: z.enum(['process']),
    fallback: 'process',
  } satisfies Option<'process'>,
  imageRegistries: {
    env: 'QUICK_IMAGE_REGISTRIES',
    text: 'Allowed registries for application images, separated by commas, for example ghcr.io/acme or localhost:5000. Empty allows all registries.',
    schema: z.string().transform((text, context) => {
      const read = readImageRegistries(text);
      if ('wrong' in read) {
        context.addIssue(
          `expected registry.example.com or registry.example.com/path, found ${read.wrong}`,
        );
        return z.NEVER;
      }
      return read;
    }),
    fallback: '',
  } satisfies Option<readonly string[]>,
  runtimeDir: {
    env: 'QUICK_RUNTIME_DIR',
    text: 'Directory of the runtime. It holds the run records, the data and the output of all replicas. Only one manager may use it at a time.',
    schema: z.string(),
    fallback: '.quicksilver/runtime',
  } satisfies Option<string>,
  ...processRuntimeOptions,
  onStop: {
    env: 'QUICK_RUNTIME_ON_STOP',
    text: 'What happens to running replicas when the manager stops: keep leaves them running for the next manager, end stops them.',
    schema: z.enum(['keep', 'end']),
    fallback: 'keep',
  } satisfies Option<'keep' | 'end'>,
};

export type ManagerConfig = ConfigOf<typeof managerOptions>;
