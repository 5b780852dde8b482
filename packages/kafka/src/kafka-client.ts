import type { KafkajsSettings } from './kafkajs-adapter.ts';
import type { KafkaClient, KafkaClientOptions } from './ports.ts';
import { ClusterAdmin } from './cluster/cluster-admin.ts';
import { ClusterSink } from './cluster/cluster-sink.ts';
import { ClusterSource } from './cluster/cluster-source.ts';
import { Cluster } from './cluster/cluster.ts';
import type { BrokerConnector } from './cluster/broker.ts';

export type KafkaClientKind = 'platformatic' | 'kafkajs';

/** What only one of the libraries can do, such as an authentication plug-in for kafkajs. */
export interface LibrarySettings {
  readonly kafkajs?: KafkajsSettings;
}

type MakeConnector = (options: KafkaClientOptions, settings: LibrarySettings) => BrokerConnector;

/** Imported when first used: a process needs one of the two libraries. */
const CONNECTORS: Record<KafkaClientKind, () => Promise<MakeConnector>> = {
  platformatic: async () => (await import('./platformatic-adapter.ts')).platformaticConnector,
  kafkajs: async () => {
    const { kafkajsConnector } = await import('./kafkajs-adapter.ts');
    return (options, settings) => kafkajsConnector(options, settings.kafkajs);
  },
};

/** Connects lazily: nothing is sent before the first call on one of its objects. */
export function createKafkaClient(
  kind: KafkaClientKind,
  options: KafkaClientOptions,
  settings: LibrarySettings = {},
): KafkaClient {
  const { bootstrapServers, requestTimeoutMs, decompressedBytesMax } = options;
  let made: Promise<BrokerConnector> | undefined;
  const connector: BrokerConnector = {
    connect: async (address, connectOptions) => {
      made ??= CONNECTORS[kind]().then((make) => make(options, settings));
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
