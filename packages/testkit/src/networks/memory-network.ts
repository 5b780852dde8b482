import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { codecFor } from '@quicksilver/codec/codecs';
import type { Service } from '@quicksilver/common/lifecycle/service';
import {
  printTopicEntry,
  TOPIC_REGISTRY,
  type TopicEntry,
} from '@quicksilver/contracts/topics/topic-entry';
import { partitionOf } from '@quicksilver/kafka/partitioner';
import type { KafkaClient } from '@quicksilver/kafka/ports';
import type { MirrorSeams } from '@quicksilver/mirror/assemble';

import { silentLog } from '../basics/silent-log.ts';
import { call, type Answer, type CallOptions } from '../clients/http-call.ts';
import { MemoryKafka } from '../kafka/memory-kafka.ts';
import { entryOf, type NetworkTopic } from '../kafka/register-topics.ts';
import { readMetric } from '../processes/read-metric.ts';
import { runService, type RunningService } from '../processes/run-service.ts';
import { untilReady } from '../processes/until-ready.ts';
import {
  planNetwork,
  type Env,
  type NetworkDescription,
  type PlannedMirror,
} from './network-plan.ts';
import { LOCAL, runMirror } from './run-mirror.ts';

/** Its values are JSON, in one partition unless said otherwise. */
export interface MemoryTopic extends NetworkTopic {
  /** Keys and values as JSON. */
  readonly records?: readonly (readonly [key: string, value: string])[];
}

export interface MemoryNetworkOptions extends Pick<
  NetworkDescription,
  'mirrors' | 'schema' | 'env'
> {
  readonly topics?: readonly MemoryTopic[];
  /** Assembles the gateway of a schema. The testkit does not depend on it. */
  readonly gateway?: (env: Env, sdl: string, kafka: KafkaClient) => Service;
  readonly kafka?: MemoryKafka;
  readonly mirrorSeams?: Partial<MirrorSeams>;
}

/** A network as whole services in the process of the test, over topics in memory. */
export class MemoryNetwork implements AsyncDisposable {
  readonly kafka: MemoryKafka;
  readonly #ends = new AsyncDisposableStack();
  readonly #entries = new Map<string, TopicEntry>();
  readonly #mirrors: MemoryMirror[] = [];
  #gateway: RunningService | undefined;

  static async start(options: MemoryNetworkOptions): Promise<MemoryNetwork> {
    const network = new MemoryNetwork(options.kafka ?? new MemoryKafka());
    try {
      await network.#boot(options);
      return network;
    } catch (error) {
      await network[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(kafka: MemoryKafka) {
    this.kafka = kafka;
  }

  /** `127.0.0.1:port` of the gateway. */
  get address(): string {
    return new URL(this.#gateway?.url ?? '').host;
  }

  /** One request to the gateway. */
  ask(request: object, options: CallOptions = {}): Promise<Answer> {
    return call(`http://${this.address}/graphql`, { json: request, ...options });
  }

  /** A GET of the gateway. */
  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return call(`http://${this.address}${path}`, { headers });
  }

  /** The status of the gateway for operators. */
  async status(): Promise<unknown> {
    return (await call(`${this.#gateway?.opsUrl}/control/status`)).json();
  }

  /** The sum of a metric of the gateway. */
  metric(name: string): Promise<number> {
    return readMetric({ opsUrl: this.#gateway?.opsUrl ?? '' }, name);
  }

  /** The replicas of all mirrors, by ordinal. */
  get mirrors(): readonly MemoryMirror[] {
    return this.#mirrors;
  }

  async write(topic: string, keyJson: string, valueJson: string): Promise<void> {
    const { keyType, partitions } = this.#entryOf(topic);
    const key = codecFor(keyType).fromJson(keyJson);
    const partition = partitionOf(key, partitions);
    const records = [{ key, value: Buffer.from(valueJson) }];
    await this.kafka.sink().produce([{ topic, partition, records }], DEADLINE_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ends.disposeAsync();
  }

  async #boot(options: MemoryNetworkOptions): Promise<void> {
    const { topics = [], gateway, schema, kafka: _kafka, mirrorSeams, ...rest } = options;
    this.kafka.create({ topic: TOPIC_REGISTRY, partitions: 1, replicationFactor: 1 });
    for (const topic of topics) {
      await this.#create(topic);
    }
    const root = this.#ends.use(await mkdtempDisposable(join(tmpdir(), 'memory-network-')));
    const plan = await planNetwork(
      { ...rest, ...(schema === undefined ? {} : { schema }), topics, ingests: 0 },
      { dataDir: root.path, kafkaEnv: () => ({ QUICK_KAFKA_BOOTSTRAP_SERVER: 'memory:9092' }) },
    );
    for (const planned of plan.mirrors) {
      const mirror = new MemoryMirror(planned, { ...mirrorSeams, kafka: this.kafka });
      this.#mirrors.push(this.#ends.use(mirror));
      await mirror.start();
    }
    await Promise.all(this.#mirrors.map((mirror) => mirror.untilReady()));
    for (const { env } of plan.gateways) {
      const service = gateway?.({ ...LOCAL, ...env }, schema ?? '', this.kafka);
      if (service === undefined) {
        throw new Error('A network with a schema needs a function that assembles the gateway');
      }
      this.#gateway = this.#ends.use(await runService(service, { log: silentLog }));
      await untilReady(this.#gateway);
    }
  }

  async #create(topic: MemoryTopic): Promise<void> {
    const { records = [], ...rest } = topic;
    const entry = entryOf({ partitions: 1, ...rest });
    const { name, partitions } = entry;
    this.#entries.set(name, entry);
    this.kafka.create({ topic: name, partitions, replicationFactor: 1 });
    this.kafka.write(TOPIC_REGISTRY, name, printTopicEntry(entry).toString());
    for (const [key, value] of records) {
      await this.write(name, key, value);
    }
  }

  #entryOf(topic: string): TopicEntry {
    const entry = this.#entries.get(topic);
    if (entry === undefined) {
      throw new Error(`This network has no topic ${topic}`);
    }
    return entry;
  }
}

/** One replica of a mirror, which keeps its port and its store while it is stopped. */
export class MemoryMirror implements AsyncDisposable {
  readonly dataDir: string;
  readonly url: string;
  readonly #env: Env;
  readonly #seams: Partial<MirrorSeams>;
  #running: RunningService | undefined;

  constructor({ dataDir, env }: PlannedMirror, seams: Partial<MirrorSeams>) {
    this.dataDir = dataDir;
    this.url = `http://127.0.0.1:${env['QUICK_PORT']}`;
    this.#env = { QUICK_MIRROR_FETCH_WAIT_MS: '50', ...env };
    this.#seams = seams;
  }

  async start(kafka?: KafkaClient): Promise<void> {
    const seams = kafka === undefined ? this.#seams : { ...this.#seams, kafka };
    this.#running = await runMirror(this.#env, seams);
  }

  async untilReady(): Promise<void> {
    await untilReady({ opsUrl: this.#running?.opsUrl ?? '' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running?.[Symbol.asyncDispose]();
  }
}

const DEADLINE_MS = 20_000;
