import type { TopicOperation } from '@quicksilver/kafka/cluster-inspector';

/** The programs that connect to Kafka. `cli` is `quick tail`. */
export const KAFKA_USERS = ['manager', 'ingest', 'mirror', 'gateway', 'edge', 'cli'] as const;
export type KafkaUser = (typeof KAFKA_USERS)[number];

/** Operations on topics of one name, or of names with one prefix. */
export interface KafkaRight {
  readonly topic: string;
  readonly isPrefix: boolean;
  readonly operations: readonly TopicOperation[];
  /** When a deployment needs it, if not always. */
  readonly when?: string;
}

export interface RightsOptions {
  readonly internalPrefix: string;
  /** Internal topics with other names. */
  readonly otherInternal: readonly string[];
  /** The topic registry of an earlier version, which the deployment may still use. */
  readonly formerRegistry?: string | undefined;
  /** Topics of users. A name that ends with `*` is a prefix, and `*` means all topics. */
  readonly topics: readonly string[];
}

/** What a program needs of the internal topics. */
const INTERNAL: Readonly<Record<KafkaUser, readonly TopicOperation[]>> = {
  manager: ['Read', 'Write', 'Create'],
  ingest: ['Read'],
  mirror: ['Read'],
  gateway: ['Read'],
  edge: ['Read'],
  cli: [],
};

/** What a program needs of the topics of users. */
const OF_USERS: Readonly<Record<KafkaUser, readonly TopicOperation[]>> = {
  manager: ['Create', 'Delete', 'DescribeConfigs'],
  ingest: ['Write'],
  mirror: ['Read'],
  gateway: ['Read'],
  edge: [],
  cli: ['Read'],
};

/** What a program needs of the topics of users for some features only. */
const SOMETIMES: Readonly<
  Partial<Record<KafkaUser, Required<Pick<KafkaRight, 'operations' | 'when'>>>>
> = {
  manager: {
    operations: ['Read'],
    when: 'only for quick topic ls --all, quick topic add and quick schema generate',
  },
  mirror: { operations: ['Write'], when: 'only for mirrors with retentionTombstones' },
};

/**
 * The least rights of a program. In Kafka, `Read`, `Write` and `Delete` include `Describe`, and
 * `DescribeConfigs` does too. No program uses a consumer group or a transaction.
 */
export function rightsOf(user: KafkaUser, options: RightsOptions): readonly KafkaRight[] {
  const { internalPrefix, otherInternal, formerRegistry, topics } = options;
  const internal = [
    { topic: internalPrefix, isPrefix: true },
    ...otherInternal.map((topic) => ({ topic, isPrefix: false })),
  ].map((each) => ({ ...each, operations: INTERNAL[user] }));
  const former = formerRegistry === undefined ? [] : [formerRight(user, formerRegistry)];
  const named = topics.map(patternOf);
  const ofUsers = named.map((each) => ({ ...each, operations: OF_USERS[user] }));
  const extra = SOMETIMES[user];
  const sometimes = extra === undefined ? [] : named.map((each) => ({ ...each, ...extra }));
  return [...internal, ...former, ...ofUsers, ...sometimes].filter(
    ({ operations }) => operations.length > 0,
  );
}

/** It stays in use only if it exists, so no program creates it. */
function formerRight(user: KafkaUser, topic: string): KafkaRight {
  return {
    topic,
    isPrefix: false,
    operations: INTERNAL[user].filter((operation) => operation !== 'Create'),
    when: `only if ${topic} of an earlier version is in use`,
  };
}

function patternOf(name: string): Pick<KafkaRight, 'topic' | 'isPrefix'> {
  const isPrefix = name.endsWith('*') && name !== '*';
  return { topic: isPrefix ? name.slice(0, -1) : name, isPrefix };
}

/** `kafka-acls` commands that grant the rights, as few as possible. */
export function aclCommands(
  principal: string,
  rights: readonly KafkaRight[],
  server: string,
): readonly string[] {
  const groups = Map.groupBy(
    rights,
    ({ isPrefix, operations, when = '' }) => `${isPrefix} ${operations.join(' ')} ${when}`,
  );
  return [...groups.values()].map((group) => {
    const [{ isPrefix, operations, when } = { isPrefix: false, operations: [], when: undefined }] =
      group;
    const words = [
      `kafka-acls --bootstrap-server ${server} --command-config admin.properties --add`,
      `--allow-principal ${quoted(principal)}`,
      ...operations.map((operation) => `--operation ${operation}`),
      ...(isPrefix ? ['--resource-pattern-type prefixed'] : []),
      ...group.map(({ topic }) => `--topic ${quoted(topic)}`),
    ].join(' ');
    return when === undefined ? words : `${words}   # ${when}`;
  });
}

/** A word for a shell. */
function quoted(word: string): string {
  return /^[\w.:-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
