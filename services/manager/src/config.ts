import { randomUUID } from 'node:crypto';

import {
  ingestOptions,
  kafkaOptions,
  restOptions,
  schemaRegistryOptions,
  serverOptions,
  wholeNumber,
} from '@quicksilver/common/config/common-options';
import { keyOptions } from '@quicksilver/common/config/key-options';
import type { ConfigOf, Option } from '@quicksilver/common/config/option';
import { z } from 'zod';

import { readImageRegistries } from './applications/image-registries.ts';
import { processRuntimeOptions } from './runtime/process/process-options.ts';

const topicName = z.string().regex(/^[a-zA-Z0-9._-]{1,249}$/, 'expected the name of a topic');

const internalTopic = (env: string, fallback: string, text: string): Option<string> => ({
  env,
  text,
  schema: topicName,
  fallback,
});

export const managerOptions = {
  ...serverOptions,
  ...kafkaOptions,
  ...schemaRegistryOptions,
  ...keyOptions,
  ...ingestOptions,
  ...restOptions,
  id: {
    env: 'QUICK_MANAGER_ID',
    text: 'Name of this manager among several, which no other one may have. By default it is new with every start. A manager with a name of its own leads at once after a restart, and leaves fewer records behind.',
    schema: z
      .string()
      .regex(/^[a-zA-Z0-9._-]{0,100}$/, 'expected letters, digits, dots, dashes and underscores')
      .transform((text) => (text === '' ? randomUUID() : text)),
    fallback: '',
  } satisfies Option<string>,
  leaseMs: {
    env: 'QUICK_MANAGER_LEASE_MS',
    text: 'Milliseconds after which another manager takes over from one that is gone.',
    schema: wholeNumber(300, 600_000),
    fallback: '6000',
  } satisfies Option<number>,
  lookMs: {
    env: 'QUICK_MANAGER_LOOK_MS',
    text: 'Milliseconds between two looks at everything that runs.',
    schema: wholeNumber(50, 60_000),
    fallback: '1000',
  } satisfies Option<number>,
  waitMs: {
    env: 'QUICK_MANAGER_WAIT_MS',
    text: 'Milliseconds a request waits for what it asked for before it answers that it is not done yet.',
    schema: wholeNumber(100, 600_000),
    fallback: '30000',
  } satisfies Option<number>,
  defaultReplicas: {
    env: 'QUICK_DEFAULT_REPLICAS',
    text: 'Replicas of a gateway, a mirror or an application for which no number is given.',
    schema: wholeNumber(1, 100),
    fallback: '1',
  } satisfies Option<number>,
  partitions: {
    env: 'QUICK_KAFKA_INTERNAL_PARTITIONS',
    text: 'Partitions of a new topic for which no number is given.',
    schema: wholeNumber(1, 10_000),
    fallback: '3',
  } satisfies Option<number>,
  replicationFactor: {
    env: 'QUICK_KAFKA_INTERNAL_REPLICATION_FACTOR',
    text: 'Copies of a new topic for which no number is given, and of the internal topics. Use 3 where there are three brokers.',
    schema: wholeNumber(1, 16),
    fallback: '1',
  } satisfies Option<number>,
  registryReplicationFactor: {
    env: 'QUICK_TOPIC_REGISTRY_REPLICATION_FACTOR',
    text: 'Copies of the topic that holds the metadata of all topics. Use 3 where there are three brokers.',
    schema: wholeNumber(1, 16),
    fallback: '1',
  } satisfies Option<number>,
  resourcesTopic: internalTopic(
    'QUICK_RESOURCES_TOPIC_NAME',
    '__quick-resources',
    'Name of the compacted topic that holds what was asked for.',
  ),
  statusTopic: internalTopic(
    'QUICK_STATUS_TOPIC_NAME',
    '__quick-status',
    'Name of the compacted topic that holds what became of it.',
  ),
  servicesTopic: internalTopic(
    'QUICK_SERVICES_TOPIC_NAME',
    '__quick-services',
    'Name of the compacted topic in which the manager says what runs where.',
  ),
  runtime: {
    env: 'QUICK_RUNTIME',
    text: 'Where gateways, mirrors and applications run: process, as child processes on this machine.',
    schema: z.enum(['process']),
    fallback: 'process',
  } satisfies Option<'process'>,
  imageRegistries: {
    env: 'QUICK_IMAGE_REGISTRIES',
    text: 'Registries that images of applications may be from, such as ghcr.io/acme or localhost:5000, separated by commas. Empty allows all of them.',
    schema: z.string().transform((text, context) => {
      const read = readImageRegistries(text);
      if ('wrong' in read) {
        context.addIssue(
          `${read.wrong} is no registry: registry.example.com or registry.example.com/path is expected`,
        );
        return z.NEVER;
      }
      return read;
    }),
    fallback: '',
  } satisfies Option<readonly string[]>,
  runtimeDir: {
    env: 'QUICK_RUNTIME_DIR',
    text: 'Directory of the runtime: what runs, its data and its output. One manager at a time uses it.',
    schema: z.string(),
    fallback: '.quicksilver/runtime',
  } satisfies Option<string>,
  ...processRuntimeOptions,
  onStop: {
    env: 'QUICK_RUNTIME_ON_STOP',
    text: 'What happens to that which runs when the manager stops: keep it running for the next manager, or end it.',
    schema: z.enum(['keep', 'end']),
    fallback: 'keep',
  } satisfies Option<'keep' | 'end'>,
};

export type ManagerConfig = ConfigOf<typeof managerOptions>;
