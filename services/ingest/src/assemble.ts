import { SharedCache } from '@quicksilver/common/cache/shared-cache';
import { MirrorAddresses } from '@quicksilver/contracts/control/mirror-addresses';
import { ServiceDirectory } from '@quicksilver/contracts/control/service-directory';
import { ApiKeys } from '@quicksilver/common/http/api-keys';
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
import { ValueWriters } from '@quicksilver/codec/registry/value-writers';
import { TopicRegistry } from '@quicksilver/contracts/topics/topic-registry';

import type { IngestConfig } from './config.ts';
import { AnswerMemory } from './guard/answer-memory.ts';
import { FirstWriteGuard } from './guard/first-write-guard.ts';
import { Idempotency } from './guard/idempotency.ts';
import { KeyPlacement } from './guard/key-placement.ts';
import { PlaceLookup, type AskPlaces } from './guard/place-lookup.ts';
import { TopicGuard, type SubmitWrites } from './guard/topic-guard.ts';
import { idempotent } from './http/idempotent.ts';
import { writeRoutes } from './http/write-routes.ts';
import { createIngestMetrics, type IngestMetrics } from './metrics.ts';
import type { SubmitRecords } from './produce/write.ts';
import { WriteQueue } from './produce/write-queue.ts';

/** Dependencies that tests replace. */
export interface IngestDeps {
  readonly log: Log;
  readonly registry: Registry;
  readonly kafka: KafkaClient;
}

export function assembleIngest(config: IngestConfig, deps: Partial<IngestDeps> = {}): Service {
  const log = deps.log ?? createLog('ingest', config.logLevel);
  const registry = deps.registry ?? createRegistry();
  const kafka = deps.kafka ?? kafkaClient(config);

  const keys = new ApiKeys({ config, log, asksPeers: false });
  const metrics = createIngestMetrics(registry, {
    queueSize: () => queue.size,
    answers: () => memory,
    isSharedCacheAway: () => shared?.isAway === true,
  });
  const { memory, shared, idempotency } = createIdempotency(config, log);
  const admin = kafka.admin();
  const topics = new TopicRegistry({ source: kafka.source(), topic: config.topicRegistry, log });
  const values = new ValueWriters(config);
  const guard = new TopicGuard({
    require: (name) => topics.require(name),
    describe: (topic, signal) => admin.describe(topic, signal),
    writerOf: (topic) => values.writerOf(topic),
    describeMs: Math.min(5_000, config.deadlineMs / 2),
    log,
  });
  const queue = new WriteQueue({
    sink: kafka.sink(),
    metrics,
    deadlineMs: config.deadlineMs,
    recordsMax: config.queueRecordsMax,
    bytesMax: config.queueBytesMax,
  });
  const directory = config.mirrorTemplate === '' ? openDirectory(config, kafka, log) : undefined;
  const mirrors = createMirrors(config, { keys, directory });
  const submit = createSubmit(config, { queue, mirrors, metrics });
  const http = new HttpServer({
    name: 'ingest',
    host: config.host,
    port: config.port,
    log,
    keys,
    origins: config,
    bodyBytesMax: config.bodyBytesMax,
    routes: (app) => {
      idempotent(app, { idempotency, onKeyed: (result) => metrics.keyed(result) });
      writeRoutes(app, { guard, submit, queue, limits: config, log });
    },
  });
  const ops = opsServer(config, { keys, topics, registry, log });
  return {
    parts: [
      keys,
      ops,
      closing('topic admin', admin),
      values,
      topics,
      ...(directory === undefined ? [] : [directory]),
      closing('mirror client', mirrors),
      ...(shared === undefined ? [] : [shared]),
      queue,
      http,
    ],
    address: () => http.address(),
    opsAddress: () => ops.address(),
    rejectionUnhandled: metrics.rejectionUnhandled,
  };
}

function kafkaClient(config: IngestConfig): KafkaClient {
  return createKafkaClient(config.kafkaClient, {
    bootstrapServers: config.bootstrapServers,
    clientId: 'quicksilver-ingest',
    requestTimeoutMs: config.kafkaRequestTimeoutMs,
    decompressedBytesMax: config.decompressedBytesMax,
  });
}

