import type { Resource } from '@quicksilver/resources/kinds';
import type { MirrorArguments } from '@quicksilver/contracts/control/resource';
import { mirrorNameOf } from '@quicksilver/contracts/control/resource-name';
import { AppError } from '@quicksilver/common/errors/app-error';
import type { ErrorCode } from '@quicksilver/common/errors/catalog';
import type { Api } from '../http/route.ts';
import type { SchemaRegistry } from '@quicksilver/codec/registry/schema-registry';
import { keyForm } from '@quicksilver/contracts/topics/topic-entry';
import type { TopicRegistry } from '@quicksilver/contracts/topics/topic-registry';
import type { TopicAdmin } from '@quicksilver/kafka/ports';
import { z } from 'zod';

import type { SchemaReader } from '../gateways/schema-reader.ts';
import { discoveryRoutes, type DiscoveryRouteDeps } from '../discovery/discovery-routes.ts';
import { readBakdataArguments } from '../mirrors/bakdata-arguments.ts';
import { typeOfGateway } from '../gateways/type-of-gateway.ts';
import { mirrorsOf } from '@quicksilver/resources/mirror-lookup';
import { newMirror } from '@quicksilver/resources/mirror';
import { withRangeType } from '@quicksilver/resources/range-type';
import type { DesiredResource } from '../state/desired-state.ts';
import { requireSubjects } from './registry-values.ts';
import { readRetention } from './topic-configs.ts';
import {
  ofRegistry,
  referenceOf,
  referenceText,
  topicEnvelope,
  topicManifest,
  valueTypeOf,
  type TopicManifest,
} from '@quicksilver/resources/topic';
import { isOfSchemas } from '@quicksilver/resources/type-names';
import { bakdataCreation, bakdataCreationQuery, withoutUndefined } from './bakdata-creation.ts';
import { changesOf, subjectMembers, toTopicSpec } from '@quicksilver/resources/topic-spec';
import { APPLIED, applyQuery, CREATED, DELETED, described } from '../http/answers.ts';
import { applyManifest } from '../http/apply.ts';
import { isPresent } from '../http/is-present.ts';
import { newTopicParams, requireTopicName } from '../http/names.ts';
import { addRoute, nameParams } from '../http/route.ts';

const topicAnswer = z
  .object({
    name: z.string(),
    writeType: z.enum(['MUTABLE', 'IMMUTABLE']),
    keyType: z.string(),
    valueType: z.string(),
    keyForm: keyForm.optional(),
    recordNames: z.boolean().optional(),
    keySubjectNameStrategy: z.string().optional(),
    keyRecords: z.array(z.string()).optional(),
    valueSubjectNameStrategy: z.string().optional(),
    valueRecords: z.array(z.string()).optional(),
    envelope: topicEnvelope.optional(),
    schema: z.string().optional(),
    partitions: z.int(),
    partitioner: z.string().optional(),
    replicationFactor: z.int(),
    configs: z.record(z.string(), z.string()),
    isRegistered: z.boolean(),
    ...described,
  })
  .meta({ id: 'Topic' });

const ADMIN_MS = 10_000;

const TOPIC_ERRORS: readonly ErrorCode[] = [
  'INTERNAL_TOPIC',
  'INVALID_SCHEMA',
  'OVERLOADED',
  'REGISTRY_UNAVAILABLE',
  'TOPIC_NOT_FOUND',
];

export interface TopicRouteDeps extends DiscoveryRouteDeps {
  readonly registry: TopicRegistry;
  readonly admin: TopicAdmin;
  readonly schemas: SchemaReader;
  /** Undefined if the deployment has no schema registry. */
  readonly schemaRegistry: SchemaRegistry | undefined;
}

