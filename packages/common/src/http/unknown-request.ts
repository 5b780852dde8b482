import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { AppError } from '../errors/app-error.ts';
import type { Log } from '../lifecycle/log.ts';
import { pathOf, replyWithProblem } from './problem-reply.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/** Rejects requests that no route handles. */
export function answerUnknown(app: FastifyInstance, log: Log): void {
  app.setNotFoundHandler((request, reply) =>
    replyWithProblem(notFound(app, request, reply), request, reply, log),
  );
}

/**
 * Why a QUERY request (RFC 10008) must be rejected before its body is read. Fastify would look for
 * the body before it sees that no route takes one.
 */
export function refuseQuery(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
): AppError | undefined {
  return request.method === 'QUERY' && request.is404 ? notFound(app, request, reply) : undefined;
}

/** 405 with the allowed methods if the path exists for other methods, else 404. */
function notFound(app: FastifyInstance, request: FastifyRequest, reply: FastifyReply): AppError {
  const { method } = request;
  const path = pathOf(request.url);
  const allowed = allowedMethods(app, method, path).join(', ');
  if (allowed === '') {
    return new AppError('NOT_FOUND', `Nothing exists at ${path}.`);
  }
  reply.header('allow', allowed);
  return new AppError('METHOD_NOT_ALLOWED', `${path} allows ${allowed}, not ${method}.`);
}

function allowedMethods(app: FastifyInstance, method: string, path: string): string[] {
  return METHODS.filter(
    (other) => other !== method && app.findRoute({ method: other, url: path }) !== null,
  );
}
