import { CATALOG, type ErrorCode } from '@quicksilver/common/errors/catalog';
import {
  codesOf,
  type ApiOperation,
  type ApiParameter,
  type ApiResponse,
  type JsonSchema,
} from '@quicksilver/common/http/api-document';
import { SERVER_ERRORS } from '@quicksilver/common/http/openapi';

import type { HttpApi } from './http-documents.ts';
import { membersOf, printType } from './print-type.ts';

const EDGE = 'http://localhost:8080';

/** `docs/http-api.md`: every route of the services that speak REST. */
export function httpPage(apis: readonly HttpApi[]): string {
  return [
    '# The HTTP API',
    '',
    'This page lists every route of ingest, the mirror and the manager. The addresses are those of `quick dev`: one port, with a prefix for each service.',
    'Each service also serves its part as OpenAPI 3.1 at `/openapi.json`. The manager shows its part in a browser at `/manager/docs`.',
    'The GraphQL API of a gateway is in [transports.md](transports.md).',
    '',
    '- If keys are set, every request needs one in the header `X-API-Key`: [security.md](security.md). The examples leave it out.',
    '- A body is UTF-8 JSON with `Content-Type: application/json`, uncompressed.',
    '- Every error has the same body: [errors.md](errors.md) has its members, and what to do about each code. With `Accept: application/problem+json` it has that type.',
    `- Any route can return ${list(SERVER_ERRORS.map(withStatus))}. The tables below leave them out. A bug is 500 \`INTERNAL\`.`,
    '- A parameter or member with `?` is optional.',
    '',
    ...apis.flatMap(apiLines),
    'This page is generated from the declarations of the routes: `*-declarations.ts` in `services/*/src/http`, and the routes of the manager.',
    '',
  ].join('\n');
}

function apiLines({ name, prefix, isDirect, document }: HttpApi): string[] {
  const direct = `http://$${name.toUpperCase()}`;
  const operations = Object.entries(document.paths).flatMap(([path, byMethod]) =>
    Object.entries(byMethod).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path: `${prefix}${path}`,
      origin: isDirect?.(path) === true ? direct : EDGE,
      operation,
    })),
  );
  return [
    `## ${name}`,
    '',
    document.info.description,
    '',
    ...(isDirect === undefined
      ? []
      : [
          `The edge forwards only paths below \`/topics\`. In the other examples, \`$${name.toUpperCase()}\` is the \`host:port\` of a replica.`,
          '',
        ]),
    ...operations.flatMap(routeLines),
    ...headerLines(
      name,
      operations.map(({ operation }) => operation),
    ),
    ...typeLines(name, document.components.schemas),
  ];
}

interface RouteOfPage {
  readonly method: string;
  readonly path: string;
  readonly origin: string;
  readonly operation: ApiOperation;
}

/** The meaning of each header of responses. */
function headerLines(api: string, operations: readonly ApiOperation[]): string[] {
  const headers = new Map(
    operations.flatMap(({ responses }) =>
      Object.values(responses).flatMap((response) =>
        Object.entries(response.headers ?? {}).map(
          ([name, { description = '' }]) => [name, description] as const,
        ),
      ),
    ),
  );
  return headers.size === 0
    ? []
    : [
        `### ${api}: headers of responses`,
        '',
        '| Header | Meaning |',
        '| --- | --- |',
        ...[...headers].map(([name, text]) => `| ${code(name)} | ${cell(text)} |`),
        '',
      ];
}

function typeLines(
  api: string,
  { Problem: _problem, ...schemas }: Readonly<Record<string, JsonSchema>>,
) {
  return Object.entries(schemas).flatMap(([name, schema]) => [
    `### ${api}: the type ${name}`,
    '',
    '| Member | Type | Meaning |',
    '| --- | --- | --- |',
    ...memberRows(schema),
    '',
  ]);
}

function routeLines({ method, path, origin, operation }: RouteOfPage): string[] {
  return [
    `### \`${method} ${path}\``,
    '',
    operation.summary,
    '',
    ...parameterLines(operation.parameters),
    ...bodyLines(operation),
    '| Status | Response |',
    '| --- | --- |',
    ...Object.entries(operation.responses).flatMap(([status, response]) =>
      responseRow(status, response),
    ),
    '',
    '```sh',
    curl(method, origin, path, operation),
    '```',
    '',
  ];
}

