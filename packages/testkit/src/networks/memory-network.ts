import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { codecFor } from '@quicksilver/codec/codecs';
import { readConfig } from '@quicksilver/common/config/option';
import type { Service } from '@quicksilver/common/lifecycle/service';
import {
  printTopicEntry,
  TOPIC_REGISTRY,
  type TopicEntry,
} from '@quicksilver/contracts/topics/topic-entry';
import { assembleMirror } from '@quicksilver/mirror/assemble';
import { mirrorOptions } from '@quicksilver/mirror/config';

import { eventually } from '../basics/eventually.ts';
import { silentLog } from '../basics/silent-log.ts';
import { call, type Answer, type CallOptions } from '../clients/http-call.ts';
import { MemoryKafka } from '../kafka/memory-kafka.ts';
import { readMetric } from '../processes/read-metric.ts';
import { runService, type RunningService } from '../processes/run-service.ts';

/** A topic with one partition. Its values are JSON. */
export interface MemoryTopic {
  readonly name: string;
  readonly keyType: Exclude<TopicEntry['keyType'], 'AVRO'>;
  /** Keys and values as JSON. */
  readonly records?: readonly (readonly [key: string, value: string])[];
  /** Arguments of its mirror. */
  readonly mirror?: object;
}

export interface MemoryNetworkOptions {
  readonly topics?: readonly MemoryTopic[];
  /** Assembles the gateway. The testkit does not depend on it. */
  readonly gateway: (env: Readonly<Record<string, string>>, kafka: MemoryKafka) => Service;
}

/** A gateway and a mirror as whole services in the process of the test, over topics in memory. */
export class MemoryNetwork implements AsyncDisposable {
  readonly kafka = new MemoryKafka();
  readonly #ends = new AsyncDisposableStack();
  readonly #keyTypes = new Map<string, MemoryTopic['keyType']>();
  #gateway: RunningService | undefined;

  static async start({ topics = [], gateway }: MemoryNetworkOptions): Promise<MemoryNetwork> {
    const network = new MemoryNetwork();
    network.kafka.create({ topic: TOPIC_REGISTRY, partitions: 1, replicationFactor: 1 });
    for (const topic of topics) {
      await network.#create(topic);
    }
    const mirrorUrl = topics.length === 0 ? 'http://127.0.0.1:1' : await network.#mirror(topics);
    const env = { ...ENV, QUICK_MIRROR_URL: mirrorUrl };
    network.#gateway = network.#ends.use(
      await runService(gateway(env, network.kafka), { log: silentLog }),
    );
    await untilReady(network.#gateway);
    return network;
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

  async write(topic: string, keyJson: string, valueJson: string): Promise<void> {
    const key = codecFor(this.#keyTypes.get(topic) ?? 'STRING').fromJson(keyJson);
    const records = [{ key, value: Buffer.from(valueJson) }];
    await this.kafka.sink().produce([{ topic, partition: 0, records }], DEADLINE_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ends.disposeAsync();
  }

  async #create({ name, keyType, records = [] }: MemoryTopic): Promise<void> {
    this.#keyTypes.set(name, keyType);
    this.kafka.create({ topic: name, partitions: 1, replicationFactor: 1 });
    const entry = {
      name,
      keyType,
      valueType: 'JSON',
      writeType: 'MUTABLE',
      partitions: 1,
    } as const;
    this.kafka.write(TOPIC_REGISTRY, name, printTopicEntry(entry).toString());
    for (const [key, value] of records) {
      await this.write(name, key, value);
    }
  }

  async #mirror(topics: readonly MemoryTopic[]): Promise<string> {
    const root = this.#ends.use(await mkdtempDisposable(join(tmpdir(), 'memory-network-')));
    const config = readConfig(mirrorOptions, {
      ...ENV,
      QUICK_MIRROR_TOPICS: topics.map(({ name }) => name).join(','),
      QUICK_MIRROR_ARGUMENTS: JSON.stringify(
        Object.fromEntries(topics.map(({ name, mirror }) => [name, mirror ?? {}])),
      ),
      QUICK_DATA_DIR: root.path,
      QUICK_MIRROR_FETCH_WAIT_MS: '50',
    });
    const service = assembleMirror(config, { kafka: this.kafka, log: silentLog });
    const running = this.#ends.use(await runService(service, { log: silentLog }));
    await untilReady(running);
    return running.url;
  }
}

const DEADLINE_MS = 20_000;
const ENV = {
  QUICK_KAFKA_BOOTSTRAP_SERVER: 'memory:9092',
  QUICK_HOST: '127.0.0.1',
  QUICK_PORT: '0',
  QUICK_OPS_PORT: '0',
};

async function untilReady({ opsUrl }: RunningService): Promise<void> {
  await eventually(async () => {
    const { status, text } = await call(`${opsUrl}/readyz`);
    if (status !== 200) {
      throw new Error(text);
    }
  }, DEADLINE_MS);
}