export function topicRoutes(app: Api, deps: TopicRouteDeps): void {
  const { desired, resources, statuses, registry } = deps;
  const describe = ({ name, spec }: Resource<'topic'>): z.output<typeof topicAnswer> => ({
    name,
    writeType: spec.writeType,
    keyType: spec.keyType,
    valueType: spec.valueType,
    ...(spec.keyForm === undefined ? {} : { keyForm: spec.keyForm }),
    ...(spec.recordNames === undefined ? {} : { recordNames: spec.recordNames }),
    ...subjectMembers(spec),
    ...(spec.envelope === undefined ? {} : { envelope: spec.envelope }),
    ...(spec.schema === undefined ? {} : { schema: spec.schema }),
    partitions: registry.get(name)?.partitions ?? spec.partitions,
    ...(spec.partitioner === undefined ? {} : { partitioner: spec.partitioner }),
    replicationFactor: spec.replicationFactor,
    configs: spec.configs,
    isRegistered: spec.isRegistered,
    status: statuses.get('topic', name) ?? null,
  });
  addRoute(app, {
    method: 'GET',
    path: '/topics',
    summary: 'Lists all topics, sorted by name.',
    tag: 'topics',
    answers: { 200: { description: 'The topics.', schema: z.array(topicAnswer) } },
    handle: () => Promise.resolve(resources.list('topic').map(describe)),
  });
  addRoute(app, {
    method: 'GET',
    path: '/topic/{name}',
    summary: 'Describes a topic.',
    tag: 'topics',
    params: nameParams,
    answers: { 200: { description: 'The topic.', schema: topicAnswer } },
    handle: ({ params: { name } }) => Promise.resolve(describe(desired.require('topic', name))),
  });
  creationRoute(app, deps);
  applyRoute(app, deps);
  deletionRoute(app, deps);
  discoveryRoutes(app, deps);
}

function creationRoute(app: Api, deps: TopicRouteDeps): void {
  addRoute(app, {
    method: 'POST',
    path: '/topic/{name}',
    summary: 'Creates a topic in Kafka, and a mirror of it.',
    tag: 'topics',
    params: newTopicParams,
    query: bakdataCreationQuery,
    body: bakdataCreation,
    errors: TOPIC_ERRORS,
    example: { writeType: 'MUTABLE' },
    answers: CREATED,
    handle: async ({ params, query, body, reply }) => {
      const { writeType, keySchema, valueSchema, envelope, ...rest } = body;
      const format = query.valueType ?? 'STRING';
      const manifest: TopicManifest = {
        key: query.keyType ?? 'STRING',
        value: envelope === undefined ? format : { format, envelope },
        immutable: writeType === 'IMMUTABLE',
        ...(isPresent(keySchema) ? { keySchema: referenceText(keySchema) } : {}),
        ...(isPresent(valueSchema) ? { schema: referenceText(valueSchema) } : {}),
        ...withoutUndefined(rest),
      };
      const mirror = readBakdataArguments({ ...rest, ...rest.mirrorArguments });
      const resourcesToCreate = await newResources(
        requireTopicName(params.name),
        manifest,
        mirror,
        deps,
      );
      await deps.desired.create(...resourcesToCreate);
      reply.code(201);
    },
  });
}

function applyRoute(app: Api, deps: TopicRouteDeps): void {
  const { desired, resources } = deps;
  addRoute(app, {
    method: 'PUT',
    path: '/topic/{name}',
    summary: 'Creates a topic, or checks that an existing topic matches.',
    tag: 'topics',
    params: newTopicParams,
    query: applyQuery,
    body: topicManifest,
    errors: TOPIC_ERRORS,
    example: { key: 'string', value: 'json', partitions: 3 },
    answers: APPLIED,
    handle: async ({ params, query, body, reply }) => {
      const name = requireTopicName(params.name);
      const current = resources.get('topic', name);
      const isDryRun = query.dryRun === 'true';
      const resourcesToCreate =
        current === undefined ? await newResources(name, body, {}, deps) : undefined;
      const changed = current && (await changedPartitions(current, body, deps));
      return applyManifest(
        {
          kind: 'topic',
          name,
          isDryRun,
          decide: (topic) =>
            topic === undefined
              ? specOf(resourcesToCreate)
              : unchangedSpec(topic, body, deps, changed),
          create: () =>
            resourcesToCreate === undefined
              ? Promise.reject(
                  new AppError('CONFLICT', `Topic ${name} was deleted during the request. Retry.`),
                )
              : desired.create(...resourcesToCreate),
        },
        deps,
        reply,
      );
    },
  });
}

