import { AppError } from '@quicksilver/common/errors/app-error';
import { keyPath, MIN_POSITION_HEADER } from '@quicksilver/contracts/mirror-api/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { TopicView } from '../query/topic-view.ts';
import type { CachedValue, Octets } from '../query/value-cache.ts';
import { readBatchKeys } from './batch-keys.ts';
import { Freshness, setFreshness, setMixed } from './freshness.ts';
import { asksOthers, awaitPosition, heldHere, printHeld, readHeld } from '../read/held-records.ts';
import { bodyOf, jsonArray } from './json-array.ts';
import { partitionsOf } from './list-request.ts';
import {
  checkAnswerBytes,
  OFFSETS,
  PLACES,
  readBatch,
  VALUES,
  type BatchForm,
} from '../read/read-batch.ts';
import { flagOf, forwardedHeaders, isForwarded, singleParameter } from './read-request.ts';
import { forwardedPlace, hasRecord, placeOf, setPlace, type RecordPlace } from './record-place.ts';
import type { RouteNeeds } from './route-needs.ts';
import { toError } from '../read/unwrap.ts';
import { wrongOwner } from '../read/wrong-owner.ts';

/** `GET /topics/{topic}/keys/{key}`, `POST /topics/{topic}/keys:batchGet`, `…/keys:offsets` and `…/keys:locate`. */
export function keyRoutes(app: FastifyInstance, needs: RouteNeeds): void {
  app.get('/topics/:topic/keys/:key', (request, reply) => {
    const { topic, key } = request.params as { topic: string; key: string };
    return answerKey(needs, needs.topics.require(topic), key, request, reply);
  });

  // The doubled colon is the router's way to write one.
  app.post('/topics/:topic/keys::batchGet', (request, reply) =>
    answerBatch(needs, VALUES, request, reply),
  );
  app.post('/topics/:topic/keys::offsets', (request, reply) =>
    answerBatch(needs, OFFSETS, request, reply),
  );
  app.post('/topics/:topic/keys::locate', (request, reply) =>
    answerBatch(needs, PLACES, request, reply),
  );
  app.post('/topics/:topic/keys::held', (request, reply) => answerHeld(needs, request, reply));
}

/** What the partitions that another replica names have of the keys. */
async function answerHeld(
  needs: RouteNeeds,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { topic } = request.params as { topic: string };
  const view = needs.topics.require(topic);
  const keys = readBatchKeys(view, request.body);
  const hasValues = flagOf(request.query, 'values');
  const partitions = [...partitionsOf(view, singleParameter(request.query, 'partitions') ?? '')];
  const freshness = new Freshness();
  for (const number of partitions) {
    const partition = view.owned(number);
    if (partition === undefined) {
      throw wrongOwner(needs, view, number, request.headers);
    }
    const refused = needs.queries.refuse(partition);
    if (refused !== undefined) {
      throw toError(refused);
    }
  }
  await awaitPosition(needs, view, partitions, request.headers);
  const bytes = Array.from({ length: keys.length }, (_, index) => keys.bytesAt(index));
  const records = await heldHere(needs, view, bytes, partitions);
  for (const number of partitions) {
    const partition = view.owned(number);
    if (partition !== undefined) {
      freshness.addPartition(partition);
    }
  }
  freshness.setHeaders(reply);
  const texts = records.map((held) => printHeld(held, view, hasValues));
  checkAnswerBytes(texts);
  return reply.header('content-type', 'application/json').send(bodyOf(jsonArray(texts)));
}

async function answerBatch(
  needs: RouteNeeds,
  form: BatchForm,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { topic } = request.params as { topic: string };
  const view = needs.topics.require(topic);
  const keys = readBatchKeys(view, request.body);
  const { values, freshness } = await readBatch(needs, view, keys, request.headers, form);
  freshness.setHeaders(reply);
  setMixed(reply, view, form === PLACES);
  return reply.header('content-type', 'application/json').send(bodyOf(jsonArray(values)));
}

type Partition = NonNullable<ReturnType<TopicView['owned']>>;

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
    return sendFound(hit, request, reply, form);
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
      return sendFound(result.value, request, reply, form);
    }
    throw result.reason === 'not-found'
      ? new AppError('KEY_NOT_FOUND', form.missing(view.topic, key))
      : toError(result);
  };
  if (!hasPosition && !view.placement.isMixed) {
    return send();
  }
  return awaitPosition(needs, view, [number], request.headers).then(() =>
    asksOthers(view, request.headers)
      ? answerMixed(needs, view, { key, bytes, partition }, request, reply, form)
      : send(),
  );
}

/** With the current record, in whatever partition it is. */
async function answerMixed(
  needs: RouteNeeds,
  view: TopicView,
  wanted: { readonly key: string; readonly bytes: Buffer; readonly partition: Partition },
  request: FastifyRequest,
  reply: FastifyReply,
  form: KeyAnswerForm,
): Promise<FastifyReply> {
  const freshness = new Freshness();
  const query = { keys: [wanted.bytes], hasValues: true };
  const [records = []] = await readHeld(needs, view, query, request.headers, freshness);
  const found = needs.queries.choose(view, records);
  if (!found.ok) {
    throw found.reason === 'not-found'
      ? new AppError('KEY_NOT_FOUND', form.missing(view.topic, wanted.key))
      : toError(found);
  }
  freshness.setHeaders(reply);
  setMixed(reply, view);
  const { partition, offset, timestamp, json } = found.value;
  const { topicId } = wanted.partition;
  const place = placeOf({ partition: { partition, topicId }, offset, timestamp });
  return await sendValue(form.body(json), place, request, reply);
}

function sendFound(
  found: CachedValue,
  request: FastifyRequest,
  reply: FastifyReply,
  form: KeyAnswerForm,
): FastifyReply {
  setFreshness(reply, found.partition);
  return sendValue(form.body(found.json), placeOf(found), request, reply);
}

/** The value, or 304 where the client says that it has this record. */
function sendValue(
  body: Octets,
  place: RecordPlace | undefined,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  if (place !== undefined) {
    setPlace(reply, place);
    if (hasRecord(request.headers['if-none-match'], place)) {
      return reply.code(304).send();
    }
  }
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
    throw wrongOwner(needs, view, partition, request.headers);
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
    const body = form.body(Buffer.from(answer.body).toString('latin1'));
    return await sendValue(body, forwardedPlace(answer.headers), request, reply);
  } catch (error) {
    throw error instanceof AppError && error.code === 'KEY_NOT_FOUND'
      ? new AppError('KEY_NOT_FOUND', form.missing(view.topic, key))
      : error;
  }
}
