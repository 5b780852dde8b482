import { AppError } from '@quicksilver/common/errors/app-error';
import { Backoff } from '@quicksilver/common/flow/backoff';
import { accessDenied } from '../access-denied.ts';
import type { NewTopic, TopicAdmin, TopicDescription } from '../ports.ts';
import type { TopicAnswer } from './broker.ts';
import type { Cluster } from './cluster.ts';
import { describeTopic, topicMetadata } from './describe-topic.ts';
import { isDenial, KAFKA_CODE, nameOfCode } from './kafka-code.ts';
import { msLeft, pauseWithin, type Limit } from './limit.ts';
import { readOffsets } from './read-offsets.ts';

/** Errors that a retry cannot change, because the request is invalid. */
const WRONG_REQUEST: ReadonlySet<number> = new Set([
  KAFKA_CODE.INVALID_TOPIC_EXCEPTION,
  KAFKA_CODE.INVALID_PARTITIONS,
  KAFKA_CODE.INVALID_REPLICATION_FACTOR,
  KAFKA_CODE.INVALID_CONFIG,
  KAFKA_CODE.INVALID_REQUEST,
  KAFKA_CODE.POLICY_VIOLATION,
]);

/** `TopicAdmin` on any broker, which forwards requests to the controller. */
export class ClusterAdmin implements TopicAdmin {
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  async create(topic: NewTopic, signal: AbortSignal): Promise<boolean> {
    const limit = this.#cluster.limit(signal);
    const answer = await this.#cluster.anyBroker(
      (to) => to.createTopic(topic, msLeft(limit)),
      limit,
    );
    const isNew = answer.errorCode !== KAFKA_CODE.TOPIC_ALREADY_EXISTS;
    if (isNew && answer.errorCode !== KAFKA_CODE.NONE) {
      throw refusal(`Topic '${topic.topic}' cannot be created`, answer);
    }
    await this.#until(limit, `topic '${topic.topic}' exists`, async () => {
      return (await topicMetadata(this.#cluster, topic.topic, limit)) !== undefined;
    });
    // A leader in the metadata may not know the topic yet. Once it returns the end offset, it
    // serves.
    await readOffsets(this.#cluster, { topic: topic.topic, which: 'latest' }, limit);
    return isNew;
  }

  async delete(topic: string, signal: AbortSignal): Promise<boolean> {
    const limit = this.#cluster.limit(signal);
    const answer = await this.#cluster.anyBroker(
      (to) => to.deleteTopic(topic, msLeft(limit)),
      limit,
    );
    if (answer.errorCode === KAFKA_CODE.UNKNOWN_TOPIC_OR_PARTITION) {
      return false;
    }
    if (answer.errorCode !== KAFKA_CODE.NONE) {
      throw refusal(`Topic '${topic}' cannot be deleted`, answer);
    }
    await this.#until(limit, `topic '${topic}' was deleted`, async () => {
      return (await topicMetadata(this.#cluster, topic, limit)) === undefined;
    });
    return true;
  }

  describe(topic: string, signal: AbortSignal): Promise<TopicDescription | undefined> {
    return describeTopic(this.#cluster, topic, this.#cluster.limit(signal));
  }

  async list(signal: AbortSignal): Promise<readonly TopicDescription[]> {
    const { topics } = await this.#cluster.metadata(null, this.#cluster.limit(signal));
    return topics
      .filter(({ errorCode, topic }) => errorCode === KAFKA_CODE.NONE && !isOfKafka(topic))
      .map(({ topic, topicId, leaders }) => ({ topic, topicId, partitions: leaders.size }))
      .toSorted((one, other) => (one.topic < other.topic ? -1 : 1));
  }

  async sizes(signal: AbortSignal): Promise<ReadonlyMap<string, bigint> | undefined> {
    const limit = this.#cluster.limit(signal);
    const { brokers } = await this.#cluster.metadata([], limit);
    const largest = new Map<string, Map<number, bigint>>();
    const answers = await Promise.all(
      brokers.map(({ nodeId }) =>
        this.#cluster.broker('sizes', nodeId, (to) => to.describeLogDirs(), limit),
      ),
    ).catch((error: unknown) => {
      throw this.#cluster.asUnavailable(error, signal);
    });
    if (answers.some(({ errorCode }) => errorCode !== KAFKA_CODE.NONE)) {
      return undefined;
    }
    for (const { topic, partition, bytes } of answers.flatMap(({ partitions }) => partitions)) {
      const ofTopic = largest.get(topic) ?? new Map<number, bigint>();
      const known = ofTopic.get(partition) ?? 0n;
      largest.set(topic, ofTopic.set(partition, bytes > known ? bytes : known));
    }
    return new Map(
      Array.from(largest, ([topic, sizes]) => {
        return [topic, [...sizes.values()].reduce((one, other) => one + other, 0n)];
      }),
    );
  }

  async configs(
    topic: string,
    names: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, string> | undefined> {
    const limit = this.#cluster.limit(signal);
    const answer = await this.#cluster.anyBroker((to) => to.describeConfigs(topic, names), limit);
    if (
      answer.errorCode === KAFKA_CODE.UNKNOWN_TOPIC_OR_PARTITION ||
      answer.errorCode === KAFKA_CODE.INVALID_TOPIC_EXCEPTION
    ) {
      return undefined;
    }
    if (answer.errorCode !== KAFKA_CODE.NONE) {
      throw refusal(`The settings of topic '${topic}' cannot be read`, answer);
    }
    return new Map(
      answer.configs.flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
    );
  }

  close(): Promise<void> {
    this.#cluster.close();
    return Promise.resolve();
  }

  /** The controller responds before the brokers have applied the change. */
  async #until(limit: Limit, fact: string, isTrue: () => Promise<boolean>): Promise<void> {
    const backoff = new Backoff({ firstMs: 10, maxMs: 250 });
    while (!(await isTrue())) {
      if (!(await pauseWithin(limit, backoff.next()))) {
        const detail = `Kafka did not report within ${this.#cluster.requestTimeoutMs} ms that ${fact}`;
        throw new AppError('KAFKA_UNAVAILABLE', detail);
      }
    }
  }
}

/** The internal topics of Kafka itself. */
function isOfKafka(topic: string): boolean {
  return ['__consumer_offsets', '__transaction_state', '__share_group_state'].includes(topic);
}

function refusal(what: string, { errorCode, errorMessage }: TopicAnswer): AppError {
  if (isDenial(errorCode)) {
    return accessDenied(`${what}: ${nameOfCode(errorCode)}`);
  }
  const detail = `${what}: ${errorMessage ?? nameOfCode(errorCode)}`;
  return new AppError(WRONG_REQUEST.has(errorCode) ? 'BAD_REQUEST' : 'KAFKA_UNAVAILABLE', detail);
}