function deletionRoute(app: Api, deps: TopicRouteDeps): void {
  const { desired } = deps;
  addRoute(app, {
    method: 'DELETE',
    path: '/topic/{name}',
    summary: 'Deletes a topic, its mirror and its records. A registered topic stays in Kafka.',
    tag: 'topics',
    params: nameParams,
    query: z.object({
      force: z
        .enum(['true', 'false'])
        .optional()
        .describe('true: delete the topic even if a gateway still uses it.'),
    }),
    answers: DELETED,
    errors: ['IN_USE', 'OVERLOADED'],
    handle: async ({ params: { name }, query }) => {
      desired.require('topic', name);
      const users = query.force === 'true' ? [] : await usersOf(name, deps);
      if (users.length > 0) {
        throw new AppError(
          'IN_USE',
          `Topic ${name} is used by the schema of ${users.join(', ')}. Change the schema first, or use force=true. With force=true, fields of the topic return errors.`,
        );
      }
      await desired.remove('topic', name);
    },
  });
}

/** Names of the gateways with a schema that uses the topic. */
async function usersOf(topic: string, { resources, schemas }: TopicRouteDeps): Promise<string[]> {
  const users: string[] = [];
  for (const { name, spec, isDeleting } of resources.list('gateway')) {
    if (!isDeleting && (await topicsOf(spec.schema, schemas)).includes(topic)) {
      users.push(name);
    }
  }
  return users;
}

/** Empty if the schema cannot be parsed any more. */
async function topicsOf(sdl: string | undefined, schemas: SchemaReader): Promise<string[]> {
  try {
    const bindings = sdl === undefined ? [] : await schemas.bindings(sdl);
    return bindings.map(({ topic }) => topic);
  } catch (error) {
    if (error instanceof AppError && error.code === 'INVALID_SCHEMA') {
      return [];
    }
    throw error;
  }
}

/** A topic and its mirror, which are created together. */
async function newResources(
  name: string,
  requested: TopicManifest,
  mirror: MirrorArguments,
  deps: TopicRouteDeps,
): Promise<[DesiredResource, ...DesiredResource[]]> {
  const { desired, admin, defaults, resources } = deps;
  const manifest = ofRegistry(requested);
  desired.requireFree('topic', name);
  const description = await admin.describe(name, AbortSignal.timeout(ADMIN_MS));
  if (description !== undefined && manifest.register !== true) {
    throw new AppError(
      'ALREADY_EXISTS',
      `Topic "${name}" already exists in Kafka. Register it with "register": true to use it as it is.`,
    );
  }
  if (description === undefined && manifest.register === true) {
    throw new AppError(
      'TOPIC_NOT_FOUND',
      `Topic ${name} does not exist in Kafka, so it cannot be registered. Create it in Kafka, or leave "register" out.`,
    );
  }
  const retention =
    description === undefined
      ? undefined
      : await readRetention(name, admin, AbortSignal.timeout(ADMIN_MS));
  const { schemaRegistry: registry } = deps;
  const isInKafka = description !== undefined;
  const keyForm = await requireSubjects(name, manifest, { isInKafka, registry });
  const typeOf = async (text: string | undefined): Promise<string | undefined> =>
    text === undefined ? undefined : typeOfGateway(referenceOf(text), deps);
  const [schema, keySdl] = await Promise.all([typeOf(manifest.schema), typeOf(manifest.keySchema)]);
  const spec = toTopicSpec(name, manifest, {
    defaults,
    kafkaTopic: description && { ...description, policy: retention?.policy ?? '' },
    hasRange: mirror.rangeField !== undefined,
    schema,
    keySdl,
    keyForm,
  });
  const topic: DesiredResource = { kind: 'topic', name, spec };
  if (mirrorsOf(name, resources).length > 0) {
    return [topic];
  }
  const mirrorArguments = withRangeType(name, mirror, spec);
  const mirrorSpec = newMirror(name, mirrorArguments);
  return [topic, { kind: 'mirror', name: mirrorNameOf(name), spec: mirrorSpec }];
}

