import type { Resource } from '@quicksilver/resources/kinds';
import { mirrorNameOf } from '@quicksilver/contracts/control/resource-name';
import { AppError } from '@quicksilver/common/errors/app-error';
import type { Api } from '../http/route.ts';
import { z } from 'zod';

import { mirrorsOf } from '@quicksilver/resources/mirror-lookup';
import {
  mirrorManifest,
  toMirrorSpec,
  type MirrorManifest,
  type MirrorSpec,
} from '@quicksilver/resources/mirror';
import { storedArguments } from '@quicksilver/contracts/control/resource';
import { withRangeType } from '@quicksilver/resources/range-type';
import { KEEP_ALL } from '@quicksilver/resources/topic';
import { APPLIED, applyQuery, CREATED, DELETED, described } from '../http/answers.ts';
import { applyManifest } from '../http/apply.ts';
import { isPresent } from '../http/is-present.ts';
import { requireName } from '../http/names.ts';
import type { KindApiDeps } from '../http/api-deps.ts';
import { bakdataArguments, readBakdataArguments } from './bakdata-arguments.ts';
import { mirrorReport, reportOf, sizeOf } from './mirror-report.ts';
import { partitionsOf, type ProbeMirror } from './observe-mirror.ts';
import {
  mergePoison,
  mergeReread,
  rereadPartition,
  skippedRecord,
  type ReadPoison,
  type RetryPoison,
} from './read-poison.ts';
import type { ReadSize } from './read-size.ts';
import { addRoute, addUrlConstraint, nameParams } from '../http/route.ts';

const mirrorAnswer = z
  .object({
    name: z.string(),
    topicName: z.string(),
    replicas: z.int(),
    tag: z.string(),
    isDedicated: z.boolean(),
    mirrorArguments: storedArguments,
    ...described,
  })
  .meta({ id: 'Mirror' });

const mirrorDescription = mirrorAnswer
  .extend({
    report: mirrorReport
      .nullable()
      .describe('What the replicas report now. Null if none of them responds.'),
  })
  .meta({ id: 'MirrorDescription' });

const PROBE_MS = 2_000;

const { shape } = mirrorManifest;

/** The request of bakdata Quick. Its CLI sends the mirror arguments at the top level. */
const bakdataCreation = bakdataArguments.extend({
  name: z.string(),
  topicName: z.string(),
  replicas: shape.replicas.nullish(),
  tag: shape.tag.nullish(),
  mirrorArguments: bakdataArguments.nullish(),
});

export interface MirrorRouteDeps extends KindApiDeps {
  readonly readPoison: ReadPoison;
  readonly retryPoison: RetryPoison;
  readonly readSize: ReadSize;
}

const poisonAnswer = z.object({
  items: z.array(skippedRecord),
  unread: z.array(z.int()).describe('Ordinals of replicas that did not respond.'),
});

const retryAnswer = z.object({
  partitions: z.array(rereadPartition).describe('The partitions that had poison records.'),
  unfinished: z
    .array(z.int())
    .describe('Ordinals of replicas that did not respond, or that are still at it.'),
});

