import { Readable } from 'node:stream';

import { splitObject } from '@quicksilver/codec/json-text';
import { AppError } from '@quicksilver/common/errors/app-error';
import { pathOf } from '@quicksilver/common/http/problem-reply';
import { checkCount } from '@quicksilver/contracts/mirror-api/batch-query';
import { splitPage } from '@quicksilver/contracts/mirror-api/split-answer';
import {
  addDeclaredRoute,
  type RouteDeclaration,
} from '@quicksilver/common/http/route-declaration';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify';

import type { TopicView } from '../query/topic-view.ts';
import { keyListOfUrl } from '../read/batch-keys.ts';
import { readBatch } from '../read/read-batch.ts';
import { readList, type ListRead } from '../read/read-list.ts';
import type { ReadScope } from '../read/read-scope.ts';
import {
  GET_BAKDATA_KEY,
  GET_BAKDATA_KEYS,
  GET_BAKDATA_PARTITIONS,
  GET_BAKDATA_RANGE,
  LIST_BAKDATA_VALUES,
} from './bakdata-declarations.ts';
import { setFreshness } from './freshness-headers.ts';
import { jsonArray, valueEnvelope } from './json-array.ts';
import { answerKey, type KeyAnswerForm } from './key-routes.ts';
import { answerBakdataRange } from './range-routes.ts';
import { scopeOf } from './request-scope.ts';
import type { RouteNeeds } from './route-needs.ts';

const missingText = (key: string): string => `Key ${key} does not exist in Mirror`;

const BAKDATA: KeyAnswerForm = {
  body: valueEnvelope,
  missing: (_topic, key) => missingText(key),
};

/** The paths and bodies of bakdata Quick, while the process hosts exactly one topic. */
export function bakdataRoutes(app: FastifyInstance, needs: RouteNeeds): void {
  const add = (declaration: RouteDeclaration, handler: RouteHandlerMethod): void =>
    addDeclaredRoute(app, declaration, handler, () => needs.topics.single);
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

  add(GET_BAKDATA_KEY, (request, reply) => {
    const { key } = request.params as { key: string };
    return answerKey(needs, viewAt(request), key, request, reply, BAKDATA);
  });

  add(GET_BAKDATA_KEYS, async (request, reply) => {
    const view = viewAt(request);
    const ids = readIds(request);
    return ids === undefined
      ? await answerKey(needs, view, 'keys', request, reply, BAKDATA)
      : await answerKeys(needs, view, ids, request, reply);
  });

  add(LIST_BAKDATA_VALUES, async (request, reply) => {
    const scope = scopeOf(needs, viewAt(request), {});
    // Before the first byte is sent, so that a partition that fails becomes an error response.
    const first = await readList(scope, {});
    setFreshness(reply, first.freshness);
    const body = Readable.from(allValues(scope, first), { objectMode: false });
    return await reply.header('content-type', 'application/json').send(body);
  });

  add(GET_BAKDATA_RANGE, (request, reply) =>
    answerBakdataRange(needs, viewAt(request), request, reply),
  );

  add(GET_BAKDATA_PARTITIONS, (request, reply) => {
    const { partitions } = viewAt(request);
    const first = Array.from({ length: partitions }, (_, at) => [at, needs.ownersOf(at)[0]]);
    return reply
      .header('content-type', 'application/json')
      .send(JSON.stringify(Object.fromEntries(first)));
  });
}

/** One `ids` is a list separated by commas. Several are one key each, which may have commas. */
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
  checkCount(ids);
  const scope = scopeOf(needs, view, request.headers);
  const { values, freshness } = await readBatch(scope, keyListOfUrl(view, ids));
  setFreshness(reply, freshness);
  const missing = values.indexOf(undefined);
  if (missing !== -1) {
    throw new AppError('KEY_NOT_FOUND', missingText(ids[missing] ?? ''));
  }
  return reply
    .header('content-type', 'application/json')
    .sendLatin1(valueEnvelope(jsonArray(values)));
}

/** `{"value":[…]}` of all replicas, page by page as the client reads. */
async function* allValues(scope: ReadScope, first: ListRead): AsyncGenerator<Buffer> {
  let separator = '{"value":[\n';
  let page = valuesOf(first);
  for (;;) {
    const { values, next } = page;
    const pieces: Buffer[] = [];
    for (const value of values) {
      pieces.push(Buffer.from(separator), value);
      separator = '\n,';
    }
    if (pieces.length > 0) {
      yield Buffer.concat(pieces);
    }
    if (next === null) {
      break;
    }
    page = valuesOf(await readList(scope, { cursor: next }));
  }
  yield Buffer.from(separator === '\n,' ? '\n]}' : '{"value":[\n]}');
}

interface ValuePage {
  readonly values: readonly Buffer[];
  readonly next: string | null;
}

function valuesOf(read: ListRead): ValuePage {
  if (read.kind === 'here') {
    return { values: read.entries.map(({ value }) => value), next: read.next };
  }
  const page = splitPage(read.json);
  if (page === undefined) {
    throw new AppError(
      'UPSTREAM_BAD_RESPONSE',
      'Expected a page of a list from another replica, found another form.',
    );
  }
  return {
    values: page.items.map((item) => Buffer.from(splitObject(item)?.[1]?.value ?? 'null')),
    next: page.next,
  };
}
