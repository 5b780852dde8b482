import type { TopicMetadata } from './broker.ts';
import type { Cluster } from './cluster.ts';
import { KAFKA_CODE, nameOfCode } from './kafka-code.ts';
import type { Limit } from './limit.ts';

export type TopicLookup =
  | { readonly state: 'known'; readonly topic: TopicMetadata }
  | { readonly state: 'gone'; readonly detail: string }
  | { readonly state: 'unclear'; readonly detail: string };

/** Ids and leaders of the topics in use, as a broker told them last. */
export class TopicDirectory {
  readonly #cluster: Cluster;
  readonly #known = new Map<string, TopicLookup>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  get(topic: string): TopicLookup | undefined {
    return this.#known.get(topic);
  }

  /** Asks for those topics that are not known, all in one request. */
  async learn(topics: Iterable<string>, limit: Limit): Promise<void> {
    const missing = [...new Set(topics)].filter((topic) => !this.#known.has(topic));
    if (missing.length > 0) {
      const answer = await this.#cluster.metadata(missing, limit);
      for (const topic of answer.topics) {
        this.#known.set(topic.topic, lookupOf(topic));
      }
    }
  }

  /** Asks again at the next use. */
  forget(topic: string): void {
    this.#known.delete(topic);
  }

  forgetAll(): void {
    this.#known.clear();
  }
}

export function lookupOf(topic: TopicMetadata): TopicLookup {
  switch (topic.errorCode) {
    case KAFKA_CODE.NONE:
    // Some partition has no leader now; the others can be used.
    case KAFKA_CODE.LEADER_NOT_AVAILABLE:
      return { state: 'known', topic };
    case KAFKA_CODE.UNKNOWN_TOPIC_OR_PARTITION:
    case KAFKA_CODE.INVALID_TOPIC_EXCEPTION:
      return { state: 'gone', detail: `there is no topic '${topic.topic}'` };
    default: {
      const code = nameOfCode(topic.errorCode);
      return { state: 'unclear', detail: `topic '${topic.topic}' cannot be described: ${code}` };
    }
  }
}
