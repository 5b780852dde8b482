import { AppError } from '@quicksilver/common/errors/app-error';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';

export interface RouteAnswer {
  readonly description: string;
  readonly schema?: z.ZodType;
  /** The content type, where it is not JSON. */
  readonly type?: string;
}

export interface RouteInput<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** A route with all that its description says; requests that do not fit it are refused. */
export interface Route<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly summary: string;
  readonly tag: 'topics' | 'mirrors' | 'gateways' | 'applications' | 'manager';
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** What to say where there is no body; Quick's words. */
  readonly bodyRequired?: string;
  /** By status. Refusals are the same everywhere and need not be listed, but for what is special. */
  readonly answers: Readonly<Record<number, RouteAnswer>>;
  /** Answers what is sent as JSON, a stream, or nothing; headers and status go to `reply`. */
  readonly handle: (input: RouteInput<z.output<P>, z.output<Q>, z.output<B>>) => Promise<unknown>;
}

export const nameParams = z.object({ name: z.string().max(300) });
export const NOTHING = z.object({});

export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    code: z.int().describe('The HTTP status, as Quick has it.'),
    detail: z.string(),
    uriPath: z.string(),
    status: z.int(),
    instance: z.string(),
    errorCode: z.string().describe('The contract: see docs/errors.md.'),
    retry: z.enum(['never', 'later', 'elsewhere']),
    help: z.string().describe('What to do, in one sentence.'),
    requestId: z.string().optional(),
  })
  .loose()
  .describe('Quick’s members, then those of RFC 9457, then ours.');

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
  { body, bodyRequired }: Route<P, Q, B>,
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
      bodyRequired ?? 'The request needs a JSON body, found none.',
    );
  }
  return read(body, parseJson(bytes), 'body');
}

function parseJson(bytes: Buffer): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new AppError('INVALID_UTF8', 'Expected a body in UTF-8.', { cause: error });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new AppError('MALFORMED_JSON', `Expected JSON: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function read(schema: z.ZodType, value: unknown, where: string): unknown {
  const found = schema.safeParse(value);
  if (found.success) {
    return found.data;
  }
  const problems = found.error.issues.map(({ path, message }) =>
    path.length === 0 ? `${where}: ${message}` : `${path.join('.')}: ${message}`,
  );
  throw new AppError('BAD_REQUEST', `The ${where} cannot be used: ${problems.join('; ')}`);
}

/** The description in JSON Schema, of which OpenAPI is made. */
function describe<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  route: Route<P, Q, B>,
): Record<string, unknown> {
  const refusals: Record<number, RouteAnswer> = {
    400: { description: 'The request cannot be used; the detail says why.', schema: problem },
    401: { description: 'No key, or one that is not valid.', schema: problem },
    403: {
      description: `A web page of another origin sent it${route.method === 'GET' ? '' : ', or the name is not for users'}.`,
      schema: problem,
    },
    421: { description: 'The Host header names no host of this service.', schema: problem },
    // What a body refers to may be missing, too.
    ...(route.path.includes('{') || route.body !== undefined
      ? { 404: { description: 'There is no such thing.', schema: problem } }
      : {}),
    ...(route.method === 'GET'
      ? {}
      : {
          409: { description: 'It does not fit what there is.', schema: problem },
          413: { description: 'The body is too large.', schema: problem },
          415: { description: 'The body is not JSON.', schema: problem },
          504: { description: 'Accepted, but not done in time.', schema: problem },
        }),
    503: { description: 'It cannot be done now; try again.', schema: problem },
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
