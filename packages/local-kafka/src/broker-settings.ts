/** A listener that clients reach only through a proxy, because it advertises the proxy's port. */
export interface ProxiedListener {
  /** The port of the broker, to which the proxy connects. */
  readonly listenPort: number;
  /** The port of the proxy, which the broker advertises to clients. */
  readonly advertisedPort: number;
}

export interface BrokerSettings {
  readonly port: number;
  readonly controllerPort: number;
  readonly proxied: readonly ProxiedListener[];
  /** Added last, so that they override the settings of this file. */
  readonly extraProperties: Readonly<Record<string, string | number | boolean>>;
}

/** Directory of the broker's logs, below the data directory, which is its working directory. */
export const LOG_DIR = 'topics';

/**
 * The `server.properties` of a broker that is its own controller and listens only on 127.0.0.1.
 * Replication factors are 1, because there is one broker. The internal topics have few partitions,
 * because each costs open files and start time.
 */
export function serverProperties(settings: BrokerSettings): string {
  const { port, controllerPort, proxied } = settings;
  const names = proxied.map((_listener, i) => `PROXIED${i}`);
  const listeners = proxied.map((each, i) => `PROXIED${i}://127.0.0.1:${each.listenPort}`);
  const advertised = proxied.map((each, i) => `PROXIED${i}://127.0.0.1:${each.advertisedPort}`);
  const plaintext = `PLAINTEXT://127.0.0.1:${port}`;
  const properties = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: [plaintext, `CONTROLLER://127.0.0.1:${controllerPort}`, ...listeners].join(','),
    'advertised.listeners': [plaintext, ...advertised].join(','),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': ['CONTROLLER', 'PLAINTEXT', ...names]
      .map((name) => `${name}:PLAINTEXT`)
      .join(','),
    'log.dirs': LOG_DIR,
    'auto.create.topics.enable': false,
    'group.initial.rebalance.delay.ms': 0,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 3,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 3,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'share.coordinator.state.topic.num.partitions': 3,
    // A quarter of the default, which would use a quarter of the heap.
    'log.cleaner.dedupe.buffer.size': 32 * 1024 * 1024,
    ...settings.extraProperties,
  };
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${escapeValue(String(value))}\n`)
    .join('');
}

/** Settings with which a test can observe compaction and retention. */
export const TEST_PROPERTIES: Readonly<Record<string, string | number | boolean>> = {
  'log.cleaner.backoff.ms': 200,
  'log.cleaner.delete.retention.ms': 1_000,
  'log.cleaner.min.cleanable.ratio': 0.01,
  'log.retention.check.interval.ms': 1_000,
  // By default, the first check for old segments comes half a minute after the start.
  'log.initial.task.delay.ms': 500,
};

/** The log4j configuration of Kafka: one file, at most four of 8 MB, without a line per record. */
export function log4jConfiguration(logFile: string): string {
  const file = escapeXml(logFile);
  return `<?xml version="1.0" encoding="UTF-8"?>
<Configuration status="warn" shutdownHook="disable">
  <Appenders>
    <RollingFile name="file" fileName="${file}" filePattern="${file}.%i">
      <PatternLayout pattern="[%d] %p %m (%c)%n"/>
      <SizeBasedTriggeringPolicy size="8 MB"/>
      <DefaultRolloverStrategy max="3"/>
    </RollingFile>
  </Appenders>
  <Loggers>
    <Root level="info"><AppenderRef ref="file"/></Root>
  </Loggers>
</Configuration>
`;
}

function escapeValue(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('"', '&quot;')
    .replaceAll('$', '$$$$');
}
