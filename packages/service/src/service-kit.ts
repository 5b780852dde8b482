import { SharedCache } from '@quicksilver/common/cache/shared-cache';
import type {
  kafkaOptions,
  serverOptions,
  sharedCacheOptions,
} from '@quicksilver/common/config/common-options';
import type { ConfigOf } from '@quicksilver/common/config/option';
import { ApiKeys } from '@quicksilver/common/http/api-keys';
import { HttpServer, type HttpServerOptions } from '@quicksilver/common/http/http-server';
import { OpsServer, type OpsServerOptions } from '@quicksilver/common/http/ops-server';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { Part } from '@quicksilver/common/lifecycle/part';
import type { Service } from '@quicksilver/common/lifecycle/service';
import { createLog } from '@quicksilver/common/observe/log';
import {
  createRegistry,
  type ProcessMetrics,
  type Registry,
} from '@quicksilver/common/observe/metrics-registry';
import { addServerMetrics } from '@quicksilver/common/observe/server-metrics';
import { ServiceDirectory } from '@quicksilver/contracts/control/service-directory';
import { TopicRegistry } from '@quicksilver/contracts/topics/topic-registry';
import { createKafkaClient } from '@quicksilver/kafka/kafka-client';
import { kafkaSecurity } from '@quicksilver/kafka/security/kafka-security';
import type { KafkaClient } from '@quicksilver/kafka/ports';

/** The options that every service has. */
export interface KitConfig {
  readonly server: ConfigOf<typeof serverOptions>;
  readonly kafka: Omit<ConfigOf<typeof kafkaOptions>, 'topicRegistry'>;
}

/** Dependencies that tests replace. */
export interface Seams {
  readonly log: Log;
  readonly registry: Registry;
  readonly kafka: KafkaClient;
}

export interface ServiceKitOptions {
  readonly name: string;
  readonly config: KitConfig;
  readonly seams: Partial<Seams>;
  /** Whether this service calls others, which require the peer key. */
  readonly asksPeers?: boolean;
}

/** What differs between the HTTP servers of services. */
export type ServerOptions = Omit<
  HttpServerOptions,
  'name' | 'host' | 'port' | 'log' | 'keys' | 'origins' | 'limits' | 'onRefused'
>;

/** The rest of a service, on top of the kit. */
export interface ServiceOptions extends Pick<OpsServerOptions, 'notes' | 'routes'> {
  readonly http: HttpServer;
  /** In start order, after the API keys and the ops server. Undefined entries are left out. */
  readonly parts: readonly (Part | undefined)[];
  /** The parts that `/readyz` waits for. */
  readonly awaits: readonly (Pick<Part, 'notReady'> | undefined)[];
  readonly metrics: ProcessMetrics;
}

/**
 * What every service has: a log, a metrics registry, API keys, a Kafka client and two servers. It
 * opens the followed topics and the cache, and `service` puts the parts together.
 */
export class ServiceKit {
  readonly log: Log;
  readonly registry: Registry;
  readonly keys: ApiKeys;
  readonly kafka: KafkaClient;
  readonly #name: string;
  readonly #server: KitConfig['server'];
  readonly #security: ReturnType<typeof kafkaSecurity>;

  constructor({ name, config, seams, asksPeers = false }: ServiceKitOptions) {
    const { server, kafka } = config;
    this.#name = name;
    this.#server = server;
    this.log = seams.log ?? createLog(name, server.logLevel);
    this.registry = seams.registry ?? createRegistry();
    this.keys = new ApiKeys({ config: server, log: this.log, asksPeers });
    this.#security = kafkaSecurity(kafka.security, this.log);
    const clientId = `quicksilver-${name}`;
    this.kafka =
      seams.kafka ??
      createKafkaClient(kafka.kafkaClient, { ...kafka, clientId, security: this.#security });
  }

  topicRegistry(topic: string): TopicRegistry {
    return new TopicRegistry({ source: this.kafka.source(), topic, log: this.log });
  }

  /** The keys of the control plane take effect with it. */
  serviceDirectory(topic: string): ServiceDirectory {
    const directory = new ServiceDirectory({ source: this.kafka.source(), topic, log: this.log });
    directory.onChange((key) => {
      if (key.startsWith('key/')) {
        this.keys.useScoped(directory.keys());
      }
    });
    return directory;
  }

  /** Undefined if Redis is not configured. Caches of different contents have different names. */
  sharedCache(
    { redisUrl: url, redisTimeoutMs: timeoutMs }: ConfigOf<typeof sharedCacheOptions>,
    name: string,
  ): SharedCache | undefined {
    return (
      url && new SharedCache({ url, timeoutMs, prefix: `quicksilver:${name}:`, log: this.log })
    );
  }

  httpServer(options: ServerOptions): HttpServer {
    const server: HttpServer = new HttpServer({
      ...options,
      ...this.#shared(),
      name: this.#name,
      port: this.#server.port,
      onRefused: addServerMetrics(this.registry, () => server),
    });
    return server;
  }

  /** A server whose paths pages of other origins may use if they are allowed. */
  dataServer(options: ServerOptions): HttpServer {
    return this.httpServer({ ...options, isShared: () => true });
  }

  service({ http, parts, awaits, metrics, ...options }: ServiceOptions): Service {
    const { registry } = this;
    const ops = new OpsServer({
      ...options,
      ...this.#shared(),
      port: this.#server.opsPort,
      notReady: () => awaits.map((part) => part?.notReady?.()).filter((why) => why !== undefined),
      metrics: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
    });
    return {
      parts: [this.keys, this.#securityFiles(), ops, ...parts].filter((part) => part !== undefined),
      address: () => http.address(),
      opsAddress: () => ops.address(),
      rejectionUnhandled: metrics.rejectionUnhandled,
    };
  }

  /** A service does not start with files that it cannot read. Later it uses the last ones. */
  #securityFiles(): Part | undefined {
    const security = this.#security;
    return (
      security && {
        name: 'access to Kafka',
        start: async () => {
          await security();
        },
        stop: () => Promise.resolve(),
      }
    );
  }

  #shared(): Pick<HttpServerOptions, 'host' | 'log' | 'keys'> & {
    readonly origins: KitConfig['server'];
    readonly limits: KitConfig['server'];
  } {
    const server = this.#server;
    return { host: server.host, log: this.log, keys: this.keys, origins: server, limits: server };
  }
}
