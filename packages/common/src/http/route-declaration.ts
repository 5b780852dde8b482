import type { FastifyInstance, RouteHandlerMethod } from 'fastify';
import type { z } from 'zod';

import type { Right } from '../access/caller.ts';
import type { ErrorCode } from '../errors/catalog.ts';
import { topicParam, type RouteAccess } from './route-access.ts';

/** A response that is not an error. */
export interface RouteAnswer {
  readonly description: string;
  readonly schema?: z.ZodType;
  /** The content type, if it is not JSON. */
  readonly type?: string;
  /** The schema of a line, if the response can also be NDJSON. */
  readonly lines?: z.ZodType;
  readonly headers?: z.ZodObject;
}

/**
 * What a route accepts and returns. OpenAPI is generated from it. It only describes: a handler may
 * parse its requests in a faster way.
 */
export interface RouteDeclaration {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With `{name}` for parameters. */
  readonly path: string;
  /** Matches only requests that a constraint of the router derives this value from. */
  readonly constraints?: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly tag: string;
  /** What a caller needs, for the topic of the path if it has one. By default `admin`. */
  readonly right?: Right;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  /** Request headers, in lower case. */
  readonly headers?: z.ZodObject;
  readonly body?: z.ZodType;
  /** The schema of a line, if the body can also be NDJSON. */
  readonly lines?: z.ZodType;
  /** By status. */
  readonly answers: Readonly<Record<number, RouteAnswer>>;
  /** Codes besides those of every route. Each code has its status in the catalogue. */
  readonly errors: readonly ErrorCode[];
  /** An example of the body. Examples of parameters are in their schemas. */
  readonly example?: unknown;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    declaration?: RouteDeclaration;
  }
}

/** Registers a route together with its declaration. */
export function addDeclaredRoute(
  app: FastifyInstance,
  declaration: RouteDeclaration,
  handler: RouteHandlerMethod,
  topicOf: RouteAccess['topicOf'] = topicParam,
): void {
  const { method, path, constraints = {}, right = 'admin' } = declaration;
  const config = { declaration, access: { right, topicOf } };
  app.route({ method, url: routerPath(path), config, handler, constraints });
}

/** The path in the syntax of the router, in which a literal colon is doubled. */
function routerPath(path: string): string {
  return path.replaceAll(':', '::').replaceAll(/\{(\w+)\}/g, ':$1');
}

/** Collects the declarations of all routes that are registered after this call, in their order. */
export function collectDeclarations(app: FastifyInstance): readonly RouteDeclaration[] {
  const declarations: RouteDeclaration[] = [];
  app.addHook('onRoute', ({ method, config }) => {
    // Fastify adds a HEAD route to each GET route.
    if (config?.declaration !== undefined && method !== 'HEAD') {
      declarations.push(config.declaration);
    }
  });
  return declarations;
}
