import { AppError } from '@quicksilver/common/errors/app-error';
import {
  argumentProblems,
  type ManifestProblem,
  mirrorArguments,
  type MirrorArguments,
  storedArguments,
} from '@quicksilver/contracts/control/resource';
import { z } from 'zod';

import { missingResource, takenResource, type KindDefinition } from './definition.ts';
import {
  NAME_COLUMN,
  replicas,
  REPLICA_COLUMNS,
  requireNone,
  resourceName,
  tag,
  tagOf,
  topicName,
  type ResourceId,
  type Use,
} from './members.ts';

const mirrorSpec = z.object({
  topic: z.string(),
  replicas: z.int(),
  /** False lets it share a process with other small mirrors. */
  isDedicated: z.boolean(),
  tag: z.string().exactOptional(),
  mirrorArguments: storedArguments,
});

export type MirrorSpec = Readonly<z.infer<typeof mirrorSpec>>;

/** The process that small mirrors share. */
export const POOL = 'pool';

/** Whether a mirror has processes of its own. */
export function isAlone(spec: Pick<MirrorSpec, 'replicas' | 'isDedicated'>): boolean {
  return spec.replicas > 1 || spec.isDedicated;
}

/** The members of a mirror in a request. */
export const mirrorManifest = z
  .strictObject({
    topic: topicName.describe('Name of the topic. Default: the name of the mirror'),
    replicas,
    dedicated: z
      .boolean()
      .describe(
        'Run this mirror in its own processes. Default false: small mirrors share a process',
      ),
    tag,
  })
  .exactPartial()
  .extend(mirrorArguments.shape);

export type MirrorManifest = Readonly<z.infer<typeof mirrorManifest>>;

/** The members of a mirror in the project file. */
const project = mirrorManifest
  .omit({ tag: true })
  .describe('Settings for the mirror of a topic. Every topic has a mirror by default');

export const mirror = {
  section: 'mirrors',
  sectionText: 'Mirrors by name',
  manifestKind: 'Mirror',
  words: ['mirror', 'mirrors', 'm'],
  label: 'mirror',
  listPath: '/mirrors',
  hasRecords: false,
  hasLogs: true,
  name: resourceName,
  request: mirrorManifest,
  project,
  spec: mirrorSpec,
  columns: [
    NAME_COLUMN,
    { header: 'TOPIC', member: 'topicName', text: 'Topic of the mirror' },
    ...REPLICA_COLUMNS,
  ],
  problems: (name: string, manifest: MirrorManifest): readonly ManifestProblem[] => [
    ...argumentProblems(manifest),
    ...(name === POOL ? poolProblems(manifest) : []),
  ],
  bodyOf: (name: string, manifest: MirrorManifest): MirrorManifest => ({
    topic: name,
    ...manifest,
  }),
  uses: (name: string, { topic = name }: MirrorManifest): readonly Use[] => [
    { kind: 'topic', name: topic, isOfPart: false },
  ],
  brings: (): readonly ResourceId[] => [],
  deletePath: (name: string) => `/topic/${encodeURIComponent(name)}/mirror`,
  missing: missingResource,
  taken: takenResource,
} as const satisfies KindDefinition;

function poolProblems({ replicas: count = 1, dedicated }: MirrorManifest): ManifestProblem[] {
  const message = `a mirror with processes of its own cannot have the name ${POOL}, because that is the name of the shared process. Choose another name`;
  return [
    ...(count > 1 ? [{ path: ['replicas'], message }] : []),
    ...(dedicated === true ? [{ path: ['dedicated'], message }] : []),
  ];
}

/** The mirror that a new topic gets. */
export function newMirror(topic: string, args: MirrorArguments): MirrorSpec {
  return { topic, replicas: 1, isDedicated: false, mirrorArguments: args };
}

/** Merges a manifest into the current spec. Throws `AppError` if the result is invalid. */
export function toMirrorSpec(
  name: string,
  manifest: MirrorManifest,
  current: MirrorSpec | undefined,
  defaultReplicas: number,
): MirrorSpec {
  const topic = manifest.topic ?? current?.topic ?? name;
  if (current !== undefined && current.topic !== topic) {
    throw new AppError(
      'CANNOT_CHANGE',
      `Mirror ${name} belongs to topic ${current.topic} and cannot change to topic ${topic}. Use another name for a mirror of topic ${topic}.`,
    );
  }
  const hasArguments = Object.keys(mirrorArguments.shape).some((name) => name in manifest);
  const spec: MirrorSpec = {
    topic,
    replicas: manifest.replicas ?? current?.replicas ?? defaultReplicas,
    isDedicated: manifest.dedicated ?? current?.isDedicated ?? false,
    mirrorArguments: hasArguments ? argumentsOf(manifest) : (current?.mirrorArguments ?? {}),
    ...tagOf(manifest.tag ?? current?.tag),
  };
  requireNone(`Mirror ${name}`, argumentProblems(manifest));
  if (name === POOL && isAlone(spec)) {
    throw new AppError(
      'INVALID_NAME',
      `A dedicated mirror cannot have the name ${POOL}, because that is the name of the shared process. Choose another name.`,
    );
  }
  return spec;
}

/** The arguments in a manifest. Tombstones that are off and the policy `skip` are left out. */
export function argumentsOf({
  retentionTime,
  retentionTombstones,
  rangeField,
  rangeKey,
  rangeType,
  poisonPolicy,
}: MirrorArguments): MirrorArguments {
  return {
    ...(retentionTime === undefined ? {} : { retentionTime }),
    ...(retentionTombstones === true ? { retentionTombstones } : {}),
    ...(rangeField === undefined ? {} : { rangeField }),
    ...(rangeKey === undefined ? {} : { rangeKey }),
    ...(rangeType === undefined ? {} : { rangeType }),
    ...(poisonPolicy === 'halt' ? { poisonPolicy } : {}),
  };
}
