import type { KafkaClient, KafkaClientOptions } from './ports.ts';
import { ClusterAdmin } from './cluster/cluster-admin.ts';
import { ClusterSink } from './cluster/cluster-sink.ts';
import { ClusterSource } from './cluster/cluster-source.ts';
import { Cluster } from './cluster/cluster.ts';
import type { BrokerConnector } from './cluster/broker.ts';

export type KafkaClientKind = 'platformatic' | 'kafkajs';

type MakeConnector = (options: KafkaClientOptions) => BrokerConnector;

/** Imported when first used: a process needs one of the two libraries. */
const CONNECTORS: Record<KafkaClientKind, () => Promise<MakeConnector>> = {
  platformatic: async () => (await import('./platformatic-adapter.ts')).platformaticConnector,
  kafkajs: async () => (await import('./kafkajs-adapter.ts')).kafkajsConnector,
};

/** Connects lazily: nothing is sent before the first call on one of its objects. */
export function createKafkaClient(kind: KafkaClientKind, options: KafkaClientOptions): KafkaClient {
  const { bootstrapServers, requestTimeoutMs, decompressedBytesMax } = options;
  let made: Promise<BrokerConnector> | undefined;
  const connector: BrokerConnector = {
    connect: async (address, connectOptions) => {
      made ??= CONNECTORS[kind]().then((make) => make(options));
      return (await made).connect(address, connectOptions);
    },
  };
  const cluster = (): Cluster => new Cluster({ connector, bootstrapServers, requestTimeoutMs });
  return {
    source: () => new ClusterSource({ cluster: cluster(), decompressedBytesMax }),
    sink: () => new ClusterSink(cluster()),
    admin: () => new ClusterAdmin(cluster()),
  };
}
