import type { TopicMetadata } from './broker.ts';
import type { Cluster } from './cluster.ts';
import { isDenial, KAFKA_CODE, nameOfCode } from './kafka-code.ts';
import type { Limit } from './limit.ts';

export type TopicLookup =
  | { readonly state: 'known'; readonly topic: TopicMetadata }
  | { readonly state: 'gone'; readonly detail: string }
  | { readonly state: 'unclear' | 'denied'; readonly detail: string };

/** A cache of the ids and leaders of the topics in use. */
export class TopicDirectory {
  readonly #cluster: Cluster;
  readonly #lookups = new Map<string, TopicLookup>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  get(topic: string): TopicLookup | undefined {
    return this.#lookups.get(topic);
  }

  /** Fetches the metadata of topics that are not cached, all in one request. */
  async learn(topics: Iterable<string>, limit: Limit): Promise<void> {
    const missing = [...new Set(topics)].filter((topic) => !this.#lookups.has(topic));
    if (missing.length > 0) {
      const answer = await this.#cluster.metadata(missing, limit);
      for (const topic of answer.topics) {
        this.#lookups.set(topic.topic, lookupOf(topic));
      }
    }
  }

  /** Removes a topic from the cache, so that its next use fetches it again. */
  forget(topic: string): void {
    this.#lookups.delete(topic);
  }

  forgetAll(): void {
    this.#lookups.clear();
  }
}

export function lookupOf(topic: TopicMetadata): TopicLookup {
  switch (topic.errorCode) {
    case KAFKA_CODE.NONE:
    // A partition has no leader, but the others are usable.
    case KAFKA_CODE.LEADER_NOT_AVAILABLE:
      return { state: 'known', topic };
    case KAFKA_CODE.UNKNOWN_TOPIC_OR_PARTITION:
    case KAFKA_CODE.INVALID_TOPIC_EXCEPTION:
      return { state: 'gone', detail: `topic '${topic.topic}' does not exist` };
    default: {
      const code = nameOfCode(topic.errorCode);
      const state = isDenial(topic.errorCode) ? 'denied' : 'unclear';
      return { state, detail: `topic '${topic.topic}' cannot be described: ${code}` };
    }
  }
}
