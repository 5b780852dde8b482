import { HttpServer } from '@quicksilver/common/http/http-server';
import { OpsServer } from '@quicksilver/common/http/ops-server';
import { createKafkaClient } from '@quicksilver/common/kafka/kafka-client';
import type { KafkaClient } from '@quicksilver/common/kafka/ports';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { Part } from '@quicksilver/common/lifecycle/part';
import { MirrorClient } from '@quicksilver/common/mirror-api/mirror-client';
import { createLog } from '@quicksilver/common/observe/log';
import { createRegistry, type Registry } from '@quicksilver/common/observe/metrics-registry';
import { TopicRegistry } from '@quicksilver/common/topics/topic-registry';

import { BindingStates } from './compile/binding-states.ts';
import { compileSchema } from './compile/compile-schema.ts';
import type { GatewayConfig } from './config.ts';
import type { Definition } from '@quicksilver/definition/parse-definition';
import { graphiqlPage } from './http/graphiql.ts';
import { graphqlRoutes, type NewContext } from './http/graphql-routes.ts';
import { SocketServer } from './http/socket-server.ts';
import { GraphqlServer } from './http/yoga.ts';
import { Operation } from './load/operation.ts';
import { createGatewayMetrics, registerGatewayGauges, type GatewayMetrics } from './metrics.ts';
import { Feeds } from './subscribe/feeds.ts';
import { followFunctions } from './subscribe/follow-functions.ts';

/** What tests may replace. */
export interface GatewaySeams {
  readonly log: Log;
  readonly registry: Registry;
  readonly kafka: KafkaClient;
}

export interface Gateway {
  /** In the order of their start. */
  readonly parts: readonly Part[];
  /** `host:port`, once started. */
  address(): string;
  opsAddress(): string;
}

export function assembleGateway(
  config: GatewayConfig,
  definition: Definition,
  given: Partial<GatewaySeams> = {},
): Gateway {
  const log = given.log ?? createLog('gateway', config.logLevel);
  const registry = given.registry ?? createRegistry();
  const kafka = given.kafka ?? kafkaClient(config);
  const metrics = createGatewayMetrics(registry);

  const topics = new TopicRegistry({ source: kafka.source(), topic: config.topicRegistry, log });
  const states = new BindingStates({ bindings: definition.bindings, topics, log });
  const mirrors = createMirrors(config, metrics);
  const feeds = createFeeds(config, { kafka, log, metrics });
  const schema = compileSchema({
    definition,
    topicOf: states.topicOf,
    follow: followFunctions(feeds, states.topicOf),
  });
  const newContext: NewContext = (signal, positions) => ({
    operation: new Operation({
      mirrors,
      signal,
      positions,
      timeoutMs: config.operationMs,
      listItemsMax: config.listItemsMax,
      onBatch: metrics.batchAsked,
    }),
  });
  const server = new GraphqlServer({
    schema,
    log,
    limits: config,
    tellsSchema: config.tellsSchema,
  });
  const sockets = createSockets(config, { server, newContext, log, metrics });
  const http = new HttpServer({
    name: 'gateway',
    host: config.host,
    port: config.port,
    log,
    bodyBytesMax: config.bodyBytesMax,
    routes: graphqlRoutes({
      server,
      newContext,
      graphiql: config.graphiql ? graphiqlPage() : undefined,
      topics: new Set(definition.bindings.map((binding) => binding.topic)),
      log,
    }),
    onServer: sockets.attach,
  });
  const ops = new OpsServer({
    host: config.host,
    port: config.opsPort,
    log,
    notReady: () => [topics.notReady()].filter((reason) => reason !== undefined),
    metrics: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  });
  registerGatewayGauges(registry, { feedSizes: () => feeds.sizes(), sockets: () => sockets.size });
  topics.onChange((name) => states.report(name));
  return {
    // Feeds and sockets come last: their drain ends what would keep the HTTP server busy for ever.
    parts: [ops, topics, closing('mirror client', mirrors), http, sockets, feeds],
    address: () => http.address(),
    opsAddress: () => ops.address(),
  };
}

const SOCKET_INIT_MS = 3_000;

function createMirrors(config: GatewayConfig, metrics: GatewayMetrics): MirrorClient {
  return new MirrorClient({
    urls: { template: config.mirrorTemplate, overrides: config.mirrorOverrides },
    timeoutMs: config.operationMs,
    answerBytesMax: config.mirrorAnswerBytesMax,
    onCall: metrics.mirrorAnswered,
  });
}

function createFeeds(
  config: GatewayConfig,
  needs: { readonly kafka: KafkaClient; readonly log: Log; readonly metrics: GatewayMetrics },
): Feeds {
  return new Feeds({
    openSource: () => needs.kafka.source(),
    log: needs.log,
    subscribersMax: config.subscribersMax,
    queueItemsMax: config.queueItemsMax,
    queueBytesMax: config.queueBytesMax,
    startMs: config.operationMs,
    lingerMs: config.feedLingerMs,
    onEvent: needs.metrics.feedEvent,
  });
}

function createSockets(
  config: GatewayConfig,
  needs: {
    readonly server: GraphqlServer;
    readonly newContext: NewContext;
    readonly log: Log;
    readonly metrics: GatewayMetrics;
  },
): SocketServer {
  return new SocketServer({
    server: needs.server,
    newContext: needs.newContext,
    log: needs.log,
    messageBytesMax: config.socketMessageBytesMax,
    messagesPerSecondMax: config.socketMessagesPerSecondMax,
    operationsMax: config.socketOperationsMax,
    keepAliveMs: config.keepAliveMs,
    initMs: SOCKET_INIT_MS,
    allowedOrigins: config.allowedOrigins,
    onClosing: needs.metrics.socketClosed,
  });
}

function kafkaClient(config: GatewayConfig): KafkaClient {
  return createKafkaClient(config.kafkaClient, {
    bootstrapServers: config.bootstrapServers,
    clientId: 'quicksilver-gateway',
    requestTimeoutMs: config.kafkaRequestTimeoutMs,
    decompressedBytesMax: config.decompressedBytesMax,
  });
}

function closing(name: string, resource: { close(): Promise<void> }): Part {
  return { name, start: () => Promise.resolve(), stop: () => resource.close() };
}
