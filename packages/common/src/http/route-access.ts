import type { FastifyRequest } from 'fastify';

import { permits, type Caller, type Right } from '../access/caller.ts';
import { AppError } from '../errors/app-error.ts';

/** Who may use a route. */
export interface RouteAccess {
  /** `any`: every valid caller, because the handler or another service decides. */
  readonly right: Right | 'any';
  /** The topic of a request. Without it, keys that are limited to topics may not use the route. */
  readonly topicOf?: (request: FastifyRequest) => string | undefined;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** By default only callers with all rights may use a route. */
    access?: RouteAccess;
  }
  interface FastifyRequest {
    caller: Caller;
  }
}

/** For routes whose handler checks the caller. */
export const ANY_CALLER: RouteAccess = { right: 'any' };

const ADMIN_ONLY: RouteAccess = { right: 'admin' };

/** The parameter `topic` of the path. */
export const topicParam = ({ params }: FastifyRequest): string | undefined =>
  (params as { readonly topic?: string }).topic;

/** Undefined if the caller may use the route of the request. */
export function routeRefusal(caller: Caller, request: FastifyRequest): AppError | undefined {
  const { right, topicOf } = request.routeOptions.config.access ?? ADMIN_ONLY;
  if (right === 'any' || request.is404) {
    return undefined;
  }
  const topic = topicOf?.(request);
  return permits(caller, { right, topic }) ? undefined : forbidden(right, topic);
}

function forbidden(right: Right, topic: string | undefined): AppError {
  const what = topic === undefined ? 'this route' : `topic ${JSON.stringify(topic.slice(0, 80))}`;
  return new AppError(
    'FORBIDDEN',
    `The credentials are valid, but they do not include ${right} for ${what}. Use a key with this right.`,
  );
}
