import { z } from 'zod';

import { packageVersion } from '../config/package-version.ts';
import { CATALOG, type ErrorCode } from '../errors/catalog.ts';
import {
  PROBLEM_TYPE,
  type ApiContent,
  type ApiDocument,
  type ApiInfo,
  type ApiOperation,
  type ApiParameter,
  type ApiResponse,
  type JsonSchema,
  type ProblemSchema,
} from './api-document.ts';
import { API_KEY_HEADER } from './api-key-check.ts';
import { hoistDefinitions } from './hoist-definitions.ts';
import type { RouteAnswer, RouteDeclaration } from './route-declaration.ts';

const JSON_TYPE = 'application/json';
const LINES_TYPE = 'application/x-ndjson';

/** Errors that the server itself returns on any route. */
export const SERVER_ERRORS = [
  'BAD_REQUEST',
  'UNAUTHENTICATED',
  'ORIGIN_NOT_ALLOWED',
  'HOST_NOT_ALLOWED',
  'HEADERS_TOO_LARGE',
  'SHUTTING_DOWN',
] as const satisfies readonly ErrorCode[];

/** Errors of a body before a handler reads it. */
const BODY_ERRORS = [
  'BODY_TOO_LARGE',
  'REQUEST_TIMEOUT',
  'UNSUPPORTED_MEDIA_TYPE',
] as const satisfies readonly ErrorCode[];

const problem = z
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

/** The OpenAPI 3.1 document of an API. */
export function openApiOf(info: ApiInfo, declarations: readonly RouteDeclaration[]): ApiDocument {
  const paths: Record<string, Record<string, ApiOperation>> = {};
  for (const declaration of declarations) {
    const operations = (paths[declaration.path] ??= {});
    operations[declaration.method.toLowerCase()] = operationOf(declaration);
  }
  const schemas: Record<string, JsonSchema> = { Problem: jsonSchema(problem, 'output') };
  return {
    openapi: '3.1.0',
    info: { ...info, version: packageVersion() },
    // Relative, so that it also works behind a path prefix.
    servers: [{ url: '.' }],
    security: [{ key: [] }],
    paths: hoistDefinitions(paths, schemas),
    components: {
      securitySchemes: { key: { type: 'apiKey', in: 'header', name: headerName(API_KEY_HEADER) } },
      schemas,
    },
  };
}

function operationOf(declaration: RouteDeclaration): ApiOperation {
  const { summary, tag, params, query, headers } = declaration;
  return {
    summary,
    tags: [tag],
    parameters: [
      ...parametersOf('path', params),
      ...parametersOf('query', query),
      ...parametersOf('header', headers),
    ],
    ...requestBodyOf(declaration),
    responses: responsesOf(declaration),
  };
}

function parametersOf(location: ApiParameter['in'], schema: z.ZodType | undefined): ApiParameter[] {
  return Object.entries(membersOf(schema, 'input')).map(([name, { isRequired, ...member }]) => ({
    name: location === 'header' ? headerName(name) : name,
    in: location,
    required: isRequired,
    ...member,
  }));
}

interface Member {
  readonly isRequired: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
}

function membersOf(schema: z.ZodType | undefined, io: 'input' | 'output'): Record<string, Member> {
  const { properties = {}, required = [] } = (
    schema === undefined ? {} : jsonSchema(schema, io)
  ) as {
    readonly properties?: Readonly<Record<string, JsonSchema>>;
    readonly required?: readonly string[];
  };
  return Object.fromEntries(
    Object.entries(properties).map(([name, { description, ...rest }]) => [
      name,
      {
        isRequired: required.includes(name),
        ...(typeof description === 'string' ? { description } : {}),
        schema: rest,
      },
    ]),
  );
}

function requestBodyOf({
  body,
  lines,
  example,
}: RouteDeclaration): Pick<ApiOperation, 'requestBody'> {
  if (body === undefined) {
    return {};
  }
  const shown = example === undefined ? {} : { example };
  return {
    requestBody: {
      required: !body.safeParse({}).success,
      content: {
        [JSON_TYPE]: { schema: jsonSchema(body, 'input'), ...shown },
        ...linesContent(lines, 'input'),
      },
    },
  };
}

function responsesOf(declaration: RouteDeclaration): Record<string, ApiResponse> {
  const { method, answers, errors } = declaration;
  const responses: Record<string, ApiResponse> = {};
  for (const [status, answer] of Object.entries(answers)) {
    responses[status] = responseOf(answer);
  }
  const codes = new Set<ErrorCode>([
    ...SERVER_ERRORS,
    ...(method === 'GET' ? [] : BODY_ERRORS),
    ...errors,
  ]);
  const byStatus = Map.groupBy([...codes].toSorted(), (code) => CATALOG[code].status);
  for (const [status, grouped] of byStatus) {
    responses[status] = problemResponse(grouped);
  }
  return responses;
}

function responseOf({ description, schema, type, lines, headers }: RouteAnswer): ApiResponse {
  const members = Object.entries(membersOf(headers, 'output'));
  const content = {
    ...(type === undefined ? {} : { [type]: { schema: { type: 'string' } } }),
    ...(schema === undefined ? {} : { [JSON_TYPE]: { schema: jsonSchema(schema, 'output') } }),
    ...linesContent(lines, 'output'),
  };
  return {
    description,
    ...(members.length === 0
      ? {}
      : {
          headers: Object.fromEntries(
            members.map(([name, { isRequired, ...member }]) => [
              headerName(name),
              { required: isRequired, ...member },
            ]),
          ),
        }),
    ...(Object.keys(content).length === 0 ? {} : { content }),
  };
}

/** OpenAPI 3.1 has no form for the lines of a stream, so the schema of a line is an annotation. */
function linesContent(lines: z.ZodType | undefined, io: 'input' | 'output'): ApiContent {
  return lines === undefined
    ? {}
    : { [LINES_TYPE]: { schema: { type: 'string', 'x-line': jsonSchema(lines, io) } } };
}

function problemResponse(codes: readonly ErrorCode[]): ApiResponse {
  const schema: ProblemSchema = {
    allOf: [
      { $ref: '#/components/schemas/Problem' },
      { properties: { errorCode: { enum: codes } } },
    ],
  };
  return {
    description: codes.map((code) => `${code}: ${CATALOG[code].title}.`).join(' '),
    content: { [JSON_TYPE]: { schema }, [PROBLEM_TYPE]: { schema } },
  };
}

/** In the usual form of documentation: `X-Quick-Position`. */
function headerName(name: string): string {
  return name === 'etag'
    ? 'ETag'
    : name.replace(/^x-api-/, 'X-API-').replaceAll(/(?:^|-)[a-z]/g, (start) => start.toUpperCase());
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _version, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}
