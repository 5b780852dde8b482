import type { KafkaClient, KafkaClientOptions, NewTopic } from '@quicksilver/kafka/ports';

import { testBroker, uniqueTopic } from './broker.ts';
import { JavaClients } from './java-clients.ts';
import { testSignal } from './read-to-end.ts';

export type CreateClient = (options: KafkaClientOptions) => KafkaClient;

/** Small, so that a test can go beyond it. */
export const DECOMPRESSED_BYTES_MAX = 1_048_576;

/** The client under test on the run's broker, and Kafka's Java clients beside it. */
export class ConformanceBench implements AsyncDisposable {
  readonly source;
  readonly sink;
  readonly admin;
  readonly java: JavaClients;
  readonly #client: KafkaClient;

  constructor(createClient: CreateClient) {
    const broker = testBroker();
    this.#client = createClient({
      bootstrapServers: [broker.bootstrapServer],
      clientId: 'conformance',
      requestTimeoutMs: 30_000,
      decompressedBytesMax: DECOMPRESSED_BYTES_MAX,
    });
    this.source = this.#client.source();
    this.sink = this.#client.sink();
    this.admin = this.#client.admin();
    this.java = JavaClients.start(broker);
  }

  /** Another object of the same client, which has seen nothing yet. */
  newSource(): ReturnType<KafkaClient['source']> {
    return this.#client.source();
  }

  async topic(partitions = 1, configs: NewTopic['configs'] = {}): Promise<string> {
    const topic = uniqueTopic('conformance');
    await this.admin.create({ topic, partitions, replicationFactor: 1, configs }, testSignal());
    return topic;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.source.close(), this.sink.close(), this.admin.close()]);
    await this.java[Symbol.asyncDispose]();
  }
}

/** How a text reads in what `readToEnd` and the Java consumer give. */
export function hexOf(text: string): string {
  return Buffer.from(text).toString('hex');
}
