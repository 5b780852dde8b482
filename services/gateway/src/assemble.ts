import { ValueReaders } from '@quicksilver/codec/registry/value-readers';
import type { Service } from '@quicksilver/common/lifecycle/service';
import { ServiceKit, type Seams } from '@quicksilver/service/service-kit';

import { openClients } from './clients.ts';
import type { GatewayConfig } from './config.ts';
import { createContexts } from './execute/create-contexts.ts';
import { documentStores } from './execute/documents/document-store.ts';
import { controlRoute } from './http/control-route.ts';
import { graphqlRoutes, isPageRequest } from './http/graphql-routes.ts';
import { createGatewayMetrics, registerGatewayGauges } from './metrics.ts';
import { openSchema } from './serve/open-schema.ts';
import type { GatewayFiles } from './serve/read-files.ts';
import { SocketServer } from './sockets/socket-server.ts';
import { Feeds } from './subscribe/feeds.ts';

export function assembleGateway(
  config: GatewayConfig,
  { sdl, documents = new Map() }: GatewayFiles,
  seams: Partial<Seams> = {},
): Service {
  const kit = new ServiceKit({ name: 'gateway', config, asksPeers: true, seams });
  const { log, keys, kafka } = kit;
  const metrics = createGatewayMetrics(kit.registry);

  const topics = kit.topicRegistry(config.kafka.topicRegistry);
  const directory =
    config.gatewayName === '' ? undefined : kit.serviceDirectory(config.servicesTopic);
  const shared = kit.sharedCache(config.cache, 'documents');
  const values = new ValueReaders(config.schemas);

  const clients = openClients(config, { kit, topics, directory, metrics });
  const newContext = createContexts({
    ...clients,
    ...config.operations,
    ...metrics.operations,
  });

  const feeds = new Feeds({
    ...config.feeds,
    openSource: () => kafka.source(),
    mirrors: clients.mirrors,
    values,
    startMs: config.operations.timeoutMs,
    log,
    onEvent: metrics.feedEvent,
  });
  const { gatewayName: gateway, limits } = config;
  const documentsOf = documentStores({ documents, ...config.documents, ...limits, shared });
  const schema = openSchema(config, {
    sdl,
    directory,
    topics,
    sizes: clients.sizes,
    feeds,
    documentsOf,
    onChange: metrics.schemaChanged,
    ...metrics.documents,
    log,
  });
  const transport = { served: () => schema.require(), newContext, gateway, log };
  const sockets = new SocketServer({
    ...transport,
    ...config.sockets,
    keys,
    onClosing: metrics.socketClosed,
    onPause: metrics.socketPaused,
  });
  const http = kit.dataServer({
    slashMethods: new Set(['GET', 'POST', 'OPTIONS']),
    isOpen: (request) => config.graphiql && isPageRequest(request),
    bodyBytesMax: config.bodyBytesMax,
    routes: graphqlRoutes({ ...transport, graphiql: config.graphiql }),
    onServer: sockets.attach,
  });
  registerGatewayGauges(kit.registry, { ...clients, feeds, sockets, schema, shared });
  return kit.service({
    http,
    // Feeds and sockets come last: their drain ends requests that never end by themselves.
    parts: [topics, directory, shared, ...clients.parts, values, http, sockets, feeds],
    awaits: [topics, directory],
    notes: () => schema.notes(),
    routes: (app) => controlRoute(app, () => schema.status()),
    metrics,
  });
}
