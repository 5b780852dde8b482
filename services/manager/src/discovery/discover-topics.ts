import type { SchemaRegistry } from '@quicksilver/codec/registry/schema-registry';
import { AppError } from '@quicksilver/common/errors/app-error';
import { describeError } from '@quicksilver/common/errors/describe';
import { isUserTopic } from '@quicksilver/contracts/topics/topic-entry';
import type { KafkaClient, RecordSource, TopicAdmin } from '@quicksilver/kafka/ports';

import { detectTopic, type DetectedTopic } from './detect-topic.ts';
import { sampleTopic, type SampleBounds } from './sample-topic.ts';
import { SchemaTexts } from './schema-texts.ts';

/** A topic of the broker, and what a sample of its records shows. */
export interface DiscoveredTopic {
  readonly name: string;
  readonly partitions: number;
  /** Undefined if the brokers do not report it. */
  readonly bytes: number | undefined;
  readonly cleanupPolicy: string;
  /** Undefined if the topic could not be read; `problem` says why. */
  readonly detected: DetectedTopic | undefined;
  readonly problem: string | undefined;
}

export interface DiscoveryOptions {
  readonly admin: TopicAdmin;
  readonly kafka: Pick<KafkaClient, 'source'>;
  /** Undefined if the deployment has no schema registry. */
  readonly schemaRegistry: SchemaRegistry | undefined;
}

const BOUNDS: SampleBounds = { recordsMax: 200, bytesMax: 1_048_576 };
/** Topics that are read at the same time. Each has its own connections. */
const LANES = 4;
/** Milliseconds for all topics of a request, and for one of them. */
const ALL_MS = 25_000;
const TOPIC_MS = 5_000;
const REQUESTS_MAX = 2;
const TOPICS_MAX = 2_000;

/**
 * Lists topics of the broker and detects their formats from samples of their records. Changes
 * nothing in Kafka. Bounded in records, bytes, time, connections and concurrent requests.
 */
export class TopicDiscovery {
  readonly #options: DiscoveryOptions;
  #running = 0;

  constructor(options: DiscoveryOptions) {
    this.#options = options;
  }

  /**
   * The topics whose names match, sorted by name. Throws `AppError` OVERLOADED if other requests
   * are running, BAD_REQUEST for more than 2,000 topics, or KAFKA_UNAVAILABLE. A topic that cannot
   * be read has a `problem`. Internal topics are left out.
   */
  async discover(
    matches: (name: string) => boolean,
    signal: AbortSignal,
    bounds: SampleBounds = BOUNDS,
  ): Promise<readonly DiscoveredTopic[]> {
    if (this.#running >= REQUESTS_MAX) {
      throw new AppError(
        'OVERLOADED',
        `${REQUESTS_MAX} requests are reading the topics of the broker (the limit). Retry later.`,
      );
    }
    this.#running += 1;
    try {
      const until = AbortSignal.any([signal, AbortSignal.timeout(ALL_MS)]);
      return await this.#discover(matches, until, bounds);
    } finally {
      this.#running -= 1;
    }
  }

  async #discover(
    matches: (name: string) => boolean,
    signal: AbortSignal,
    bounds: SampleBounds,
  ): Promise<readonly DiscoveredTopic[]> {
    const { admin, kafka, schemaRegistry } = this.#options;
    const all = await admin.list(signal);
    const topics = all.filter(({ topic }) => isUserTopic(topic) && matches(topic));
    if (topics.length > TOPICS_MAX) {
      throw new AppError(
        'BAD_REQUEST',
        `${topics.length} topics match, and the limit is ${TOPICS_MAX}. Name fewer topics.`,
      );
    }
    const sizes = topics.length === 0 ? undefined : await admin.sizes(signal);
    const schemas = new SchemaTexts(schemaRegistry);
    const discovered: DiscoveredTopic[] = [];
    const waiting = [...topics];
    const lane = async (): Promise<void> => {
      const source = kafka.source();
      try {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
          const { topic: name, partitions } = next;
          const bytes = sizes?.get(name);
          discovered.push({
            name,
            partitions,
            bytes: bytes === undefined ? undefined : Number(bytes),
            ...(await this.#read(name, partitions, { source, schemas, bounds, signal })),
          });
        }
      } finally {
        await source.close();
      }
    };
    await Promise.all(Array.from({ length: Math.min(LANES, topics.length) }, lane));
    return discovered.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  }

  async #read(
    name: string,
    partitions: number,
    { source, schemas, bounds, signal }: ReadContext,
  ): Promise<Pick<DiscoveredTopic, 'cleanupPolicy' | 'detected' | 'problem'>> {
    let cleanupPolicy = '';
    try {
      const until = AbortSignal.any([signal, AbortSignal.timeout(TOPIC_MS)]);
      const configs = await this.#options.admin.configs(name, ['cleanup.policy'], until);
      cleanupPolicy = configs?.get('cleanup.policy') ?? '';
      const sample = await sampleTopic(source, name, bounds, until);
      const detected = await detectTopic(name, partitions, sample, schemas);
      return { cleanupPolicy, detected, problem: undefined };
    } catch (error) {
      const problem = signal.aborted
        ? `It was not read within ${ALL_MS} ms. Name fewer topics.`
        : describeError(error);
      return { cleanupPolicy, detected: undefined, problem };
    }
  }
}

interface ReadContext {
  readonly source: RecordSource;
  readonly schemas: SchemaTexts;
  readonly bounds: SampleBounds;
  readonly signal: AbortSignal;
}
