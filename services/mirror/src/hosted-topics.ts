import { AppError } from '@quicksilver/common/errors/app-error';
import type { RecordSource } from '@quicksilver/common/kafka/ports';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { Part, Run } from '@quicksilver/common/lifecycle/part';
import type { PartitionStatus, TopicStatus } from '@quicksilver/common/mirror-api/contract';
import { assertUserTopic, type TopicEntry } from '@quicksilver/common/topics/topic-entry';
import type { TopicRegistry } from '@quicksilver/common/topics/topic-registry';

import type { Applier } from './apply/applier.ts';
import type { PoisonEntry } from './apply/poison-list.ts';
import { HostedTopic, type HostedTopicOptions } from './hosted-topic.ts';
import type { TopicView } from './query/topic-view.ts';
import type { TopicViews } from './query/topic-views.ts';

type PerTopic = 'entry' | 'owned' | 'onFatal' | 'cacheBytes';

export interface HostedTopicsOptions extends Omit<HostedTopicOptions, PerTopic> {
  /** Names of the topics to host. */
  readonly topics: readonly string[];
  readonly registry: TopicRegistry;
  /** The partitions of this replica, of a topic with so many. */
  readonly ownedOf: (partitions: number) => readonly number[];
  /** Memory of all stores together. */
  readonly cacheBytes: number;
  readonly control: RecordSource;
  readonly log: Log;
}

/** Hosts each topic from when the registry knows it, anew when its entry changes. */
export class HostedTopics implements Part, TopicViews {
  readonly name = 'topics';
  readonly single: string | undefined;
  readonly #options: HostedTopicsOptions;
  readonly #hosted = new Map<string, HostedTopic>();
  #forget: () => void = () => {};
  /** One change after the other: a store must be closed before it is opened again. */
  #changes: Promise<void> = Promise.resolve();
  #isStopping = false;

  constructor(options: HostedTopicsOptions) {
    this.#options = options;
    this.single = options.topics.length === 1 ? options.topics[0] : undefined;
  }

  async start(run: Run): Promise<void> {
    const follow = (name: string): void => {
      if (this.#options.topics.includes(name)) {
        this.#changes = this.#changes.then(() => this.#update(name, run)).catch(run.fail);
      }
    };
    this.#forget = this.#options.registry.onChange(follow);
    for (const topic of this.#options.topics) {
      follow(topic);
    }
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#forget();
    await this.#changes;
    await Promise.all([...this.#hosted.values()].map((topic) => topic.stop()));
    await this.#options.control.close();
  }

  notReady(): string | undefined {
    const reasons = this.#options.topics.flatMap((topic) => this.#notReadyOf(topic));
    return reasons.length === 0 ? undefined : reasons.join('\n');
  }

  require(topic: string): TopicView {
    if (!this.#options.topics.includes(topic)) {
      assertUserTopic(topic);
      throw new AppError('TOPIC_NOT_FOUND', `Topic ${topic} is not mirrored here.`);
    }
    this.#options.registry.require(topic);
    const view = this.#hosted.get(topic)?.view;
    if (view === undefined) {
      const why = this.#hosted.get(topic)?.problem ?? 'it is being opened';
      throw new AppError('RESTORING', `Topic ${topic} does not answer yet: ${why}.`);
    }
    return view;
  }

  find(topic: string): TopicView | undefined {
    return this.#options.registry.get(topic) === undefined
      ? undefined
      : this.#hosted.get(topic)?.view;
  }

  status(): TopicStatus[] {
    return this.#options.topics.map((topic) => {
      const partitions = this.#hosted.get(topic)?.partitions ?? [];
      return {
        topic,
        topicId: partitions.find(({ topicId }) => topicId !== undefined)?.topicId ?? null,
        partitions: partitions.map(statusOf),
      };
    });
  }

  poison(): PoisonEntry[] {
    return [...this.#hosted.values()].flatMap((topic) => topic.poison.list());
  }

  async #update(name: string, run: Run): Promise<void> {
    const entry = this.#options.registry.get(name);
    const hosted = this.#hosted.get(name);
    if (this.#isStopping || (hosted !== undefined && isSame(hosted.entry, entry))) {
      return;
    }
    if (hosted !== undefined) {
      this.#options.log.warn({ topic: name }, 'the entry of the topic changed, opening it anew');
      this.#hosted.delete(name);
      await hosted.stop();
    }
    if (entry !== undefined) {
      const { ownedOf, cacheBytes, topics } = this.#options;
      const topic = new HostedTopic({
        ...this.#options,
        entry,
        owned: ownedOf(entry.partitions),
        cacheBytes: Math.floor(cacheBytes / topics.length),
        onFatal: (error) => run.fail(error),
      });
      this.#hosted.set(name, topic);
      topic.start();
    }
  }

  #notReadyOf(topic: string): string[] {
    const hosted = this.#hosted.get(topic);
    if (hosted === undefined) {
      return [`topic ${topic} is not in the registry`];
    }
    if (hosted.view === undefined) {
      return [`topic ${topic}: ${hosted.problem}`];
    }
    return hosted.partitions
      .filter(({ state }) => state !== 'serving')
      .map(({ partition, state, detail }) =>
        [`topic ${topic} partition ${partition} is ${state}`, detail].filter(Boolean).join(': '),
      );
  }
}

function isSame(one: TopicEntry, other: TopicEntry | undefined): boolean {
  return (
    other !== undefined &&
    one.keyType === other.keyType &&
    one.valueType === other.valueType &&
    one.partitions === other.partitions
  );
}

function statusOf(partition: Applier): PartitionStatus {
  const { state, nextOffset, endOffset, poisonRecords, detail } = partition;
  const lag = endOffset - nextOffset;
  return {
    partition: partition.partition,
    state,
    nextOffset: String(nextOffset),
    endOffset: String(endOffset),
    lagRecords: String(lag > 0n ? lag : 0n),
    poisonRecords,
    ...(detail === undefined ? {} : { detail }),
  };
}
