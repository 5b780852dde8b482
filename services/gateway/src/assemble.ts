import { SharedCache } from '@quicksilver/common/cache/shared-cache';
import { ApiKeys } from '@quicksilver/common/http/api-keys';
import { MirrorPlaces } from '@quicksilver/contracts/control/mirror-places';
import { ServiceDirectory } from '@quicksilver/contracts/control/service-directory';
import { serviceKey } from '@quicksilver/contracts/control/service-entry';
import { HttpServer } from '@quicksilver/common/http/http-server';
import { OpsServer } from '@quicksilver/common/http/ops-server';
import { createKafkaClient } from '@quicksilver/kafka/kafka-client';
import type { KafkaClient } from '@quicksilver/kafka/ports';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { Part } from '@quicksilver/common/lifecycle/part';
import type { Service } from '@quicksilver/common/lifecycle/service';
import { MirrorClient } from '@quicksilver/contracts/mirror-api/mirror-client';
import { mirrorOrigin } from '@quicksilver/contracts/mirror-api/mirror-urls';
import { createLog } from '@quicksilver/common/observe/log';
import { createRegistry, type Registry } from '@quicksilver/common/observe/metrics-registry';
import { ValueReaders } from '@quicksilver/codec/registry/value-readers';
import { TopicRegistry } from '@quicksilver/contracts/topics/topic-registry';
import type { KeyedTopic } from '@quicksilver/definition/key-fit';
import { topicRange } from '@quicksilver/definition/range-fit';

import type { GatewayConfig } from './config.ts';
import { createEngine } from './serve/engine.ts';
import { controlRoute } from './http/control-route.ts';
import {
  DocumentStore,
  createPersistedQueries,
  mergeTrusted,
} from './execute/documents/document-store.ts';
import { graphiqlPage } from './http/graphiql.ts';
import type { NewContext, Served } from './execute/client-request.ts';
import { graphqlRoutes } from './http/graphql-routes.ts';
import { SocketServer } from './sockets/socket-server.ts';
import { Operation } from './load/operation.ts';
import { createGatewayMetrics, registerGatewayGauges, type GatewayMetrics } from './metrics.ts';
import { forwardedHeaders } from './rest/forwarded-headers.ts';
import { RestClient } from './rest/rest-client.ts';
import { ServedSchema, type SchemaDocuments } from './serve/served-schema.ts';
import { Feeds } from './subscribe/feeds.ts';
import { IngestWriter } from './write/ingest-writer.ts';

/** What tests may replace. */
export interface GatewaySeams {
  readonly log: Log;
  readonly registry: Registry;
  readonly kafka: KafkaClient;
}

/** What was read from files before the start. */
export interface GatewayFiles {
  /** Without an SDL the schema comes from the directory, under the gateway's name. */
  readonly sdl?: string | undefined;
  /** Trusted documents by their ids. */
  readonly documents?: ReadonlyMap<string, string>;
}

export function assembleGateway(
  config: GatewayConfig,
  { sdl, documents: trusted = new Map() }: GatewayFiles,
  given: Partial<GatewaySeams> = {},
): Service {
  const log = given.log ?? createLog('gateway', config.logLevel);
  const registry = given.registry ?? createRegistry();
  const kafka = given.kafka ?? kafkaClient(config);
  const metrics = createGatewayMetrics(registry);
  const keys = new ApiKeys({ config, log, asksPeers: true });

  const topics = new TopicRegistry({ source: kafka.source(), topic: config.topicRegistry, log });
  const directory = config.gatewayName === '' ? undefined : openDirectory(config, kafka, log);
  const clients = createClients(config, { keys, directory, metrics, log });
  const newContext = contexts(config, clients, metrics);
  const values = new ValueReaders(config);
  const feeds = createFeeds(config, { kafka, mirrors: clients.mirrors, values, log, metrics });
  const { documentsWith, shared } = createDocuments(config, trusted, log);
  const known = { topics, rangeOf: directory && rangesOf(directory), feeds, log };
  const schema = new ServedSchema({
    name: directory && config.gatewayName,
    createEngine: (text, own) =>
      createEngine(text, { ...config, ...known, limits: config, documents: documentsWith(own) }),
    directoryNotReady: () => directory?.notReady(),
    onGone: (why) => feeds.failAll(why),
    onChange: metrics.schemaChanged,
    log,
  });
  serveFile(schema, sdl);
  const served = (): Served => schema.require();
  const sockets = createSockets(config, { keys, served, newContext, log, metrics });
  const http = httpServer(config, { keys, served, newContext, sockets, log });
  const ops = opsServer(config, { keys, topics, directory, schema, registry, log });
  registerGatewayGauges(registry, {
    feedSizes: () => feeds.sizes(),
    sockets: () => sockets.size,
    schemaVersion: () => schema.version,
    isSharedCacheAway: () => shared?.isAway === true,
  });
  topics.onChange((name) => schema.engine?.states.report(name));
  followDirectory(schema, directory, config.gatewayName);
  return {
    // Feeds and sockets come last: their drain ends what would keep the HTTP server busy for ever.
    parts: [
      keys,
      ops,
      topics,
      ...(directory === undefined ? [] : [directory]),
      ...(shared === undefined ? [] : [shared]),
      ...closingAll(clients),
      values,
      http,
      sockets,
      feeds,
    ],
    address: () => http.address(),
    opsAddress: () => ops.address(),
    rejectionUnhandled: metrics.rejectionUnhandled,
  };
}