interface OpsServerOptions {
  readonly keys: ApiKeys;
  readonly topics: TopicRegistry;
  readonly registry: Registry;
  readonly log: Log;
}

function opsServer(
  config: IngestConfig,
  { keys, topics, registry, log }: OpsServerOptions,
): OpsServer {
  return new OpsServer({
    host: config.host,
    port: config.opsPort,
    log,
    keys,
    origins: config,
    notReady: () => [topics.notReady()].filter((reason) => reason !== undefined),
    metrics: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  });
}

/** Time that a request counts as in flight after its deadline. */
const OPEN_MARGIN_MS = 5_000;

interface Remembering {
  readonly memory: AnswerMemory;
  readonly shared: SharedCache | undefined;
  readonly idempotency: Idempotency;
}

function createIdempotency(config: IngestConfig, log: Log): Remembering {
  const ttlMs = config.idempotencyTtlMs;
  const openMs = config.deadlineMs + OPEN_MARGIN_MS;
  const memory = new AnswerMemory({
    entriesMax: config.idempotencyEntriesMax,
    bytesMax: config.idempotencyBytesMax,
    ttlMs,
    openMs,
  });
  const shared =
    config.redisUrl &&
    new SharedCache({
      url: config.redisUrl,
      timeoutMs: config.redisTimeoutMs,
      prefix: 'quicksilver:idempotency:',
      log,
    });
  return { memory, shared, idempotency: new Idempotency({ memory, shared, ttlMs, openMs }) };
}

interface SubmitDeps {
  readonly queue: WriteQueue;
  readonly mirrors: MirrorClient;
  readonly metrics: IngestMetrics;
}

/** Records of immutable topics are written once. Other records go to the partition of their key. */
function createSubmit(config: IngestConfig, { queue, mirrors, metrics }: SubmitDeps): SubmitWrites {
  const shared = {
    submit: (...write: Parameters<SubmitRecords>) => queue.submit(...write),
    deadlineMs: config.deadlineMs,
    recordsMax: config.queueRecordsMax,
  };
  const askPlaces: AskPlaces = (...question) => mirrors.locate(...question);
  const placement = new KeyPlacement({
    ...shared,
    askMixed: (...question) => mirrors.isMixed(...question),
    askPlaces,
  });
  const firstWrites = new FirstWriteGuard({
    ...shared,
    lookup: new PlaceLookup(askPlaces),
    onExists: (topic, found) => metrics.keyExisted(topic, found),
  });
  return (target, ...write) =>
    target.entry.writeType === 'IMMUTABLE'
      ? firstWrites.submit(target, ...write)
      : placement.submit(target, ...write);
}

function openDirectory(config: IngestConfig, kafka: KafkaClient, log: Log): ServiceDirectory {
  return new ServiceDirectory({ source: kafka.source(), topic: config.servicesTopic, log });
}

interface MirrorDeps {
  readonly keys: ApiKeys;
  readonly directory: ServiceDirectory | undefined;
}

/** The mirrors of the topics, at a fixed address or as published by the manager. */
function createMirrors(config: IngestConfig, { keys, directory }: MirrorDeps): MirrorClient {
  const urls = { template: config.mirrorTemplate, overrides: new Map<string, string>() };
  const addresses = directory && new MirrorAddresses(directory);
  const mirrors = new MirrorClient({
    originsOf: addresses?.originsOf ?? ((topic) => [mirrorOrigin(urls, topic)]),
    timeoutMs: config.deadlineMs,
    peerKey: keys.peerKey,
  });
  if (directory !== undefined) {
    addresses?.follow(
      (listener) => directory.onChange(listener),
      (topic) => mirrors.forget(topic),
    );
  }
  return mirrors;
}

function closing(name: string, resource: { close(): Promise<void> }): Part {
  return { name, start: () => Promise.resolve(), stop: () => resource.close() };
}
