import { FORWARDED_HEADER, MIN_POSITION_HEADER } from '@quicksilver/contracts/mirror-api/contract';
import type { FastifyInstance, FastifyRequest } from 'fastify';

import type { RouteNeeds } from './route-needs.ts';

/** Milliseconds that a request waits until the topic was read from Kafka. */
const LOOK_MS = 2_000;

/**
 * A request may name partitions that were just added to the topic and that this replica does not
 * have yet. The client knows them from the response to a write, or from another replica. Then the
 * replica reads the topic's partitions from Kafka first.
 */
export function awaitNewPartitions(
  app: FastifyInstance,
  { topics }: Pick<RouteNeeds, 'topics'>,
): void {
  app.addHook('preHandler', (request, _reply, done) => {
    const greatest = greatestPartition(request);
    const { topic = topics.single } = request.params as { readonly topic?: string };
    const view = greatest === -1 || topic === undefined ? undefined : topics.find(topic);
    if (view === undefined || greatest < view.partitions) {
      done();
      return;
    }
    let isWaiting = true;
    const finish = (): void => {
      clearTimeout(timer);
      if (isWaiting) {
        isWaiting = false;
        done();
      }
    };
    const timer = setTimeout(finish, LOOK_MS);
    void topics.look(view.topic).finally(finish);
  });
}

/** Of the partitions in the request; -1 if it names none. Malformed ones are rejected later. */
function greatestPartition({ headers, query }: FastifyRequest): number {
  const position = headers[MIN_POSITION_HEADER];
  const forwarded = Number(headers[FORWARDED_HEADER] ?? 0);
  const { partitions } = query as { readonly partitions?: unknown };
  if (position === undefined && typeof partitions !== 'string') {
    return forwarded - 1;
  }
  const inPosition = String(position ?? '').matchAll(/(\d{1,5}):\d/g);
  const inQuery = String(partitions ?? '').matchAll(/\d{1,5}/g);
  const named = [...inPosition].map(([, partition]) => Number(partition));
  return Math.max(forwarded - 1, ...named, ...[...inQuery].map(([partition]) => Number(partition)));
}
