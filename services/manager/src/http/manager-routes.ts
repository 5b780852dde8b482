import { Readable } from 'node:stream';

import { printRestHost } from '@quicksilver/common/config/rest-hosts';
import { RESOURCE_KINDS, type ResourceKind } from '@quicksilver/resources/kinds';
import type { ResourceStatus } from '@quicksilver/resources/status';
import { AppError } from '@quicksilver/common/errors/app-error';
import { BoundedQueue } from '@quicksilver/common/flow/bounded-queue';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

import type { WorkloadId } from '../runtime/runtime.ts';
import { status } from './answers.ts';
import type { ApiDeps } from './api-deps.ts';
import { addRoute, nameParams } from './route.ts';

const HEARTBEAT_MS = 15_000;
const QUEUE = { itemsMax: 20_000, bytesMax: 16_777_216, sizeOf: (text: string) => text.length };

const number = (max: number) =>
  z
    .string()
    .regex(/^\d{1,6}$/, 'expected a whole number')
    .transform(Number)
    .pipe(z.int().max(max));

const statusAnswer = z.object({
  resources: z.array(
    z.object({
      kind: z.enum(RESOURCE_KINDS),
      name: z.string(),
      version: z.int(),
      isDeleting: z.boolean(),
      status: status.nullable(),
    }),
  ),
  manager: z.object({
    id: z.string(),
    isLeader: z.boolean(),
    isCurrent: z
      .boolean()
      .describe('Whether this manager leads and has checked every resource in its term.'),
    problem: z.string().optional().describe('Why this manager leads but makes no changes.'),
    restHosts: z
      .array(z.string())
      .describe('Hosts that @rest may fetch from, as set in QUICK_REST_ALLOWED_HOSTS.'),
  }),
});

export function managerRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const { resources, statuses, manager, restHosts } = deps;
  addRoute(app, {
    method: 'GET',
    path: '/status',
    summary: 'Returns the status of all resources and of this manager.',
    tag: 'manager',
    answers: { 200: { description: 'All resources.', schema: statusAnswer } },
    handle: () => {
      const problem = manager.problem();
      return Promise.resolve({
        resources: resources.list().map(({ kind, name, version, isDeleting }) => {
          return { kind, name, version, isDeleting, status: statuses.get(kind, name) ?? null };
        }),
        manager: {
          id: manager.id,
          isLeader: manager.isLeader(),
          isCurrent: manager.isCurrent(),
          restHosts: restHosts.map(printRestHost),
          ...(problem === undefined ? {} : { problem }),
        },
      });
    },
  });
  eventsRoute(app, deps);
  logsRoute(app, deps);
}

function eventsRoute(app: FastifyInstance, { statuses, stopping }: ApiDeps): void {
  addRoute(app, {
    method: 'GET',
    path: '/events',
    summary:
      'Streams all statuses as events named status, then every change. A removed resource is an event named removed.',
    tag: 'manager',
    answers: { 200: { description: 'Server-sent events.', type: 'text/event-stream' } },
    handle: ({ reply }) => {
      const queue = new BoundedQueue<string>(QUEUE);
      const send = (current: ResourceStatus): void => {
        if (!queue.push(`event: status\ndata: ${JSON.stringify(current)}\n\n`)) {
          // A slow client is disconnected. When it reconnects, it gets all current statuses.
          queue.end();
        }
      };
      queue.push(': all current statuses follow\n\n');
      for (const current of statuses.list()) {
        send(current);
      }
      const unlisten = statuses.onChange((entity, current) => {
        const [kind = '', name = ''] = entity.split('/');
        const resourceKind = RESOURCE_KINDS.find((each) => each === kind);
        if (current !== undefined) {
          send(current);
        } else if (resourceKind !== undefined) {
          queue.push(`event: removed\ndata: ${JSON.stringify({ kind: resourceKind, name })}\n\n`);
        }
      });
      const heartbeat = setInterval(() => queue.push(': still here\n\n'), HEARTBEAT_MS);
      const end = (): void => queue.end();
      stopping.addEventListener('abort', end, { once: true });
      const stream = Readable.from(queue);
      stream.once('close', () => {
        unlisten();
        clearInterval(heartbeat);
        stopping.removeEventListener('abort', end);
      });
      reply.type('text/event-stream');
      return Promise.resolve(stream);
    },
  });
}

function logsRoute(app: FastifyInstance, deps: ApiDeps): void {
  const { kinds, stopping } = deps;
  const kindsWithLogs = kinds
    .filter((each) => each.workloadOf !== undefined)
    .map(({ kind }) => kind);
  addRoute(app, {
    method: 'GET',
    path: '/logs/{kind}/{name}',
    summary: 'Streams the output of a replica.',
    tag: 'manager',
    params: nameParams.extend({
      kind: z.enum(kindsWithLogs).meta({ examples: kindsWithLogs.slice(0, 1) }),
    }),
    query: z.object({
      replica: number(9_999).optional(),
      lines: number(100_000).optional(),
      follow: z.enum(['true', 'false']).optional(),
    }),
    answers: { 200: { description: 'Lines of text.', type: 'text/plain; charset=utf-8' } },
    errors: ['NOT_FOUND', 'NOT_LEADER'],
    handle: async ({ params, query, reply, request }) => {
      const id = workloadOf(params, deps);
      const runtime = deps.runtime();
      if (runtime === undefined) {
        throw new AppError(
          'NOT_LEADER',
          'Another manager leads and has the logs. Send the request to that manager.',
        );
      }
      const gone = new AbortController();
      request.raw.once('close', () => gone.abort());
      const lines = runtime.logs(id, query.replica ?? 0, {
        lines: query.lines ?? 100,
        follow: query.follow === 'true',
        signal: AbortSignal.any([gone.signal, stopping]),
      });
      const stream = Readable.from(withEnds(lines));
      reply.raw.once('close', () => gone.abort());
      reply.type('text/plain; charset=utf-8');
      return stream;
    },
  });
}

/** Throws `AppError` if the resource does not exist. */
function workloadOf(
  { kind, name }: { readonly kind: ResourceKind; readonly name: string },
  { kinds, desired }: ApiDeps,
): WorkloadId {
  const resource = desired.require(kind, name);
  const workload = kinds.find((each) => each.kind === kind)?.workloadOf?.(resource);
  if (workload === undefined) {
    throw new Error(`A ${kind} has no logs`);
  }
  return workload;
}

async function* withEnds(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) {
    yield `${line}\n`;
  }
}
