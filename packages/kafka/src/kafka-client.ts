import type { KafkajsSettings } from './kafkajs-adapter.ts';
import type { KafkaClient, KafkaClientOptions } from './ports.ts';
import { ClusterAdmin } from './cluster/cluster-admin.ts';
import { ClusterSink } from './cluster/cluster-sink.ts';
import { ClusterSource } from './cluster/cluster-source.ts';
import { ClusterInspector } from './cluster-inspector.ts';
import { Cluster } from './cluster/cluster.ts';
import type { BrokerConnector } from './cluster/broker.ts';

export type KafkaClientKind = 'platformatic' | 'kafkajs';

/** Settings of one library only, such as an authentication plug-in for kafkajs. */
export interface LibrarySettings {
  readonly kafkajs?: KafkajsSettings;
}

type MakeConnector = (options: KafkaClientOptions, settings: LibrarySettings) => BrokerConnector;

/** Imported at first use, because a process needs only one of the two libraries. */
const CONNECTORS: Record<KafkaClientKind, () => Promise<MakeConnector>> = {
  platformatic: async () => (await import('./platformatic-adapter.ts')).platformaticConnector,
  kafkajs: async () => {
    const { kafkajsConnector } = await import('./kafkajs-adapter.ts');
    return (options, settings) => kafkajsConnector(options, settings.kafkajs);
  },
};

function connectorOf(
  kind: KafkaClientKind,
  options: KafkaClientOptions,
  settings: LibrarySettings,
): BrokerConnector {
  let loading: Promise<BrokerConnector> | undefined;
  return {
    connect: async (address, connectOptions) => {
      loading ??= CONNECTORS[kind]().then((make) => make(options, settings));
      return (await loading).connect(address, connectOptions);
    },
  };
}

/** Reads what a cluster is and what it permits. Connects lazily. */
export function createInspector(
  kind: KafkaClientKind,
  options: KafkaClientOptions,
): ClusterInspector {
  const { bootstrapServers, requestTimeoutMs } = options;
  return new ClusterInspector(connectorOf(kind, options, {}), bootstrapServers, requestTimeoutMs);
}

/** Connects lazily: sends nothing before the first call. */
export function createKafkaClient(
  kind: KafkaClientKind,
  options: KafkaClientOptions,
  settings: LibrarySettings = {},
): KafkaClient {
  const { bootstrapServers, requestTimeoutMs, decompressedBytesMax } = options;
  const connector = connectorOf(kind, options, settings);
  const cluster = (): Cluster => new Cluster({ connector, bootstrapServers, requestTimeoutMs });
  return {
    source: ({ hasHeaders = false } = {}) =>
      new ClusterSource({ cluster: cluster(), decompressedBytesMax, hasHeaders }),
    sink: () => new ClusterSink(cluster()),
    admin: () => new ClusterAdmin(cluster()),
  };
}
