import { describeError } from '@quicksilver/common/errors/describe';
import type { OutgoingBatch, ProduceResult, RecordSink } from '../ports.ts';
import type { BrokerConnection, ProduceAnswer } from './broker.ts';
import type { Cluster } from './cluster.ts';
import { KAFKA_CODE, nameOfCode } from './kafka-code.ts';
import { limitOf } from './limit.ts';
import { OutgoingItem, type RefusalReason } from './outgoing-item.ts';
import { PartitionSequence } from './partition-sequence.ts';
import { produceVerdictOf } from './produce-verdict.ts';
import { TopicDirectory } from './topic-directory.ts';

/** Maximum bytes of a request. A larger batch is sent alone, and the broker decides about it. */
const REQUEST_BYTES_MAX = 16 * 1024 * 1024;
/** Maximum number of batches in flight. More are rejected at once. */
const ITEMS_MAX = 100_000;
const RETRY_FIRST_MS = 20;
const RETRY_MAX_MS = 1000;
/**
 * Attempts until a partition that is not in the metadata counts as missing. When partitions are
 * added to a topic, brokers learn of them at different times.
 */
const MISSING_ATTEMPTS = 5;
const PURPOSE = 'produce';

/**
 * `RecordSink` over the leaders of the partitions: an idempotent producer with one request in
 * flight per leader. Batches collect while a request is in flight, and the next request takes one
 * batch of every waiting partition. A partition has one batch in flight, so it keeps the order of
 * the calls across retries.
 */
