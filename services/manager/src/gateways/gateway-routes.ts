import type { GatewaySpec } from '@quicksilver/resources/gateway';
import type { Resource } from '@quicksilver/resources/kinds';
import { AppError } from '@quicksilver/common/errors/app-error';
import type { ErrorCode } from '@quicksilver/common/errors/catalog';
import { trustedDocuments } from '@quicksilver/definition/trusted-documents';
import { topicRange } from '@quicksilver/definition/range-fit';
import type { Api } from '../http/route.ts';
import type { RestHost } from '@quicksilver/common/config/rest-hosts';
import type { TopicRegistry } from '@quicksilver/contracts/topics/topic-registry';
import { z } from 'zod';

import { bindingWarnings, EXPORT_FORMATS, type ExportFormat } from './gateway-schema.ts';
import { gatewayManifest, requireFit, toGatewaySpec } from '@quicksilver/resources/gateway';
import { exportedTypeOfGateway, typeOfGateway } from './type-of-gateway.ts';
import { mirrorsOf } from '@quicksilver/resources/mirror-lookup';
import { tagOf } from '@quicksilver/resources/members';
import { APPLIED, applyQuery, CREATED, DELETED, described } from '../http/answers.ts';
import { applyManifest } from '../http/apply.ts';
import { isPresent } from '../http/is-present.ts';
import { newName, newNameParams, requireName } from '../http/names.ts';
import type { KindApiDeps } from '../http/api-deps.ts';
import type { SchemaReader } from './schema-reader.ts';
import { addRoute, nameParams } from '../http/route.ts';

const gatewayAnswer = z
  .object({
    name: z.string(),
    replicas: z.int(),
    tag: z.string(),
    documents: z.int().describe('Number of trusted documents.'),
    documentsOnly: z.boolean(),
    ...described,
  })
  .meta({ id: 'Gateway' });

const warningsAnswer = z.object({ warnings: z.array(z.string()) });
const schemaAnswer = z.object({ schema: z.string() });

/** A schema is parsed in a worker, which can be busy. */
const SCHEMA_ERRORS: readonly ErrorCode[] = ['INVALID_DOCUMENTS', 'INVALID_SCHEMA', 'OVERLOADED'];

const { shape } = gatewayManifest;

const creation = z.object({
  name: newName,
  replicas: shape.replicas.nullish(),
  tag: shape.tag.nullish(),
  schema: z.string().nullish(),
});

export interface GatewayRouteDeps extends KindApiDeps {
  readonly registry: TopicRegistry;
  readonly schemas: SchemaReader;
  /** Hosts that `@rest` in a schema may fetch from. */
  readonly restHosts: readonly RestHost[];
}

export function gatewayRoutes(app: Api, deps: GatewayRouteDeps): void {
  const { desired, resources, statuses, version } = deps;
  const describe = ({ name, spec }: Resource<'gateway'>): z.output<typeof gatewayAnswer> => ({
    name,
    replicas: spec.replicas,
    tag: spec.tag ?? version,
    documents: trustedDocuments(spec.documents ?? {}).length,
    documentsOnly: spec.documentsOnly ?? false,
    status: statuses.get('gateway', name) ?? null,
  });
  addRoute(app, {
    method: 'GET',
    path: '/gateways',
    summary: 'Lists all gateways, sorted by name.',
    tag: 'gateways',
    answers: { 200: { description: 'The gateways.', schema: z.array(gatewayAnswer) } },
    handle: () => Promise.resolve(resources.list('gateway').map(describe)),
  });
  addRoute(app, {
    method: 'GET',
    path: '/gateway/{name}',
    summary: 'Describes a gateway.',
    tag: 'gateways',
    params: nameParams,
    answers: { 200: { description: 'The gateway.', schema: gatewayAnswer } },
    handle: ({ params: { name } }) => Promise.resolve(describe(desired.require('gateway', name))),
  });
  addRoute(app, {
    method: 'DELETE',
    path: '/gateway/{name}',
    summary: 'Deletes a gateway.',
    tag: 'gateways',
    params: nameParams,
    answers: DELETED,
    handle: ({ params: { name } }) => desired.remove('gateway', name),
  });
  writeRoutes(app, deps);
  schemaRoutes(app, deps);
  exportRoutes(app, deps);
}

function writeRoutes(app: Api, deps: GatewayRouteDeps): void {
  const { desired, resources, defaults } = deps;
  addRoute(app, {
    method: 'POST',
    path: '/gateway',
    summary: 'Creates a gateway. The schema can be added later.',
    tag: 'gateways',
    body: creation,
    errors: SCHEMA_ERRORS,
    example: { name: 'airports' },
    answers: CREATED,
    handle: async ({ body, reply }) => {
      const name = requireName(body.name);
      if (isPresent(body.schema)) {
        await warningsOf({ schema: body.schema }, deps);
      }
      const spec = requireFit({
        replicas: body.replicas ?? defaults.replicas,
        ...tagOf(body.tag ?? undefined),
        ...(isPresent(body.schema) ? { schema: body.schema } : {}),
      });
      await desired.create({ kind: 'gateway', name, spec });
      reply.code(201);
    },
  });
  addRoute(app, {
    method: 'PUT',
    path: '/gateway/{name}',
    summary: 'Creates or updates a gateway.',
    tag: 'gateways',
    params: newNameParams,
    query: applyQuery,
    body: gatewayManifest,
    errors: SCHEMA_ERRORS,
    example: { replicas: 2 },
    answers: APPLIED,
    handle: async ({ params, query, body, reply }) => {
      const name = requireName(params.name);
      const nextSpec = toGatewaySpec(body, resources.get('gateway', name)?.spec, defaults.replicas);
      const changesSchema = body.schema !== undefined || body.documents !== undefined;
      const warnings = changesSchema ? await warningsOf(nextSpec, deps) : [];
      return applyManifest(
        {
          kind: 'gateway',
          name,
          isDryRun: query.dryRun === 'true',
          warnings: () => warnings,
          decide: (current) => requireFit(toGatewaySpec(body, current?.spec, defaults.replicas)),
        },
        deps,
        reply,
      );
    },
  });
}

