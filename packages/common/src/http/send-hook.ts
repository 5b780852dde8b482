import { Readable } from 'node:stream';

import type { FastifyInstance } from 'fastify';

import { withVary } from './cors.ts';
import { lingerAfter } from './linger.ts';
import type { ResponseBudget } from './response-budget.ts';
import { cutWhenStalled } from './stalled-answer.ts';

/** Headers of every response. */
export const ALWAYS = { 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' } as const;

/** Statuses of a request whose body is not read to its end. */
const REJECTS_BODY: ReadonlySet<number> = new Set([408, 413]);

export interface SendHookOptions {
  readonly budget: ResponseBudget;
  /** Milliseconds until a client must read something of its response. */
  readonly stallMs: number;
  readonly isDraining: () => boolean;
}

/** What holds for every response of the routes. */
export function addSendHook(
  app: FastifyInstance,
  { budget, stallMs, isDraining }: SendHookOptions,
): void {
  app.addHook('onSend', (request, reply, payload, done) => {
    const body = request.method === 'HEAD' ? withoutStream(payload) : payload;
    const refusal = budget.take(reply.raw, body);
    if (refusal !== undefined) {
      done(refusal);
      return;
    }
    cutWhenStalled(reply.raw, body, stallMs);
    lingerAfter(request.raw);
    reply.header('x-content-type-options', ALWAYS['x-content-type-options']);
    if (!reply.hasHeader('cache-control')) {
      reply.header('cache-control', ALWAYS['cache-control']);
    }
    const vary = reply.getHeader('vary');
    if (vary !== undefined) {
      reply.header('vary', withVary(reply.raw, String(vary)));
    }
    // The rest of a rejected body is not read, so the connection cannot have another request.
    if (isDraining() || REJECTS_BODY.has(reply.statusCode)) {
      reply.header('connection', 'close');
    }
    done(null, body);
  });
}

/** For HEAD, Fastify would read a stream to its end, and an event stream has none. */
function withoutStream(payload: unknown): unknown {
  if (!(payload instanceof Readable)) {
    return payload;
  }
  payload.destroy();
  return Readable.from([]);
}
