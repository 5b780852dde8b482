import { AppError } from '@quicksilver/common/errors/app-error';
import type { ErrorCode } from '@quicksilver/common/errors/catalog';
import {
  addDeclaredRoute,
  type RouteDeclaration,
} from '@quicksilver/common/http/route-declaration';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';

/** The server that routes are added to. */
export type Api = FastifyInstance;

export interface RouteInput<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** A route and its declaration. Requests that do not match are rejected. */
export interface Route<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> extends Omit<
  RouteDeclaration,
  'errors'
> {
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** Error text for a missing body, as in bakdata Quick. */
  readonly bakdataBodyRequired?: string;
  /** Codes besides those that follow from the method, the parameters and the body. */
  readonly errors?: readonly ErrorCode[];
  /** Returns a value to send as JSON, a stream, or nothing. Sets headers and status on `reply`. */
  readonly handle: (input: RouteInput<z.output<P>, z.output<Q>, z.output<B>>) => Promise<unknown>;
}

export const nameParams = z.object({
  name: z
    .string()
    .max(300)
    .meta({ examples: ['airports'] }),
});
export const NOTHING = z.object({});

export function addRoute<
  P extends z.ZodType = typeof NOTHING,
  Q extends z.ZodType = typeof NOTHING,
  B extends z.ZodType = z.ZodUndefined,
>(app: FastifyInstance, route: Route<P, Q, B>): void {
  const errors = [...errorsOf(route), ...(route.errors ?? [])];
  addDeclaredRoute(app, { ...route, errors }, async (request, reply) => {
    const input = {
      params: read(route.params ?? NOTHING, request.params, 'path') as z.output<P>,
      query: read(route.query ?? NOTHING, request.query, 'query') as z.output<Q>,
      body: readBody(route, request.body) as z.output<B>,
      request,
      reply,
    };
    const answer = await route.handle(input);
    return answer === undefined ? reply.send() : reply.send(answer);
  });
}

/** Lets routes match only URLs from which this value is derived. */
export function addUrlConstraint(app: Api, name: string, valueOf: (url: string) => string): void {
  app.addConstraintStrategy({
    name,
    storage: () => {
      type Handler = NonNullable<ReturnType<ReturnType<ConstraintStrategy['storage']>['get']>>;
      const handlers = new Map<unknown, Handler>();
      return {
        get: (value) => handlers.get(value) ?? null,
        set: (value, handler) => void handlers.set(value, handler),
      };
    },
    deriveConstraint: ({ url = '' }) => valueOf(url),
    mustMatchWhenDerived: false,
  });
}

type ConstraintStrategy = Parameters<Api['addConstraintStrategy']>[0];

function readBody<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  { body, bakdataBodyRequired }: Route<P, Q, B>,
  bytes: unknown,
): unknown {
  if (body === undefined) {
    return undefined;
  }
  if (!Buffer.isBuffer(bytes) || bytes.length === 0) {
    if (body.safeParse({}).success) {
      return read(body, {}, 'body');
    }
    throw new AppError(
      'BODY_REQUIRED',
      bakdataBodyRequired ?? 'The request has no body. Send a JSON body.',
    );
  }
  return read(body, parseJson(bytes), 'body');
}

function parseJson(bytes: Buffer): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new AppError('INVALID_UTF8', 'The request body is not valid UTF-8. Send UTF-8.', {
      cause: error,
    });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new AppError(
      'MALFORMED_JSON',
      `The request body is not valid JSON: ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  }
}

function read(schema: z.ZodType, value: unknown, location: string): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) {
    return parsed.data;
  }
  const problems = parsed.error.issues.map(({ path, message }) =>
    path.length === 0 ? `${location}: ${message}` : `${path.join('.')}: ${message}`,
  );
  throw new AppError('BAD_REQUEST', `The ${location} is invalid: ${problems.join('; ')}`);
}

type Shape = Pick<RouteDeclaration, 'method' | 'params' | 'body'>;

/** The codes that follow from the form of a route. */
function errorsOf({ method, params, body }: Shape): ErrorCode[] {
  return [
    // A resource that a body refers to may not exist either.
    ...(params === undefined && body === undefined ? [] : RESOURCE_ERRORS),
    ...(method === 'GET' ? [] : CHANGE_ERRORS),
    ...(body === undefined ? [] : SPEC_ERRORS),
  ];
}

const RESOURCE_ERRORS: readonly ErrorCode[] = ['RESOURCE_NOT_FOUND'];
const CHANGE_ERRORS: readonly ErrorCode[] = [
  'CONFLICT',
  'KAFKA_UNAVAILABLE',
  'NOT_DONE_YET',
  'STATE_LOST',
];
const SPEC_ERRORS: readonly ErrorCode[] = [
  'ALREADY_EXISTS',
  'BODY_REQUIRED',
  'CANNOT_CHANGE',
  'CANNOT_RUN_HERE',
  'INVALID_NAME',
  'INVALID_SPEC',
  'INVALID_UTF8',
  'MALFORMED_JSON',
  'RESERVED_NAME',
];
