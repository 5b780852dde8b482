import type { ManifestProblem } from '@quicksilver/contracts/control/resource';
import { MASKED, MASKED_CHANGE } from '@quicksilver/contracts/control/masked-environment';
import { z } from 'zod';

import { missingResource, takenResource, type KindDefinition } from './definition.ts';
import {
  NAME_COLUMN,
  replicas,
  REPLICA_COLUMNS,
  requireNone,
  resourceName,
  texts,
  type ResourceId,
  type Use,
} from './members.ts';

const applicationSpec = z.object({
  replicas: z.int(),
  /** Exactly one of a program of this machine with its arguments, and an image. */
  command: z.array(z.string()).readonly().exactOptional(),
  image: z.object({ registry: z.string(), name: z.string(), tag: z.string() }).exactOptional(),
  port: z.int().exactOptional(),
  imagePullSecret: z.string().exactOptional(),
  environment: texts,
  /** Passed to the program as bakdata Quick does: `--name value`. */
  arguments: texts,
});

export type ApplicationSpec = Readonly<z.infer<typeof applicationSpec>>;
export type Image = NonNullable<ApplicationSpec['image']>;

const NAME_OF_VARIABLE = /^[A-Za-z_][A-Za-z0-9_]{0,199}$/;
/** These variables change how a program is loaded, so an application cannot set them. */
const REFUSED_VARIABLES: ReadonlySet<string> = new Set([
  'LD_PRELOAD',
  'LD_LIBRARY_PATH',
  'LD_AUDIT',
  'NODE_OPTIONS',
]);

const text = z
  .string()
  .max(10_000)
  .refine((value) => !value.includes('\0'), 'expected text without NUL characters');

const port = z.int().min(1).max(65_535);
export const registryName = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9._:/-]{0,199}$/, 'expected the address of a registry');
export const imageName = z
  .string()
  .regex(/^[a-z0-9]+(?:[._/-]+[a-z0-9]+)*$/, 'expected the name of an image')
  .max(200);
export const imageTag = z.string().regex(/^\w[\w.-]{0,127}$/, 'expected the tag of an image');

const applicationArguments = z.record(
  z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,199}$/, 'expected the name of an argument'),
  text,
);

const environment = z.record(
  z
    .string()
    .regex(NAME_OF_VARIABLE, 'expected the name of a variable')
    .refine(
      (name) => !REFUSED_VARIABLES.has(name),
      'this variable changes how programs are loaded, so it is not allowed',
    ),
  text.refine(
    (value) => value !== MASKED && value !== MASKED_CHANGE,
    'this placeholder stands for a hidden value in responses; send the value itself, or leave environment out',
  ),
);

const IMAGE = /^([^/]+)\/(.+):([^:/]+)$/;

/** Reads `registry/name:tag`. Undefined if the text is no reference of an image. */
function imageOf(reference: string): Image | undefined {
  const [, registry = '', name = '', tag = ''] = IMAGE.exec(reference) ?? [];
  const isImage =
    registryName.safeParse(registry).success &&
    imageName.safeParse(name).success &&
    imageTag.safeParse(tag).success;
  return isImage ? { registry, name, tag } : undefined;
}

/** The members of an application in a request and in the project file. */
export const applicationManifest = z
  .strictObject({
    command: z
      .array(text)
      .min(1)
      .max(200)
      .describe('A program and its arguments. `quick dev` runs it in the directory of this file'),
    image: z
      .string()
      .refine((reference) => imageOf(reference) !== undefined, 'expected registry/name:tag')
      .meta({ pattern: IMAGE.source })
      .describe('A container image as `registry/name:tag`, instead of a command'),
    port: port.describe('The port that the application listens on'),
    environment: environment.describe('Environment variables'),
    arguments: applicationArguments.describe('Arguments, passed as `--name value`'),
    replicas,
  })
  .exactPartial()
  .describe('A program that works on topics');

export type ApplicationManifest = Readonly<z.infer<typeof applicationManifest>>;

export const application = {
  section: 'apps',
  sectionText: 'Applications by name',
  manifestKind: 'Application',
  words: ['application', 'applications', 'app', 'apps'],
  label: 'app',
  listPath: '/applications',
  hasRecords: false,
  hasLogs: true,
  name: resourceName,
  request: applicationManifest,
  project: applicationManifest,
  spec: applicationSpec,
  columns: [NAME_COLUMN, ...REPLICA_COLUMNS],
  problems: (_name: string, manifest: ApplicationManifest): readonly ManifestProblem[] => [
    ...programProblems(manifest),
    ...(manifest.command === undefined && manifest.image === undefined ? [NO_PROGRAM] : []),
  ],
  bodyOf: (_name: string, manifest: ApplicationManifest): ApplicationManifest => manifest,
  uses: (): readonly Use[] => [],
  brings: (): readonly ResourceId[] => [],
  deletePath: (name: string) => `/application/${encodeURIComponent(name)}`,
  missing: missingResource,
  taken: takenResource,
} as const satisfies KindDefinition;

const NO_PROGRAM = {
  path: [],
  message: 'an application needs a command or an image. Add one of them',
};

function programProblems({ command, image }: ApplicationManifest): readonly ManifestProblem[] {
  return command !== undefined && image !== undefined
    ? [
        {
          path: ['image'],
          message: 'an application has either a command or an image. Leave one of them out',
        },
      ]
    : [];
}

/** The image of a request, if it names one. */
export function requestedImage({ image }: ApplicationManifest): Image | undefined {
  return image === undefined ? undefined : imageOf(image);
}

/** Merges a manifest into the current spec. Throws `AppError` if the result is invalid. */
export function toApplicationSpec(
  name: string,
  manifest: ApplicationManifest,
  before: ApplicationSpec | undefined,
  defaultReplicas: number,
): ApplicationSpec {
  requireNone(`Application ${name}`, programProblems(manifest));
  const hasProgram = manifest.command !== undefined || manifest.image !== undefined;
  const command = hasProgram ? manifest.command : before?.command;
  const programImage = hasProgram ? requestedImage(manifest) : before?.image;
  if (command === undefined && programImage === undefined) {
    requireNone(`Application ${name}`, [NO_PROGRAM]);
  }
  const at = manifest.port ?? before?.port;
  return {
    replicas: manifest.replicas ?? before?.replicas ?? defaultReplicas,
    ...(command === undefined ? {} : { command }),
    ...(programImage === undefined ? {} : { image: programImage }),
    ...(at === undefined ? {} : { port: at }),
    ...(before?.imagePullSecret === undefined ? {} : { imagePullSecret: before.imagePullSecret }),
    environment: manifest.environment ?? before?.environment ?? {},
    arguments: manifest.arguments ?? before?.arguments ?? {},
  };
}
