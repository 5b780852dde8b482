import { ApiKeys } from '@quicksilver/common/http/api-keys';
import { HttpServer } from '@quicksilver/common/http/http-server';
import { OpsServer } from '@quicksilver/common/http/ops-server';
import { createKafkaClient } from '@quicksilver/common/kafka/kafka-client';
import type { KafkaClient, TopicAdmin } from '@quicksilver/common/kafka/ports';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { Part } from '@quicksilver/common/lifecycle/part';
import { createLog } from '@quicksilver/common/observe/log';
import { createRegistry, type Registry } from '@quicksilver/common/observe/metrics-registry';
import { TopicRegistry } from '@quicksilver/common/topics/topic-registry';

import type { IngestConfig } from './config.ts';
import { TopicGuard } from './guard/topic-guard.ts';
import { writeRoutes } from './http/write-routes.ts';
import { createIngestMetrics } from './metrics.ts';
import { WriteQueue } from './produce/write-queue.ts';

/** What tests may replace. */
export interface IngestSeams {
  readonly log: Log;
  readonly registry: Registry;
  readonly kafka: KafkaClient;
}

export interface Ingest {
  /** In the order of their start. */
  readonly parts: readonly Part[];
  /** `host:port`, once started. */
  address(): string;
  opsAddress(): string;
}

export function assembleIngest(config: IngestConfig, given: Partial<IngestSeams> = {}): Ingest {
  const log = given.log ?? createLog('ingest', config.logLevel);
  const registry = given.registry ?? createRegistry();
  const kafka = given.kafka ?? kafkaClient(config);

  const keys = new ApiKeys({ config, log, asksPeers: false });
  const metrics = createIngestMetrics(registry, () => queue.load);
  const admin = kafka.admin();
  const topics = new TopicRegistry({ source: kafka.source(), topic: config.topicRegistry, log });
  const guard = new TopicGuard({
    require: (name) => topics.require(name),
    describe: (topic, signal) => admin.describe(topic, signal),
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
  const http = new HttpServer({
    name: 'ingest',
    host: config.host,
    port: config.port,
    log,
    keys,
    bodyBytesMax: config.bodyBytesMax,
    routes: writeRoutes({ guard, queue, limits: config, lineBytesMax: config.bodyBytesMax, log }),
  });
  const ops = new OpsServer({
    host: config.host,
    port: config.opsPort,
    log,
    keys,
    notReady: () => [topics.notReady()].filter((reason) => reason !== undefined),
    metrics: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  });
  return {
    parts: [keys, ops, adminPart(admin), topics, queue, http],
    address: () => http.address(),
    opsAddress: () => ops.address(),
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

function adminPart(admin: TopicAdmin): Part {
  return {
    name: 'topic admin',
    start: () => Promise.resolve(),
    stop: () => admin.close(),
  };
}
