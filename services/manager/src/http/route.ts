import { AppError } from '@quicksilver/common/errors/app-error';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';

/** The server that routes are added to. */
export type Api = FastifyInstance;

export interface RouteAnswer {
  readonly description: string;
  readonly schema?: z.ZodType;
  /** The content type, if it is not JSON. */
  readonly type?: string;
}

export interface RouteInput<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** A route and its OpenAPI description. Requests that do not match are rejected. */
export interface Route<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** Error text for a missing body, as in bakdata Quick. */
  readonly bakdataBodyRequired?: string;
  /** By status. Errors that all routes share are added by `describe`. */
  readonly answers: Readonly<Record<number, RouteAnswer>>;
  /** Returns a value to send as JSON, a stream, or nothing. Sets headers and status on `reply`. */
  readonly handle: (input: RouteInput<z.output<P>, z.output<Q>, z.output<B>>) => Promise<unknown>;
}

export const nameParams = z.object({ name: z.string().max(300) });
export const NOTHING = z.object({});

export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    code: z.int().describe('The HTTP status, as in bakdata Quick.'),
    detail: z.string(),
    uriPath: z.string(),
    status: z.int(),
    instance: z.string(),
    errorCode: z.string().describe('Stable error code for programs. See docs/errors.md.'),
    retry: z.enum(['never', 'later', 'elsewhere']),
    help: z.string().describe('What to do, in one sentence.'),
    requestId: z.string().optional(),
  })
  .loose()
  .describe('The fields of bakdata Quick, then those of RFC 9457, then ours.');

export function addRoute<
  P extends z.ZodType = typeof NOTHING,
  Q extends z.ZodType = typeof NOTHING,
  B extends z.ZodType = z.ZodUndefined,
>(app: FastifyInstance, route: Route<P, Q, B>): void {
  app.route({
    method: route.method,
    url: route.path.replaceAll(/\{(\w+)\}/g, ':$1'),
    schema: describe(route),
    handler: async (request, reply) => {
      const input = {
        params: read(route.params ?? NOTHING, request.params, 'path') as z.output<P>,
        query: read(route.query ?? NOTHING, request.query, 'query') as z.output<Q>,
        body: readBody(route, request.body) as z.output<B>,
        request,
        reply,
      };
      const answer = await route.handle(input);
      return answer === undefined ? reply.send() : reply.send(answer);
    },
  });
}

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

/** The route as JSON Schema, from which OpenAPI is generated. */
function describe<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  route: Route<P, Q, B>,
): Record<string, unknown> {
  const refusals: Record<number, RouteAnswer> = {
    400: { description: 'The request is invalid. The detail says why.', schema: problem },
    401: { description: 'The API key is missing or invalid.', schema: problem },
    403: {
      description: `The request came from a web page of another origin${route.method === 'GET' ? '' : ', or the name is reserved'}.`,
      schema: problem,
    },
    421: { description: 'The Host header is not a host of this service.', schema: problem },
    // A resource that a body refers to may not exist either.
    ...(route.path.includes('{') || route.body !== undefined
      ? { 404: { description: 'The resource does not exist.', schema: problem } }
      : {}),
    ...(route.method === 'GET'
      ? {}
      : {
          409: { description: 'The change conflicts with the current state.', schema: problem },
          413: { description: 'The body is too large.', schema: problem },
          415: { description: 'The body is not JSON.', schema: problem },
          504: {
            description: 'The change was accepted, but did not take effect in time.',
            schema: problem,
          },
        }),
    503: { description: 'The service is temporarily unavailable. Retry later.', schema: problem },
  };
  const response = Object.fromEntries(
    Object.entries({ ...refusals, ...route.answers }).map(([status, answer]) => [
      status,
      answerSchema(answer),
    ]),
  );
  return {
    summary: route.summary,
    tags: [route.tag],
    ...(route.params === undefined ? {} : { params: jsonSchema(route.params) }),
    ...(route.query === undefined ? {} : { querystring: jsonSchema(route.query) }),
    ...(route.body === undefined ? {} : { body: jsonSchema(route.body) }),
    response,
  };
}

function answerSchema({ description, schema, type }: RouteAnswer): Record<string, unknown> {
  if (type !== undefined) {
    return { description, content: { [type]: { schema: { type: 'string' } } } };
  }
  return schema === undefined
    ? { description, type: 'null' }
    : { description, ...jsonSchema(schema, 'output') };
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output' = 'input'): Record<string, unknown> {
  const { $schema: _version, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}
