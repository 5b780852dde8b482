import {
  kafkaOptions,
  schemaRegistryOptions,
  serverOptions,
  servicesOptions,
  wholeNumber,
} from '@quicksilver/common/config/common-options';
import { ConfigError, type ConfigOf, type Option } from '@quicksilver/common/config/option';
import type { MirrorArguments } from '@quicksilver/contracts/control/resource';
import { isResourceName, RESOURCE_NAME_RULE } from '@quicksilver/contracts/control/resource-name';
import { z } from 'zod';

import type { Hosting } from './hosting/hosted-topics.ts';
import { topicArguments } from './hosting/topic-arguments.ts';

const names = z.string().transform((text) => [
  ...new Set(
    text
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  ),
]);

const topicNames: z.ZodType<readonly string[]> = names.refine(
  (list) => list.every((name) => /^[a-zA-Z0-9._-]{1,249}$/.test(name)),
  'expected names of topics, separated by commas',
);

const argumentsByTopic: z.ZodType<Readonly<Record<string, MirrorArguments>>> = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue({ code: 'custom', message: 'expected JSON' });
      return z.NEVER;
    }
  })
  .pipe(z.record(z.string(), topicArguments));

const ADDRESS = /^(?:[^\s:/]+|\[[^\]]+\]):\d{1,5}$/;

const peerList: z.ZodType<readonly string[]> = z
  .string()
  // Not a set, because the index in the list is the ordinal.
  .transform((text) => (text === '' ? [] : text.split(',').map((peer) => peer.trim())))
  .refine((list) => list.every((peer) => ADDRESS.test(peer)), 'expected host:port of each replica');

export const mirrorOptions = {
  server: serverOptions,
  kafka: kafkaOptions,
  schemas: schemaRegistryOptions,
  ...servicesOptions,
  mirrorName: {
    env: 'QUICK_MIRROR_NAME',
    text: 'Name of this mirror in the manager. With it topics, replicas and copies come from the manager through Kafka. QUICK_MIRROR_TOPICS, QUICK_MIRROR_ARGUMENTS, QUICK_MIRROR_PEERS and QUICK_MIRROR_COPIES are then ignored.',
    schema: z.string().refine((name) => name === '' || isResourceName(name), RESOURCE_NAME_RULE),
    fallback: '',
  } satisfies Option<string>,
  topics: {
    env: 'QUICK_MIRROR_TOPICS',
    text: 'Names of the topics that this process mirrors, separated by commas. Required without QUICK_MIRROR_NAME.',
    schema: topicNames,
    fallback: ',',
  } satisfies Option<readonly string[]>,
  arguments: {
    env: 'QUICK_MIRROR_ARGUMENTS',
    text: 'Arguments of topics of QUICK_MIRROR_TOPICS, as JSON. Each topic has an object with rangeField, rangeKey and rangeType (number, string or timestamp), or with retentionTime and retentionTombstones, and poisonPolicy (skip or halt). Example: {"prices":{"rangeField":"time","rangeType":"timestamp"}}.',
    schema: argumentsByTopic,
    fallback: '{}',
  } satisfies Option<Readonly<Record<string, MirrorArguments>>>,
  dataDir: {
    env: 'QUICK_DATA_DIR',
    text: 'Directory of the stores, with one directory for each topic. Processes must not share it.',
    schema: z.string(),
  } satisfies Option<string>,
  replica: {
    ordinal: {
      env: 'QUICK_MIRROR_ORDINAL',
      text: 'Number of this replica, from 0. It determines the partitions of the replica.',
      schema: wholeNumber(0, 9_999),
      fallback: '0',
    } satisfies Option<number>,
    peers: {
      env: 'QUICK_MIRROR_PEERS',
      text: 'Addresses of all replicas by ordinal, as host:port, separated by commas, including this one. Empty if this is the only one.',
      schema: peerList,
      fallback: '',
    } satisfies Option<readonly string[]>,
    copies: {
      env: 'QUICK_MIRROR_COPIES',
      text: 'Number of replicas that hold each partition.',
      schema: wholeNumber(1, 100),
      fallback: '1',
    } satisfies Option<number>,
    advertised: {
      env: 'QUICK_MIRROR_ADVERTISED',
      text: 'Address of this process for gateways and replicas, as host:port. If it is empty, it is the address on which the process listens.',
      schema: z.string().refine((text) => text === '' || ADDRESS.test(text), 'expected host:port'),
      fallback: '',
    } satisfies Option<string>,
  },
  memory: {
    cacheBytes: {
      env: 'QUICK_MIRROR_CACHE_BYTES',
      text: 'Memory for caches and write buffers of all stores of this process together.',
      schema: wholeNumber(1_048_576, 68_719_476_736),
      fallback: '67108864',
    } satisfies Option<number>,
    cacheShares: {
      env: 'QUICK_MIRROR_CACHE_SHARES',
      text: 'Least number of parts of QUICK_MIRROR_CACHE_BYTES if the manager sets the topics. A topic gets one part. If there are more topics than parts when it is opened, it gets an even share.',
      schema: wholeNumber(1, 1_000),
      fallback: '4',
    } satisfies Option<number>,
  },
  fetch: {
    bufferBytesMax: {
      env: 'QUICK_MIRROR_FETCH_BUFFER_BYTES',
      text: 'Bytes of Kafka that may wait between Kafka and the stores, of all partitions together.',
      schema: wholeNumber(65_536, 1_073_741_824),
      fallback: '1048576',
    } satisfies Option<number>,
    partitionBytesMax: {
      env: 'QUICK_MIRROR_FETCH_PARTITION_BYTES',
      text: 'Bytes fetched of one partition at a time.',
      schema: wholeNumber(1_024, 67_108_864),
      fallback: '1048576',
    } satisfies Option<number>,
    maxWaitMs: {
      env: 'QUICK_MIRROR_FETCH_WAIT_MS',
      text: 'Milliseconds that a broker may delay a fetch while there are no new records.',
      schema: wholeNumber(1, 30_000),
      fallback: '500',
    } satisfies Option<number>,
  },
  waitMaxMs: {
    env: 'QUICK_MIRROR_WAIT_MAX_MS',
    text: 'Most milliseconds that a read waits for its position.',
    schema: wholeNumber(0, 60_000),
    fallback: '5000',
  } satisfies Option<number>,
  stallMs: {
    env: 'QUICK_MIRROR_STALL_MS',
    text: 'Milliseconds without progress after which a partition is stalled and its connection is replaced.',
    schema: wholeNumber(1_000, 600_000),
    fallback: '30000',
  } satisfies Option<number>,
  stalenessMaxMs: {
    env: 'QUICK_MIRROR_STALENESS_MAX_MS',
    text: 'Milliseconds since a partition was last at the end of its topic, after which it responds with 503 instead of old data. 0 sets no limit. The default is the longest transaction that Kafka permits by default.',
    schema: wholeNumber(0, 86_400_000),
    fallback: '900000',
  } satisfies Option<number>,
  absenceAgeMaxMs: {
    env: 'QUICK_MIRROR_ABSENCE_AGE_MAX_MS',
    text: 'The same limit for the answer that a key does not exist, while a partition has a lag. Above it the answer is 503. 0 sets no limit. Raise it if producers keep transactions open for longer.',
    schema: wholeNumber(0, 86_400_000),
    fallback: '5000',
  } satisfies Option<number>,
  watchMs: {
    env: 'QUICK_MIRROR_WATCH_MS',
    text: 'Milliseconds between checks whether a topic was deleted or recreated, or has new partitions.',
    schema: wholeNumber(100, 600_000),
    fallback: '5000',
  } satisfies Option<number>,
  forwardTimeoutMs: {
    env: 'QUICK_MIRROR_FORWARD_TIMEOUT_MS',
    text: 'Milliseconds until another replica must have responded to a forwarded request.',
    schema: wholeNumber(100, 120_000),
    fallback: '10000',
  } satisfies Option<number>,
  poisonEntriesMax: {
    env: 'QUICK_MIRROR_POISON_ENTRIES_MAX',
    text: 'Poison records that are listed for each topic. All are counted.',
    schema: wholeNumber(1, 100_000),
    fallback: '1000',
  } satisfies Option<number>,
  poisonRetryMs: {
    env: 'QUICK_MIRROR_POISON_RETRY_MS',
    text: 'Milliseconds between attempts to read poison records again, if values name schemas in a schema registry.',
    schema: wholeNumber(100, 86_400_000),
    fallback: '30000',
  } satisfies Option<number>,
  pauseConsume: {
    env: 'QUICK_MIRROR_PAUSE_CONSUME',
    text: '1 opens the stores, applies no records, and adds GET /admin/dump to the operators’ port, for tests and to inspect a store.',
    schema: z.enum(['0', '1']).transform((text) => text === '1'),
    fallback: '0',
  } satisfies Option<boolean>,
};

