import { AppError } from '@quicksilver/common/errors/app-error';
import { keyPath, MIN_POSITION_HEADER } from '@quicksilver/common/mirror-api/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { TopicView } from '../query/topic-view.ts';
import type { Octets } from '../query/value-cache.ts';
import { readBatchKeys } from './batch-keys.ts';
import { Freshness, setFreshness } from './freshness.ts';
import { bodyOf, jsonArray } from './json-array.ts';
import { readBatch } from './read-batch.ts';
import { forwardedHeaders, isForwarded, minPosition } from './read-request.ts';
import type { RouteNeeds } from './route-needs.ts';
import { toError } from './unwrap.ts';
import { wrongOwner } from './wrong-owner.ts';

type Partition = NonNullable<ReturnType<TopicView['owned']>>;

/** `GET /topics/{topic}/keys/{key}` and `POST /topics/{topic}/keys:batchGet`. */
export function keyRoutes(app: FastifyInstance, needs: RouteNeeds): void {
  app.get('/topics/:topic/keys/:key', (request, reply) => {
    const { topic, key } = request.params as { topic: string; key: string };
    return answerKey(needs, needs.topics.require(topic), key, request, reply);
  });

  // The doubled colon is the router's way to write one.
  app.post('/topics/:topic/keys::batchGet', async (request, reply) => {
    const { topic } = request.params as { topic: string };
    const view = needs.topics.require(topic);
    const keys = readBatchKeys(view, request.body);
    const { values, freshness } = await readBatch(needs, view, keys, request.headers);
    freshness.setHeaders(reply);
    return reply.header('content-type', 'application/json').send(bodyOf(jsonArray(values)));
  });
}

/** How an answer differs between the canonical path and Quick's. */
export interface KeyAnswerForm {
  readonly body: (json: Octets) => Octets;
  readonly missing: (topic: string, key: string) => string;
}

const CANONICAL: KeyAnswerForm = {
  body: (json) => json,
  missing: (topic, key) => `Key ${key} does not exist in topic ${topic}.`,
};

/** Answers at once where nothing has to be waited for: this is the mirror's hottest path. */
export function answerKey(
  needs: RouteNeeds,
  view: TopicView,
  key: string,
  request: FastifyRequest,
  reply: FastifyReply,
  form: KeyAnswerForm = CANONICAL,
): FastifyReply | Promise<FastifyReply> {
  const hasPosition = request.headers[MIN_POSITION_HEADER] !== undefined;
  const hit = view.keyCodec.type === 'STRING' && !hasPosition && needs.queries.cached(view, key);
  if (hit) {
    return sendValue(reply, hit.partition, form.body(hit.json));
  }
  const bytes = view.keyCodec.fromText(key);
  const number = view.partitionOf(bytes);
  const partition = view.owned(number);
  if (partition === undefined) {
    return forwardKey(needs, view, { key, partition: number }, request, reply, form);
  }
  const send = (): FastifyReply => {
    const result = needs.queries.get(view, partition, bytes);
    if (result.ok) {
      return sendValue(reply, partition, form.body(result.value));
    }
    throw result.reason === 'not-found'
      ? new AppError('KEY_NOT_FOUND', form.missing(view.topic, key))
      : toError(result);
  };
  const position = minPosition(request.headers, view);
  if (position === undefined) {
    return send();
  }
  return needs.queries.refuseBefore(partition, position).then((refused) => {
    if (refused !== undefined) {
      throw toError(refused);
    }
    return send();
  });
}

function sendValue(reply: FastifyReply, partition: Partition, body: Octets): FastifyReply {
  setFreshness(reply, partition);
  return reply.header('content-type', 'application/json').send(bodyOf(body));
}

async function forwardKey(
  needs: RouteNeeds,
  view: TopicView,
  wanted: { readonly key: string; readonly partition: number },
  request: FastifyRequest,
  reply: FastifyReply,
  form: KeyAnswerForm,
): Promise<FastifyReply> {
  const { key, partition } = wanted;
  if (isForwarded(request.headers)) {
    throw wrongOwner(partition, needs.ownersOf(partition));
  }
  try {
    const answer = await needs.forward({
      topic: view.topic,
      partition,
      method: 'GET',
      path: keyPath(view.topic, key),
      headers: forwardedHeaders(request.headers),
    });
    const freshness = new Freshness();
    freshness.addForwarded(answer);
    freshness.setHeaders(reply);
    return await reply
      .header('content-type', 'application/json')
      .send(bodyOf(form.body(Buffer.from(answer.body).toString('latin1'))));
  } catch (error) {
    throw error instanceof AppError && error.code === 'KEY_NOT_FOUND'
      ? new AppError('KEY_NOT_FOUND', form.missing(view.topic, key))
      : error;
  }
}