export class ClusterSink implements RecordSink {
  readonly #cluster: Cluster;
  readonly #directory: TopicDirectory;
  readonly #sequences = new Map<string, PartitionSequence>();
  readonly #busyLeaders = new Set<number>();
  /** In the order of the calls. */
  #items: OutgoingItem[] = [];
  #producerId: bigint | undefined;
  #isPreparing = false;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#directory = new TopicDirectory(cluster);
  }

  async produce(batches: readonly OutgoingBatch[], timeoutMs: number): Promise<ProduceResult[]> {
    const items: OutgoingItem[] = [];
    const results = batches.map((batch) => {
      return new Promise<ProduceResult>((resolve) => {
        const item = new OutgoingItem(batch, resolve);
        items.push(item);
        this.#admit(item);
      });
    });
    const timer = setTimeout(() => this.#expire(items, timeoutMs), timeoutMs);
    this.#pump();
    try {
      return await Promise.all(results);
    } finally {
      clearTimeout(timer);
    }
  }

  close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const item of this.#items) {
      item.fail('unavailable', 'the Kafka client was closed');
    }
    this.#items = [];
    this.#cluster.close();
    return Promise.resolve();
  }

  #admit(item: OutgoingItem): void {
    if (item.batch.records.length === 0) {
      item.fail('rejected', 'the batch has no records');
    } else if (this.#isClosed) {
      item.fail('unavailable', 'the Kafka client is closed');
    } else if (this.#items.length >= ITEMS_MAX) {
      item.fail('unavailable', `too many batches are in flight (${ITEMS_MAX}, the limit)`);
    } else {
      this.#items.push(item);
    }
  }

  /** Settles the batches whose time is over. A leader that owes a response loses its connection. */
  #expire(items: readonly OutgoingItem[], timeoutMs: number): void {
    const late = items.filter((item) => !item.isSettled);
    const silent = new Set(late.map((item) => (item.isSent ? item.leader : undefined)));
    for (const item of late) {
      this.#fail(
        item,
        'unavailable',
        `not acknowledged within ${timeoutMs} ms: ${item.lastProblem}`,
      );
    }
    for (const leader of silent) {
      if (leader !== undefined) {
        this.#cluster.drop(PURPOSE, leader);
      }
    }
    this.#pump();
  }

  /** Sends every batch that can be sent. Called after each change that may allow more. */
  #pump(): void {
    this.#items = this.#items.filter((item) => !item.isSettled);
    if (this.#items.length === 0 || this.#isClosed) {
      return;
    }
    const now = performance.now();
    const selected = new Map<number, OutgoingItem[]>();
    const partitions = new Set<string>();
    let needsMore = this.#producerId === undefined;
    for (const item of this.#items) {
      // A later batch of a partition never overtakes an earlier one that waits.
      const isNext = !partitions.has(item.key);
      partitions.add(item.key);
      if (isNext && item.leader === undefined && item.notBeforeMs <= now) {
        needsMore = !this.#select(item, selected) || needsMore;
      }
    }
    if (needsMore) {
      void this.#prepare();
    }
    const producerId = this.#producerId;
    if (producerId !== undefined) {
      for (const [leader, items] of selected) {
        void this.#send(leader, items, producerId);
      }
    }
    this.#wakeForRetries(now);
  }

  /** Puts an item into the next request to its leader. False if the topic's leaders are unknown. */
  #select(item: OutgoingItem, selected: Map<number, OutgoingItem[]>): boolean {
    const { topic, partition } = item.batch;
    const lookup = this.#directory.get(topic);
    if (lookup === undefined) {
      return false;
    }
    const leader = lookup.state === 'known' ? lookup.topic.leaders.get(partition) : undefined;
    const isMissing = lookup.state === 'known' && leader === undefined;
    if (isMissing && item.attempts < MISSING_ATTEMPTS) {
      this.#retryLater(item, `partition ${item.key} does not exist`);
    } else if (lookup.state === 'gone' || isMissing) {
      const detail =
        lookup.state === 'gone' ? lookup.detail : `partition ${item.key} does not exist`;
      this.#directory.forget(topic);
      this.#fail(item, 'topic-gone', detail);
    } else if (leader === undefined || leader < 0) {
      this.#retryLater(item, `partition ${item.key} has no leader now`);
    } else if (!this.#busyLeaders.has(leader)) {
      const items = selected.get(leader) ?? [];
      const bytes = items.reduce((sum, other) => sum + other.bytes, item.bytes);
      if (items.length === 0 || bytes <= REQUEST_BYTES_MAX) {
        selected.set(leader, [...items, item]);
      }
    }
    return true;
  }

  /** Fetches the producer id and missing leaders, once for all waiting batches. */
  async #prepare(): Promise<void> {
    if (this.#isPreparing) {
      return;
    }
    this.#isPreparing = true;
    const waiting = this.#items.filter((item) => item.leader === undefined);
    const limit = limitOf(this.#cluster.requestTimeoutMs);
    try {
      await this.#directory.learn(
        waiting.map((item) => item.batch.topic),
        limit,
      );
      if (this.#producerId === undefined) {
        const answer = await this.#cluster.anyBroker((to) => to.initProducerId(), limit, 2);
        if (answer.errorCode !== KAFKA_CODE.NONE) {
          throw new Error(`the broker returned no producer id: ${nameOfCode(answer.errorCode)}`);
        }
        this.#producerId = answer.producerId;
      }
    } catch (error) {
      for (const item of waiting) {
        this.#retryLater(item, describeError(error));
      }
    }
    this.#isPreparing = false;
    this.#pump();
  }

  async #send(leader: number, items: readonly OutgoingItem[], producerId: bigint): Promise<void> {
    this.#busyLeaders.add(leader);
    for (const item of items) {
      item.leader = leader;
      item.attempts += 1;
    }
    const timeoutMs = this.#cluster.requestTimeoutMs;
    const write = (to: BrokerConnection): Promise<ProduceAnswer[]> => {
      // Connecting took time: batches that have settled meanwhile must not be sent.
      const live = items.filter((item) => !item.isSettled);
      for (const item of live) {
        item.isSent = true;
      }
      const batches = live.map(({ batch, key }) => {
        return { ...batch, ...this.#sequence(key).place(producerId) };
      });
      return live.length === 0 ? Promise.resolve([]) : to.produce({ batches, timeoutMs });
    };
    try {
      const answers = await this.#cluster.broker(PURPOSE, leader, write, limitOf(timeoutMs));
      const byKey = new Map(
        answers.map((answer) => [`${answer.topic}/${answer.partition}`, answer]),
      );
      for (const item of items) {
        this.#conclude(item, byKey.get(item.key));
      }
    } catch (error) {
      for (const item of items) {
        item.isPerhapsWritten ||= item.isSent;
        this.#finishAttempt(item);
        this.#retryLater(item, describeError(error));
      }
    }
    this.#busyLeaders.delete(leader);
    this.#pump();
  }

  #finishAttempt(item: OutgoingItem): void {
    item.leader = undefined;
    item.isSent = false;
  }

  /** Handles the broker's response for one batch. */
  #conclude(item: OutgoingItem, answer: ProduceAnswer | undefined): void {
    this.#finishAttempt(item);
    if (item.isSettled) {
      return;
    }
    const code = answer?.errorCode ?? KAFKA_CODE.UNKNOWN_SERVER_ERROR;
    const detail = `the broker returned ${answer?.errorMessage ?? nameOfCode(code)}`;
    const verdict = produceVerdictOf(code);
    if (verdict === 'ok' && answer !== undefined && answer.baseOffset >= 0n) {
      this.#sequence(item.key).advance(item.batch.records.length);
      item.succeed(answer.baseOffset);
    } else if (verdict === 'retry' || verdict === 'topic-unclear') {
      this.#retryLater(item, detail);
    } else if (verdict === 'retry-unknown') {
      item.isPerhapsWritten = true;
      this.#retryLater(item, detail);
    } else if (verdict === 'new-epoch' && !item.isPerhapsWritten) {
      this.#restartSequence(item.key);
      this.#retryLater(item, detail);
    } else {
      item.isPerhapsWritten ||= verdict === 'unknown' || verdict === 'ok';
      this.#fail(item, verdict === 'rejected' ? 'rejected' : 'unavailable', detail);
    }
  }

  #fail(item: OutgoingItem, reason: RefusalReason, detail: string): void {
    if (item.isSent || item.isPerhapsWritten) {
      this.#restartSequence(item.key);
    }
    item.fail(reason, detail);
  }

  #retryLater(item: OutgoingItem, problem: string): void {
    const pauseMs = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** Math.min(item.attempts, 10));
    item.notBeforeMs = performance.now() + pauseMs;
    item.lastProblem = problem;
    item.attempts += 1;
    this.#directory.forget(item.batch.topic);
  }

  #wakeForRetries(now: number): void {
    const times = this.#items.map((item) => item.notBeforeMs).filter((time) => time > now);
    clearTimeout(this.#timer);
    if (times.length > 0) {
      const earliest = times.reduce((least, time) => Math.min(least, time), Infinity);
      this.#timer = setTimeout(() => this.#pump(), Math.ceil(earliest - now));
    }
  }

  #sequence(key: string): PartitionSequence {
    const existing = this.#sequences.get(key);
    if (existing !== undefined) {
      return existing;
    }
    const sequence = new PartitionSequence();
    this.#sequences.set(key, sequence);
    return sequence;
  }

  #restartSequence(key: string): void {
    if (this.#sequence(key).restart()) {
      this.#producerId = undefined;
    }
  }
}
