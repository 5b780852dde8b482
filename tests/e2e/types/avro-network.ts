import { testBroker } from '@quicksilver/testkit/broker';
import type { NetworkTopic } from '@quicksilver/testkit/register-topics';
import { OwnSchemaRegistry } from '@quicksilver/testkit/own-schema-registry';
import { TestNetwork } from '@quicksilver/testkit/test-network';

import { ForeignProducer } from './avro-producer.ts';

export interface AvroNetworkOptions {
  /** With text keys and values of Avro, unless they say otherwise. */
  readonly topics: readonly (string | NetworkTopic)[];
  /** Of the gateway; without it there is none. */
  readonly schema?: string;
  /** Further variables of the gateway. */
  readonly gatewayEnv?: Readonly<Record<string, string>>;
}

const PARTITIONS = 3;

/** Topics with Avro values, a real schema registry, the services, and a separate writer. */
export class AvroNetwork implements AsyncDisposable {
  readonly registry: OwnSchemaRegistry;
  readonly network: TestNetwork;
  readonly producer = new ForeignProducer(PARTITIONS);

  static async start({ topics, schema, gatewayEnv }: AvroNetworkOptions): Promise<AvroNetwork> {
    const registry = await OwnSchemaRegistry.start();
    try {
      const env = { QUICK_KAFKA_SCHEMA_REGISTRY_URL: registry.url };
      const mirror = { ...env, QUICK_MIRROR_POISON_RETRY_MS: '1000' };
      const network = await TestNetwork.start({
        broker: testBroker(),
        topics: topics.map((topic) => ({
          valueType: 'AVRO',
          partitions: PARTITIONS,
          ...(typeof topic === 'string' ? { name: topic } : topic),
        })),
        ...(schema === undefined ? {} : { schema }),
        env: { mirror, gateway: { ...env, ...gatewayEnv }, ingest: env },
      });
      return new AvroNetwork(registry, network);
    } catch (error) {
      await registry[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(registry: OwnSchemaRegistry, network: TestNetwork) {
    this.registry = registry;
    this.network = network;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.producer[Symbol.asyncDispose]();
    await this.network[Symbol.asyncDispose]();
    await this.registry[Symbol.asyncDispose]();
  }
}