interface Documents {
  /** Those that a gateway was started with, and its own. */
  readonly documentsWith: (own: SchemaDocuments) => DocumentStore;
  readonly shared: SharedCache | undefined;
}

function createDocuments(
  config: GatewayConfig,
  documents: ReadonlyMap<string, string>,
  log: Log,
): Documents {
  const shared =
    config.redisUrl &&
    new SharedCache({
      url: config.redisUrl,
      timeoutMs: config.redisTimeoutMs,
      prefix: 'quicksilver:documents:',
      log,
    });
  const persisted = createPersistedQueries(config.persistedQueryCharsMax);
  const given = { documents, isAll: config.documentsOnly };
  const { tokensMax } = config;
  return {
    documentsWith: ({ texts, isAll }) =>
      new DocumentStore({
        trusted: mergeTrusted(given, texts, isAll),
        persisted,
        tokensMax,
        shared,
      }),
    shared,
  };
}

interface HttpNeeds {
  readonly keys: ApiKeys;
  readonly served: () => Served;
  readonly newContext: NewContext;
  readonly sockets: SocketServer;
  readonly log: Log;
}

function httpServer(config: GatewayConfig, needs: HttpNeeds): HttpServer {
  const { keys, served, newContext, sockets, log } = needs;
  return new HttpServer({
    name: 'gateway',
    host: config.host,
    port: config.port,
    log,
    keys,
    origins: config,
    bodyBytesMax: config.bodyBytesMax,
    routes: graphqlRoutes({
      served,
      newContext,
      graphiql: config.graphiql ? graphiqlPage() : undefined,
      log,
    }),
    onServer: sockets.attach,
  });
}

function serveFile(schema: ServedSchema, sdl: string | undefined): void {
  if (sdl !== undefined) {
    schema.serveFile(sdl);
  }
}

function followDirectory(
  schema: ServedSchema,
  directory: ServiceDirectory | undefined,
  name: string,
): void {
  const own = serviceKey({ kind: 'gateway', name });
  directory?.onChange((key) => {
    if (key === own) {
      schema.follow(directory.gateway(name));
    } else if (key.startsWith('mirror/')) {
      schema.engine?.states.report();
    }
  });
}

/** Reads the range indexes of mirrors from the directory. */
function rangesOf(directory: ServiceDirectory): (topic: string) => KeyedTopic['range'] {
  return (topic) => {
    const given = directory.mirrorOf(topic)?.topics.find((each) => each.topic === topic);
    return given && topicRange(given);
  };
}

interface OpsNeeds {
  readonly keys: ApiKeys;
  readonly topics: TopicRegistry;
  readonly directory: ServiceDirectory | undefined;
  readonly schema: ServedSchema;
  readonly registry: Registry;
  readonly log: Log;
}

function opsServer(config: GatewayConfig, needs: OpsNeeds): OpsServer {
  const { keys, topics, directory, schema, registry, log } = needs;
  return new OpsServer({
    host: config.host,
    port: config.opsPort,
    log,
    keys,
    origins: config,
    notReady: () => present(topics.notReady(), directory?.notReady()),
    notes: () => present(schema.note()),
    metrics: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
    routes: (app) => controlRoute(app, () => schema.status()),
  });
}

