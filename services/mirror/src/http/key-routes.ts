import { AppError } from '@quicksilver/common/errors/app-error';
import { addDeclaredRoute } from '@quicksilver/common/http/route-declaration';
import { SKIPPED_HEADER } from '@quicksilver/contracts/mirror-api/contract';
import { parseBatchKeys, type BatchKind } from '@quicksilver/contracts/mirror-api/batch-query';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { Octets } from '../query/octets.ts';
import type { TopicView } from '../query/topic-view.ts';
import { allBytes, keyListOf, type KeyList } from '../read/batch-keys.ts';
import { printHeld } from '../read/held-json.ts';
import { parseHeldQuery } from '../read/held-query.ts';
import { readHeldHere } from '../read/held-records.ts';
import { checkPartitions } from '../read/partition-list.ts';
import { checkResponseBytes, readBatch } from '../read/read-batch.ts';
import { readKey, type KeyRead } from '../read/read-key.ts';
import type { Freshness } from '../read/freshness.ts';
import { setFreshness, setMixed, setPartitionFreshness } from './freshness-headers.ts';
import { jsonArray } from './json-array.ts';
import { GET_KEY, GET_OFFSETS, GET_VALUES, LOCATE_KEYS } from './read-declarations.ts';
import { hasRecord, recordOf, setRecord } from './record-headers.ts';
import { scopeOf } from './request-scope.ts';
import type { RouteNeeds } from './route-needs.ts';
import { GET_HELD } from './status-declarations.ts';

interface TopicParams {
  readonly topic: string;
}

/** Single keys and batches of keys. */
export function keyRoutes(app: FastifyInstance, needs: RouteNeeds): void {
  addDeclaredRoute(app, GET_KEY, (request, reply) => {
    const { topic, key } = request.params as TopicParams & { key: string };
    return answerKey(needs, needs.topics.require(topic), key, request, reply);
  });

  addDeclaredRoute(app, GET_VALUES, (request, reply) =>
    answerBatch(needs, 'values', request, reply),
  );
  addDeclaredRoute(app, GET_OFFSETS, (request, reply) =>
    answerBatch(needs, 'offsets', request, reply),
  );
  addDeclaredRoute(app, LOCATE_KEYS, (request, reply) =>
    answerBatch(needs, 'locations', request, reply),
  );
  addDeclaredRoute(app, GET_HELD, (request, reply) => answerHeld(needs, request, reply));
}

/** The records of the keys in the partitions that another replica names. */
async function answerHeld(
  needs: RouteNeeds,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const view = needs.topics.require((request.params as TopicParams).topic);
  const keys = allBytes(readKeys(view, request.body));
  const { partitions = [], values = false, unread = false } = parseHeldQuery(request.query);
  checkPartitions(view, partitions);
  const scope = scopeOf(needs, view, request.headers);
  const { records, freshness } = await readHeldHere(scope, keys, partitions);
  setFreshness(reply, freshness);
  const texts = records.map((held) => {
    const sent = unread ? held : held.filter(({ isUnread }) => isUnread !== true);
    return printHeld(sent, view.isImmutable, values);
  });
  checkResponseBytes(texts);
  return reply.header('content-type', 'application/json').sendLatin1(jsonArray(texts));
}

async function answerBatch(
  needs: RouteNeeds,
  kind: BatchKind,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const view = needs.topics.require((request.params as TopicParams).topic);
  const keys = readKeys(view, request.body);
  const scope = scopeOf(needs, view, request.headers);
  const { values, freshness } = await readBatch(scope, keys, kind);
  setFreshness(reply, freshness);
  setMixed(reply, view, kind === 'locations');
  return reply.header('content-type', 'application/json').sendLatin1(jsonArray(values));
}

function readKeys(view: TopicView, body: unknown): KeyList {
  return keyListOf(view, parseBatchKeys(body, view.keyCodec.type === 'STRING'));
}

/** The difference between the canonical path and that of bakdata Quick. */
export interface KeyAnswerForm {
  readonly body: (json: Octets) => Octets;
  readonly missing: (topic: string, key: string) => string;
}

const CANONICAL: KeyAnswerForm = {
  body: (json) => json,
  missing: (topic, key) => `Key ${key} does not exist in topic ${topic}.`,
};

/** Returns the reply at once if the read does not wait: this is the mirror's hottest path. */
export function answerKey(
  needs: RouteNeeds,
  view: TopicView,
  key: string,
  request: FastifyRequest,
  reply: FastifyReply,
  form: KeyAnswerForm = CANONICAL,
): FastifyReply | Promise<FastifyReply> {
  const send = (read: KeyRead): FastifyReply => {
    if (read.kind === 'refused') {
      setFreshness(reply, read.freshness);
      throw read.error.code === 'KEY_NOT_FOUND'
        ? new AppError('KEY_NOT_FOUND', form.missing(view.topic, key) + skippedText(read.freshness))
        : read.error;
    }
    return sendKey(view, read, request, reply, form);
  };
  const read = readKey(scopeOf(needs, view, request.headers), key);
  return read instanceof Promise ? read.then(send) : send(read);
}

function skippedText({ skipped: [record] }: Freshness): string {
  const [partition, offset] = record?.split(':') ?? [];
  return record === undefined
    ? ''
    : ` Its record at offset ${offset} of partition ${partition} could not be read and was skipped.`;
}

/** The value, or 304 if the client has this record. */
function sendKey(
  view: TopicView,
  read: Exclude<KeyRead, { kind: 'refused' }>,
  request: FastifyRequest,
  reply: FastifyReply,
  form: KeyAnswerForm,
): FastifyReply {
  if (read.kind === 'home') {
    const { partition, skipped } = read.value;
    setPartitionFreshness(reply, partition);
    if (skipped !== undefined) {
      reply.header(SKIPPED_HEADER, `${partition.partition}:${skipped}`);
    }
  } else {
    setFreshness(reply, read.freshness);
  }
  if (read.kind === 'mixed') {
    setMixed(reply, view);
  }
  const record = read.kind === 'home' ? recordOf(read.value) : read.record;
  if (record !== undefined) {
    setRecord(reply, record);
    if (hasRecord(request.headers['if-none-match'], record)) {
      return reply.code(304).send();
    }
  }
  const json = read.kind === 'home' ? read.value.json : read.json;
  return reply.header('content-type', 'application/json').sendLatin1(form.body(json));
}