function schemaRoutes(app: Api, deps: GatewayRouteDeps): void {
  const { desired } = deps;
  addRoute(app, {
    method: 'POST',
    path: '/gateway/{name}/schema',
    summary: 'Applies a schema. Responds when every running replica serves it.',
    tag: 'gateways',
    params: nameParams,
    body: z.object({ schema: z.string() }),
    errors: SCHEMA_ERRORS,
    example: {
      schema:
        'type Query { airport(code: ID): Airport @topic(name: "airports", keyArgument: "code") } type Airport { code: ID! }',
    },
    bakdataBodyRequired: 'Required Body [schema] not specified',
    answers: {
      200: { description: 'All running replicas serve the schema.', schema: warningsAnswer },
    },
    handle: async ({ params: { name }, body: { schema } }) => {
      const { spec } = desired.require('gateway', name);
      const warnings = await warningsOf({ ...spec, schema }, deps);
      await desired.apply('gateway', name, (current) => {
        if (current === undefined) {
          throw new AppError('RESOURCE_NOT_FOUND', `Could not find resource ${name}`);
        }
        return current.spec.schema === schema ? undefined : requireFit({ ...current.spec, schema });
      });
      await desired.until('gateway', name, ({ state }) => SERVES.has(state));
      return { warnings };
    },
  });
  addRoute(app, {
    method: 'GET',
    path: '/gateway/{name}/schema/{type}/graphql',
    summary: 'Prints a type in the schema of a gateway, with every type it refers to.',
    tag: 'gateways',
    params: typeParams,
    answers: { 200: { description: 'The type in GraphQL SDL.', schema: schemaAnswer } },
    errors: TYPE_ERRORS,
    handle: async ({ params: { name: gateway, type } }) => ({
      schema: await typeOfGateway({ gateway, type }, deps),
    }),
  });
}

const typeParams = nameParams.extend({
  type: z
    .string()
    .max(300)
    .meta({ examples: ['Airport'] }),
});

function exportRoutes(app: Api, deps: GatewayRouteDeps): void {
  const { desired } = deps;
  for (const format of EXPORT_FORMATS) {
    addRoute(app, {
      method: 'GET',
      path: `/gateway/{name}/schema/{type}/${format}`,
      summary: `Prints a type in the schema of a gateway as ${FORMAT_TEXTS[format]}, without fields of other topics.`,
      tag: 'gateways',
      params: typeParams,
      answers: {
        200: { description: `The type as ${FORMAT_TEXTS[format]}.`, schema: schemaAnswer },
      },
      errors: TYPE_ERRORS,
      handle: async ({ params: { name: gateway, type } }) => ({
        schema: await exportedTypeOfGateway({ gateway, type }, format, deps),
      }),
    });
  }
  addRoute(app, {
    method: 'GET',
    path: '/gateway/{name}/schema',
    summary: 'Prints the whole schema of a gateway.',
    tag: 'gateways',
    params: nameParams,
    answers: { 200: { description: 'The schema in GraphQL SDL.', schema: schemaAnswer } },
    handle: ({ params: { name } }) => {
      const { schema } = desired.require('gateway', name).spec;
      if (schema === undefined) {
        throw new AppError(
          'RESOURCE_NOT_FOUND',
          `Gateway ${name} has no schema yet. Apply one with quick gateway apply.`,
        );
      }
      return Promise.resolve({ schema });
    },
  });
}

const FORMAT_TEXTS: Readonly<Record<ExportFormat, string>> = {
  avro: 'an Avro schema',
  protobuf: 'a file of Protobuf (proto3)',
  'json-schema': 'a JSON Schema (draft 7)',
};

const TYPE_ERRORS = ['INVALID_SPEC', 'INVALID_SCHEMA', 'OVERLOADED'] as const;

const SERVES: ReadonlySet<string> = new Set(['Running', 'Degraded', 'Failed']);

/**
 * Warnings about a schema and the trusted documents that run on it. Throws `AppError` with all
 * errors. The documents of a gateway without a schema are checked when it gets one.
 */
async function warningsOf(
  { schema, documents = {} }: Pick<GatewaySpec, 'schema' | 'documents'>,
  deps: GatewayRouteDeps,
): Promise<string[]> {
  const { registry, resources, restHosts, schemas } = deps;
  if (schema === undefined) {
    return [];
  }
  return bindingWarnings(await schemas.bindings(schema, { restHosts, documents }), (name) => {
    const topic = registry.get(name);
    const mirror = mirrorsOf(name, resources)[0];
    return topic && { ...topic, range: mirror && topicRange(mirror.spec.mirrorArguments) };
  });
}
