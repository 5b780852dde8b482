import { AppError } from '@quicksilver/common/errors/app-error';
import { singleParameter } from '@quicksilver/contracts/mirror-api/query-string';
import type { FastifyInstance } from 'fastify';

import type { TopicViews } from '../query/topic-views.ts';

const STEP = { itemsMax: 10_000, bytesMax: 16_777_216 };

/**
 * `GET /admin/dump?topic=&partition=`: all records of a partition in the store, with the position
 * of the store, in any state of the partition. For a process that applies no records.
 */
export function dumpRoute(app: FastifyInstance, topics: TopicViews): void {
  app.get('/admin/dump', async (request, reply) => {
    const view = topics.require(singleParameter(request.query, 'topic') ?? '');
    const text = singleParameter(request.query, 'partition') ?? '';
    const partition = /^\d{1,5}$/.test(text) ? Number(text) : -1;
    if (view.owned(partition) === undefined) {
      throw new AppError('BAD_REQUEST', `Expected a partition of this replica, got ${text}.`);
    }
    const position = view.store.position(partition);
    const items: string[] = [];
    let after: Buffer | undefined;
    const generation = position?.generation;
    let isComplete = false;
    while (!isComplete) {
      if (generation === undefined) {
        break;
      }
      const from = after === undefined ? {} : { after };
      const list = await view.store.list({ partition, generation, ...STEP, ...from });
      for (const { key, json, offset } of list.entries) {
        const keyJson = view.keyCodec.toJson(view.keyEncoding.decode(key));
        items.push(`{"key":${String(keyJson)},"value":${String(json)},"offset":"${offset}"}`);
      }
      after = list.entries.at(-1)?.key;
      isComplete = list.isComplete;
    }
    const at = {
      generation: position?.generation ?? null,
      nextOffset: position === undefined ? null : String(position.nextOffset),
      topicId: position?.topicId ?? null,
    };
    const head = JSON.stringify(at).slice(0, -1);
    return reply
      .header('content-type', 'application/json')
      .send(`${head},"items":[${items.join(',\n')}]}`);
  });
}