export function mirrorRoutes(app: Api, deps: MirrorRouteDeps, probe: ProbeMirror): void {
  const { desired, resources, statuses, version } = deps;
  const describe = ({ name, spec }: Resource<'mirror'>): z.output<typeof mirrorAnswer> => ({
    name,
    topicName: spec.topic,
    replicas: spec.replicas,
    tag: spec.tag ?? version,
    isDedicated: spec.isDedicated,
    mirrorArguments: spec.mirrorArguments,
    status: statuses.get('mirror', name) ?? null,
  });
  /** Finds a mirror by its own name or by the name of its topic. */
  const find = (mirrorOrTopic: string): Resource<'mirror'> =>
    resources.get('mirror', mirrorOrTopic) ??
    mirrorsOf(mirrorOrTopic, resources)[0] ??
    desired.require('mirror', mirrorOrTopic);
  addRoute(app, {
    method: 'GET',
    path: '/mirrors',
    summary: 'Lists all mirrors, sorted by name.',
    tag: 'mirrors',
    answers: { 200: { description: 'The mirrors.', schema: z.array(mirrorAnswer) } },
    handle: () => Promise.resolve(resources.list('mirror').map(describe)),
  });
  addRoute(app, {
    method: 'GET',
    path: '/mirror/{name}',
    summary: 'Describes a mirror. The name is that of the mirror or of its topic.',
    tag: 'mirrors',
    params: nameParams,
    answers: { 200: { description: 'The mirror.', schema: mirrorDescription } },
    handle: async ({ params: { name } }) => {
      const mirror = find(name);
      return { ...describe(mirror), report: await readReport(mirror, deps, probe) };
    },
  });
  addRoute(app, {
    method: 'GET',
    path: '/mirror/{name}/poison',
    summary: 'Lists the latest records of the topic that could not be decoded and were skipped.',
    tag: 'mirrors',
    params: nameParams,
    answers: { 200: { description: 'The records, the oldest first.', schema: poisonAnswer } },
    handle: ({ params: { name } }) => listPoison(find(name), deps),
  });
  addRoute(app, {
    method: 'POST',
    path: '/mirror/{name}/poison/retry',
    summary: 'Reads the poison records of the topic again, after their cause was removed.',
    tag: 'mirrors',
    params: nameParams,
    answers: { 200: { description: 'What is left.', schema: retryAnswer } },
    handle: ({ params: { name } }) => retryPoison(find(name), deps),
  });
  addRoute(app, {
    method: 'DELETE',
    path: '/topic/{name}/mirror',
    summary: 'Deletes the mirror of a topic. The topic and its records stay.',
    tag: 'mirrors',
    params: nameParams,
    answers: DELETED,
    handle: ({ params: { name } }) => desired.remove('mirror', find(name).name),
  });
  creationRoute(app, deps);
  applyRoute(app, deps);
}

/** Null if no replica responds. */
async function readReport(
  { name, spec }: Resource<'mirror'>,
  { statuses, readSize }: MirrorRouteDeps,
  probe: ProbeMirror,
): Promise<z.output<typeof mirrorDescription>['report']> {
  const replicas = statuses.get('mirror', name)?.replicas ?? [];
  const signal = AbortSignal.timeout(PROBE_MS);
  const addresses = replicas.flatMap(({ address }) => address ?? []);
  const [answers, sizes] = await Promise.all([
    Promise.all(addresses.map((address) => probe(address, signal))),
    Promise.all(addresses.map((address) => readSize(address, spec.topic))),
  ]);
  const report = reportOf(answers.flatMap((answer) => partitionsOf(answer, spec.topic) ?? []));
  return report === undefined
    ? null
    : { ...report, ...sizeOf(sizes.filter((size) => size !== undefined)) };
}

/**
 * bakdata Quick has one path for a new mirror and for a new topic named mirror. Its CLI sends the
 * types of a topic in the query.
 */
function creationOf(url: string): 'topic' | 'mirror' {
  return /[?&](?:key|value)Type=/.test(url) ? 'topic' : 'mirror';
}

async function listPoison(
  mirror: Resource<'mirror'>,
  deps: MirrorRouteDeps,
): Promise<z.output<typeof poisonAnswer>> {
  const { lists, missing } = await ofReplicas(mirror, deps, deps.readPoison);
  return { items: mergePoison(lists), unread: missing };
}

async function retryPoison(
  mirror: Resource<'mirror'>,
  deps: MirrorRouteDeps,
): Promise<z.output<typeof retryAnswer>> {
  const { lists, missing } = await ofReplicas(mirror, deps, deps.retryPoison);
  return { partitions: mergeReread(lists), unfinished: missing };
}

/** Asks all replicas, because each has only its own partitions. */
async function ofReplicas<T>(
  { name, spec }: Resource<'mirror'>,
  { statuses }: MirrorRouteDeps,
  ask: (address: string, topic: string) => Promise<T | undefined>,
): Promise<{ readonly lists: T[]; readonly missing: number[] }> {
  const replicas = statuses.get('mirror', name)?.replicas ?? [];
  const lists = await Promise.all(
    replicas.map(async ({ address }) =>
      address === undefined ? undefined : await ask(address, spec.topic),
    ),
  );
  return {
    lists: lists.filter((list) => list !== undefined),
    missing: replicas.flatMap(({ ordinal }, at) => (lists[at] === undefined ? [ordinal] : [])),
  };
}