/** The clients of other services. */
interface Clients {
  readonly mirrors: MirrorClient;
  readonly writer: IngestWriter;
  readonly rest: RestClient;
}

function createClients(config: GatewayConfig, needs: MirrorNeeds & { readonly log: Log }): Clients {
  return {
    mirrors: createMirrors(config, needs),
    writer: createWriter(config, needs),
    rest: createRestClient(config, needs),
  };
}

function closingAll({ mirrors, writer, rest }: Clients): readonly Part[] {
  return [
    closing('mirror client', mirrors),
    closing('ingest client', writer),
    closing('REST client', rest),
  ];
}

function contexts(config: GatewayConfig, clients: Clients, metrics: GatewayMetrics): NewContext {
  return ({ headers, ...request }) => ({
    operation: new Operation({
      ...clients,
      ...request,
      headers: forwardedHeaders(config.restForwardedHeaders, headers),
      timeoutMs: config.operationMs,
      listItemsMax: config.listItemsMax,
      onBatch: metrics.batchAsked,
    }),
  });
}

const SOCKET_INIT_MS = 3_000;

function openDirectory(config: GatewayConfig, kafka: KafkaClient, log: Log): ServiceDirectory {
  return new ServiceDirectory({ source: kafka.source(), topic: config.servicesTopic, log });
}

interface MirrorNeeds {
  readonly directory: ServiceDirectory | undefined;
  readonly keys: ApiKeys;
  readonly metrics: GatewayMetrics;
}

function createMirrors(config: GatewayConfig, needs: MirrorNeeds): MirrorClient {
  const { directory, keys, metrics } = needs;
  const urls = { template: config.mirrorTemplate, overrides: config.mirrorOverrides };
  const places = directory && new MirrorPlaces(directory);
  const mirrors = new MirrorClient({
    originsOf: places?.originsOf ?? ((topic) => [mirrorOrigin(urls, topic)]),
    timeoutMs: config.operationMs,
    answerBytesMax: config.mirrorAnswerBytesMax,
    peerKey: keys.peerKey,
    onCall: metrics.mirrorAnswered,
  });
  if (directory !== undefined) {
    places?.follow(
      (listener) => directory.onChange(listener),
      (topic) => mirrors.forget(topic),
    );
  }
  return mirrors;
}

function createWriter(
  config: GatewayConfig,
  { keys, metrics }: { readonly keys: ApiKeys; readonly metrics: GatewayMetrics },
): IngestWriter {
  return new IngestWriter({
    url: config.ingestUrl,
    peerKey: keys.peerKey,
    onWrite: metrics.recordWritten,
  });
}

function createRestClient(
  config: GatewayConfig,
  { log, metrics }: { readonly log: Log; readonly metrics: GatewayMetrics },
): RestClient {
  return new RestClient({
    hosts: config.restHosts,
    timeoutMs: config.restMs,
    answerBytesMax: config.restAnswerBytesMax,
    log,
    onCall: metrics.restAnswered,
  });
}

function createFeeds(
  config: GatewayConfig,
  needs: {
    readonly kafka: KafkaClient;
    readonly mirrors: MirrorClient;
    readonly values: ValueReaders;
    readonly log: Log;
    readonly metrics: GatewayMetrics;
  },
): Feeds {
  return new Feeds({
    openSource: () => needs.kafka.source(),
    mirrors: needs.mirrors,
    values: needs.values,
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
    readonly keys: ApiKeys;
    readonly served: () => Served;
    readonly newContext: NewContext;
    readonly log: Log;
    readonly metrics: GatewayMetrics;
  },
): SocketServer {
  return new SocketServer({
    keys: needs.keys,
    served: needs.served,
    newContext: needs.newContext,
    log: needs.log,
    messageBytesMax: config.socketMessageBytesMax,
    messagesPerSecondMax: config.socketMessagesPerSecondMax,
    operationsMax: config.socketOperationsMax,
    keepAliveMs: config.keepAliveMs,
    initMs: SOCKET_INIT_MS,
    onClosing: needs.metrics.socketClosed,
    onPause: needs.metrics.socketPaused,
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

function present(...texts: readonly (string | undefined)[]): readonly string[] {
  return texts.filter((text) => text !== undefined);
}