export type MirrorConfig = ConfigOf<typeof mirrorOptions>;

/** Checks options against each other. Throws `ConfigError`. */
export function checkHosting({ mirrorName, topics, replica }: MirrorConfig): void {
  if (mirrorName !== '') {
    return;
  }
  const { ordinal, peers, copies } = replica;
  const replicas = Math.max(1, peers.length);
  const problems = [
    topics.length > 0
      ? undefined
      : `QUICK_MIRROR_TOPICS is required without QUICK_MIRROR_NAME: ${mirrorOptions.topics.text}`,
    ordinal < replicas
      ? undefined
      : `QUICK_MIRROR_ORDINAL=${ordinal}: expected less than the ${replicas} replicas that QUICK_MIRROR_PEERS names`,
    copies <= replicas
      ? undefined
      : `QUICK_MIRROR_COPIES=${copies}: expected at most the ${replicas} replicas that QUICK_MIRROR_PEERS names`,
  ].filter((problem) => problem !== undefined);
  if (problems.length > 0) {
    throw new ConfigError(problems);
  }
}

/** Replicas and gateways reach this replica by these addresses too. */
export function serverOf({ server, replica }: MirrorConfig): MirrorConfig['server'] {
  const { peers, advertised } = replica;
  const addresses = [...peers, ...(advertised === '' ? [] : [advertised])];
  const hosts = addresses.map((address) => address.replace(/:\d+$/, ''));
  return { ...server, allowedHosts: [...server.allowedHosts, ...hosts] };
}

/** The topics of a mirror without a name. */
export function hostingOf({ topics, arguments: byTopic }: MirrorConfig): Hosting {
  return new Map(topics.map((topic) => [topic, byTopic[topic] ?? {}]));
}
