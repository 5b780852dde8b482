import { ValueWriters } from '@quicksilver/codec/registry/value-writers';
import type { Service } from '@quicksilver/common/lifecycle/service';
import { closingPart } from '@quicksilver/service/closing-part';
import { openMirrorClient } from '@quicksilver/service/open-mirror-client';
import { ServiceKit, type Seams } from '@quicksilver/service/service-kit';

import type { IngestConfig } from './config.ts';
import { ConformingValues } from './decode/conforming-values.ts';
import { AnswerMemory } from './guard/answer-memory.ts';
import { Idempotency } from './guard/idempotency.ts';
import { createSubmit } from './guard/create-submit.ts';
import { TopicGuard } from './guard/topic-guard.ts';
import { ingestApi } from './http/ingest-api.ts';
import { createIngestMetrics } from './metrics.ts';
import { WriteQueue } from './produce/write-queue.ts';

/** Time that a request counts as in flight after its deadline. */
const OPEN_MARGIN_MS = 5_000;
const NO_OVERRIDES = new Map<string, string>();

export function assembleIngest(config: IngestConfig, seams: Partial<Seams> = {}): Service {
  const kit = new ServiceKit({ name: 'ingest', config, seams });
  const { log, kafka } = kit;
  const { deadlineMs } = config;
  const metrics = createIngestMetrics(kit.registry, {
    queueSize: () => queue.size,
    answers: () => memory,
    isSharedCacheAway: () => shared?.isAway === true,
  });

  const topics = kit.topicRegistry(config.kafka.topicRegistry);
  const directory =
    config.mirrorTemplate === '' ? kit.serviceDirectory(config.servicesTopic) : undefined;
  const mirrors = openMirrorClient({
    directory,
    urls: { template: config.mirrorTemplate, overrides: NO_OVERRIDES },
    timeoutMs: deadlineMs,
    peerKey: kit.keys.peerKey,
  });
  const admin = kafka.admin();
  const values = new ValueWriters(config.schemas);
  const shared = kit.sharedCache(config.cache, 'idempotency');

  const lifetimes = { ttlMs: config.idempotency.ttlMs, openMs: deadlineMs + OPEN_MARGIN_MS };
  const memory = new AnswerMemory({ ...config.idempotency, ...lifetimes });
  const idempotency = new Idempotency({ memory, shared, ...lifetimes });
  const guard = new TopicGuard({
    require: (name) => topics.require(name),
    describe: (topic, signal) => admin.describe(topic, signal),
    writerOf: (use) => values.writerOf(use),
    conforming: new ConformingValues(config),
    describeMs: Math.min(5_000, deadlineMs / 2),
    log,
  });
  const queue = new WriteQueue({ sink: kafka.sink(), metrics, deadlineMs, ...config.queue });
  const submit = createSubmit({
    queue,
    mirrors,
    deadlineMs,
    recordsMax: config.queue.recordsMax,
    onExists: metrics.keyExisted,
  });

  const { limits } = config;
  const onKeyed = metrics.keyed;
  const http = kit.dataServer({
    // Clients of bakdata Quick may end the path with a slash.
    slashMethods: new Set(['POST']),
    bodyBytesMax: limits.bodyBytesMax,
    routes: ingestApi({ idempotency, guard, submit, queue, limits, log, onKeyed }),
  });
  return kit.service({
    http,
    parts: [
      closingPart('topic admin', admin),
      values,
      topics,
      directory,
      closingPart('mirror client', mirrors),
      shared,
      queue,
      http,
    ],
    awaits: [topics],
    metrics,
  });
}