function parameterLines(parameters: readonly ApiParameter[]): string[] {
  return parameters.length === 0
    ? []
    : [
        '| Parameter | In | Type | Default | Meaning |',
        '| --- | --- | --- | --- | --- |',
        ...parameters.map(({ name, in: location, required, schema, description = '' }) => {
          const { default: fallback } = schema as { readonly default?: unknown };
          const shown = fallback === undefined ? '' : `\`${JSON.stringify(fallback)}\``;
          return `| \`${name}${required ? '' : '?'}\` | ${location} | ${type(schema)} | ${shown} | ${cell(description)} |`;
        }),
        '',
      ];
}

function bodyLines({ requestBody }: ApiOperation): string[] {
  if (requestBody === undefined) {
    return [];
  }
  const schema = requestBody.content['application/json']?.schema ?? {};
  const lines = requestBody.content['application/x-ndjson'] === undefined ? [] : LINES;
  if (membersOf(schema).length === 0) {
    return [`Body: ${type(schema)} ${descriptionOf(schema)}`.trimEnd(), '', ...lines];
  }
  return [
    '| Member of the body | Type | Meaning |',
    '| --- | --- | --- |',
    ...memberRows(schema),
    '',
    ...lines,
  ];
}

function memberRows(schema: JsonSchema): string[] {
  return membersOf(schema).map(
    ([name, member, isRequired]) =>
      `| \`${name}${isRequired ? '' : '?'}\` | ${type(member)} | ${cell(descriptionOf(member))} |`,
  );
}

const LINES = ['With `Content-Type: application/x-ndjson` each line of the body is one item.', ''];

function responseRow(status: string, response: ApiResponse): string[] {
  const codes = codesOf(response);
  if (codes.length === 0) {
    return [
      `| ${status} | ${cell(response.description)}${bodyOf(response)}${headersOf(response)} |`,
    ];
  }
  const routeCodes = codes.filter((each) => !(SERVER_ERRORS as readonly string[]).includes(each));
  return routeCodes.length === 0 ? [] : [`| ${status} | ${list(routeCodes.map(code))} |`];
}

function bodyOf({ content = {} }: ApiResponse): string {
  const bodies = Object.entries(content).map(([contentType, { schema }]) =>
    contentType === 'application/json' ? type(schema) : `\`${contentType}\``,
  );
  return bodies.length === 0 ? '' : ` ${bodies.join(' or ')}`;
}

function headersOf({ headers = {} }: ApiResponse): string {
  const names = Object.keys(headers);
  return names.length === 0 ? '' : ` Headers: ${list(names.map(code))}.`;
}

function curl(method: string, origin: string, path: string, operation: ApiOperation): string {
  const { parameters, requestBody } = operation;
  const examples = new Map(
    parameters.map(({ name, schema }) => [name, exampleOf(schema)] as const),
  );
  const filled = path.replaceAll(/\{(\w+)\}/g, (_text, name: string) =>
    encodeURIComponent(examples.get(name) ?? name),
  );
  const query = parameters.flatMap(({ name, in: location }) => {
    const example = examples.get(name);
    return location === 'query' && example !== undefined
      ? [`${name}=${encodeURIComponent(example).replaceAll('%2C', ',').replaceAll('%3A', ':')}`]
      : [];
  });
  const url = `${origin}${filled}${query.length === 0 ? '' : `?${query.join('&')}`}`;
  const example = requestBody?.content['application/json']?.example;
  const withBody = example === undefined ? '' : ` ${JSON_HEADER} -d '${JSON.stringify(example)}'`;
  const isDefault = method === (example === undefined ? 'GET' : 'POST');
  return `curl ${isDefault ? '' : `-X ${method} `}${query.length === 0 ? url : `"${url}"`}${withBody}`;
}

const JSON_HEADER = "-H 'content-type: application/json'";

function exampleOf(schema: JsonSchema): string | undefined {
  const { examples } = schema as { readonly examples?: readonly unknown[] };
  const example = examples?.[0];
  return example === undefined ? undefined : String(example);
}

function descriptionOf(schema: JsonSchema): string {
  const { description } = schema;
  return typeof description === 'string' ? description : '';
}

function type(schema: JsonSchema): string {
  return code(cell(printType(schema)));
}

function code(text: string): string {
  return `\`${text}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', String.raw`\|`);
}

function withStatus(name: ErrorCode): string {
  return `${CATALOG[name].status} ${code(name)}`;
}

function list(items: readonly string[]): string {
  return items.join(', ');
}