function specOf(
  resourcesToCreate: readonly DesiredResource[] | undefined,
): Resource<'topic'>['spec'] {
  const [topic] = resourcesToCreate ?? [];
  if (topic?.kind !== 'topic') {
    throw new AppError('CONFLICT', 'The topic was deleted during the request. Retry.');
  }
  return topic.spec;
}

/**
 * The new number of partitions, if it differs from the spec. Kafka must already have it, because
 * partitions are added in Kafka. Otherwise throws `AppError`.
 */
async function changedPartitions(
  { name, spec }: Resource<'topic'>,
  manifest: TopicManifest,
  { admin }: TopicRouteDeps,
): Promise<number | undefined> {
  if (manifest.partitions === undefined || manifest.partitions === spec.partitions) {
    return undefined;
  }
  const description = await admin.describe(name, AbortSignal.timeout(ADMIN_MS));
  if (description === undefined || description.partitions === manifest.partitions) {
    return description?.partitions;
  }
  const has = `Topic ${name} has ${description.partitions} partitions in Kafka, and the request has ${manifest.partitions}.`;
  throw new AppError(
    'CANNOT_CHANGE',
    manifest.partitions > description.partitions
      ? `${has} Add partitions with kafka-topics --alter --partitions ${manifest.partitions}; no restart is needed. Or leave the number out.`
      : `${has} Kafka cannot remove partitions. Use ${description.partitions}, or leave the number out.`,
  );
}

/**
 * Only the number of partitions of a topic can change, and Kafka changes it first. Existing records
 * and keys depend on everything else. Throws `AppError`.
 */
function unchangedSpec(
  topic: Resource<'topic'>,
  manifest: TopicManifest,
  deps: TopicRouteDeps,
  changed: number | undefined,
): Resource<'topic'>['spec'] {
  const { name } = topic;
  const spec = changed === undefined ? topic.spec : { ...topic.spec, partitions: changed };
  const merged: TopicManifest = {
    key: spec.keyType,
    value:
      spec.envelope === undefined
        ? spec.valueType
        : { format: spec.valueType, envelope: spec.envelope },
    ...(spec.recordNames === undefined ? {} : { recordNames: spec.recordNames }),
    ...subjectMembers(spec),
    ...(spec.partitioner === undefined ? {} : { partitioner: spec.partitioner }),
    immutable: spec.writeType === 'IMMUTABLE',
    ...(spec.isRegistered ? { register: true } : {}),
    ...(spec.valueSchema === undefined || (valueTypeOf(manifest) ?? 'SCHEMA') !== 'SCHEMA'
      ? {}
      : { schema: referenceText(spec.valueSchema) }),
    ...(spec.keySchema === undefined ? {} : { keySchema: referenceText(spec.keySchema) }),
    ...(isOfSchemas(spec.valueType) ? ofRegistry(manifest) : manifest),
  };
  const nextSpec = toTopicSpec(name, merged, {
    defaults: deps.defaults,
    kafkaTopic: spec.isRegistered ? { partitions: spec.partitions } : undefined,
    hasRange: false,
    schema: spec.schema ?? '',
    keySdl: spec.keySdl,
    keyForm: spec.keyForm,
  });
  const changes = changesOf(spec, manifest, nextSpec);
  if (changes.length > 0) {
    throw new AppError(
      'CANNOT_CHANGE',
      `Topic ${name} exists, and these fields cannot change: ${changes.join(', ')}. Leave them out, or create another topic and copy the records.`,
    );
  }
  return spec;
}
