import { Readable } from 'node:stream';

import { splitObject } from '@quicksilver/codec/json-text';
import { AppError } from '@quicksilver/common/errors/app-error';
import { pathOf } from '@quicksilver/common/http/problem-reply';
import { PAGE_ITEMS_MAX } from '@quicksilver/contracts/mirror-api/contract';
import { parseCursor, type ListCursor } from '@quicksilver/contracts/mirror-api/list-cursor';
import { splitPage } from '@quicksilver/contracts/mirror-api/split-answer';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { TopicView } from '../query/topic-view.ts';
import { at, checkCount, type BatchKeys } from './batch-keys.ts';
import { bodyOf, jsonArray, valueEnvelope } from './json-array.ts';
import { answerKey, type KeyAnswerForm } from './key-routes.ts';
import { answerQuickRange } from './range-routes.ts';
import { readBatch } from '../read/read-batch.ts';
import { readPage, type PageRead } from '../read/read-page.ts';
import type { RouteNeeds } from './route-needs.ts';

const missingText = (key: string): string => `Key ${key} does not exist in Mirror`;

const QUICK: KeyAnswerForm = {
  body: valueEnvelope,
  missing: (_topic, key) => missingText(key),
};

/** Quick's own paths and bodies, there while the process hosts the one topic that they speak of. */
export function quickRoutes(app: FastifyInstance, needs: RouteNeeds): void {
  const viewAt = ({ url }: FastifyRequest): TopicView => {
    const { single } = needs.topics;
    if (single === undefined) {
      throw new AppError(
        'NOT_FOUND',
        `There is nothing at ${pathOf(url)}: this mirror does not host exactly one topic. Ask below /topics/{topic}.`,
      );
    }
    return needs.topics.require(single);
  };

  app.get('/mirror/:key', (request, reply) => {
    const { key } = request.params as { key: string };
    return answerKey(needs, viewAt(request), key, request, reply, QUICK);
  });

  app.get('/mirror/keys', async (request, reply) => {
    const view = viewAt(request);
    const ids = readIds(request);
    return ids === undefined
      ? await answerKey(needs, view, 'keys', request, reply, QUICK)
      : await answerKeys(needs, view, ids, request, reply);
  });

  app.get('/mirror', (request, reply) => {
    const view = viewAt(request);
    const body = Readable.from(allValues(needs, view), { objectMode: false });
    return reply.header('content-type', 'application/json').send(body);
  });

  app.get('/mirror/range/:key', (request, reply) =>
    answerQuickRange(needs, viewAt(request), request, reply),
  );

  app.get('/streams/partitions', (request, reply) => {
    const { partitions } = viewAt(request);
    const first = Array.from({ length: partitions }, (_, at) => [at, needs.ownersOf(at)[0]]);
    return reply
      .header('content-type', 'application/json')
      .send(JSON.stringify(Object.fromEntries(first)));
  });
}

/**
 * One `ids` is a list separated by commas; several are one key each, so that a key with a comma in it
 * can be asked for.
 */
function readIds(request: FastifyRequest): readonly string[] | undefined {
  const { ids } = request.query as { ids?: string | string[] };
  if (ids === undefined || Array.isArray(ids)) {
    return ids;
  }
  return ids === '' ? [] : ids.split(',');
}

async function answerKeys(
  needs: RouteNeeds,
  view: TopicView,
  ids: readonly string[],
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  checkCount(ids.length);
  const bytes = ids.map((id) => view.keyCodec.fromText(id));
  const keys: BatchKeys = {
    length: bytes.length,
    texts: undefined,
    bytesAt: (index) => at(bytes, index),
    jsonAt: (index) => view.keyCodec.toJson(at(bytes, index)).toString('utf8'),
  };
  const { values, freshness } = await readBatch(needs, view, keys, request.headers);
  const missing = values.indexOf(undefined);
  if (missing !== -1) {
    throw new AppError('KEY_NOT_FOUND', missingText(ids[missing] ?? ''));
  }
  freshness.setHeaders(reply);
  return reply
    .header('content-type', 'application/json')
    .send(bodyOf(valueEnvelope(jsonArray(values))));
}

/** `{"value":[…]}` of all replicas, page by page as the client reads. */
async function* allValues(needs: RouteNeeds, view: TopicView): AsyncGenerator<Buffer> {
  let from: ListCursor | undefined = { partition: 0, after: undefined };
  let separator = '{"value":[\n';
  while (from !== undefined) {
    const request = { from, itemsMax: PAGE_ITEMS_MAX, hasCursors: false, partitions: undefined };
    const page: PageRead = await readPage(needs, view, request, {});
    const { values, next }: Page =
      page.kind === 'local'
        ? { values: page.entries.map((entry) => entry.value), next: page.next }
        : forwardedPage(view, page.answer.body);
    const pieces: Buffer[] = [];
    for (const value of values) {
      pieces.push(Buffer.from(separator), value);
      separator = '\n,';
    }
    if (pieces.length > 0) {
      yield Buffer.concat(pieces);
    }
    from = next;
  }
  yield Buffer.from(separator === '\n,' ? '\n]}' : '{"value":[\n]}');
}

interface Page {
  readonly values: readonly Buffer[];
  readonly next: ListCursor | undefined;
}

function forwardedPage(view: TopicView, body: string): Page {
  const page = splitPage(body);
  if (page === undefined) {
    throw new AppError('UPSTREAM_BAD_RESPONSE', 'Another replica answered with no page of a list.');
  }
  return {
    values: page.items.map((item) => Buffer.from(splitObject(item)?.[1]?.value ?? 'null')),
    next: page.next === null ? undefined : parseCursor(view.topic, page.next),
  };
}