function creationRoute(app: Api, deps: KindApiDeps): void {
  const { desired, defaults } = deps;
  addUrlConstraint(app, 'creation', creationOf);
  addRoute(app, {
    method: 'POST',
    path: '/topic/mirror',
    constraints: { creation: 'mirror' },
    summary: 'Creates a mirror for a topic that has none.',
    tag: 'mirrors',
    body: bakdataCreation,
    example: { name: 'airports', topicName: 'airports' },
    answers: CREATED,
    handle: async ({ body, reply }) => {
      const { name: requestedName, topicName, ...rest } = body;
      const name = requestedName === topicName ? mirrorNameOf(requestedName) : requestedName;
      requireName(name);
      desired.requireFree('mirror', name);
      requireTopic(name, topicName, deps);
      const args = readBakdataArguments({ ...rest, ...rest.mirrorArguments });
      const manifest: MirrorManifest = {
        topic: topicName,
        ...(isPresent(rest.replicas) ? { replicas: rest.replicas } : {}),
        ...(isPresent(rest.tag) ? { tag: rest.tag } : {}),
        ...args,
      };
      const spec = withTypedRange(toMirrorSpec(name, manifest, undefined, defaults.replicas), deps);
      await desired.create({ kind: 'mirror', name, spec });
      reply.code(201);
    },
  });
}

function applyRoute(app: Api, deps: KindApiDeps): void {
  const { resources, defaults } = deps;
  addRoute(app, {
    method: 'PUT',
    path: '/mirror/{name}',
    summary: 'Creates or updates a mirror.',
    tag: 'mirrors',
    params: nameParams,
    query: applyQuery,
    body: mirrorManifest,
    example: { replicas: 2 },
    answers: APPLIED,
    handle: ({ params, query, body, reply }) => {
      const existing = mirrorsOf(body.topic ?? params.name, resources)[0];
      const name = requireName(
        resources.get('mirror', params.name)?.name ??
          (mirrorNameOf(params.name) === params.name
            ? params.name
            : (existing?.name ?? mirrorNameOf(params.name))),
      );
      return applyManifest(
        {
          kind: 'mirror',
          name,
          isDryRun: query.dryRun === 'true',
          decide: (current) => {
            const manifest = { topic: current?.spec.topic ?? params.name, ...body };
            const spec = toMirrorSpec(name, manifest, current?.spec, defaults.replicas);
            requireTopic(name, spec.topic, deps);
            return withTypedRange(spec, deps);
          },
          warnings: () => warningsOf(body.topic ?? params.name, body, deps),
        },
        deps,
        reply,
      );
    },
  });
}

/** Adds the type of the range. Throws `AppError` if the values of the topic cannot have one. */
function withTypedRange(spec: MirrorSpec, { desired }: KindApiDeps): MirrorSpec {
  const topic = desired.require('topic', spec.topic).spec;
  return { ...spec, mirrorArguments: withRangeType(spec.topic, spec.mirrorArguments, topic) };
}

/** Compaction drops older versions of a key, and a range consists of versions. */
function warningsOf(topic: string, manifest: MirrorManifest, { resources }: KindApiDeps): string[] {
  const policy = resources.get('topic', topic)?.spec.configs['cleanup.policy'] ?? '';
  return manifest.rangeField !== undefined && policy.includes('compact')
    ? [
        `Topic ${topic} has cleanup.policy=${policy}, so Kafka drops older versions of a key. Ranges of a rebuilt mirror will lack them. To keep them: ${KEEP_ALL}`,
      ]
    : [];
}

/** Throws `AppError` unless the topic exists and has no other mirror. */
function requireTopic(name: string, topic: string, { desired, resources }: KindApiDeps): void {
  const { isDeleting } = desired.require('topic', topic);
  if (isDeleting) {
    throw new AppError(
      'CONFLICT',
      `Topic ${topic} is being deleted. Create the topic again before its mirror.`,
    );
  }
  const other = mirrorsOf(topic, resources).find((mirror) => mirror.name !== name);
  if (other !== undefined) {
    throw new AppError(
      'ALREADY_EXISTS',
      `Topic ${topic} already has the mirror ${other.name}. Change that mirror instead, for example to add replicas.`,
    );
  }
}
