import { MASKED, MASKED_CHANGE } from '@quicksilver/contracts/control/masked-environment';
import type { ApplicationSpec, Resource } from '@quicksilver/contracts/control/resource';
import { AppError } from '@quicksilver/common/errors/app-error';
import { z } from 'zod';

import { replicas } from './mirror.ts';

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

export const port = z.int().min(1).max(65_535);
export const registryName = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9._:/-]{0,199}$/, 'expected the address of a registry');
export const imageName = z
  .string()
  .regex(/^[a-z0-9]+(?:[._/-]+[a-z0-9]+)*$/, 'expected the name of an image')
  .max(200);
export const imageTag = z.string().regex(/^\w[\w.-]{0,127}$/, 'expected the tag of an image');

export const applicationArguments = z.record(
  z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,199}$/, 'expected the name of an argument'),
  text,
);

export const environment = z.record(
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

const image = z.string().transform((reference, context): NonNullable<ApplicationSpec['image']> => {
  const [, registry = '', name = '', tag = ''] = /^([^/]+)\/(.+):([^:/]+)$/.exec(reference) ?? [];
  const isImage =
    registryName.safeParse(registry).success &&
    imageName.safeParse(name).success &&
    imageTag.safeParse(tag).success;
  if (!isImage) {
    context.addIssue({ code: 'custom', message: 'expected registry/name:tag' });
    return z.NEVER;
  }
  return { registry, name, tag };
});

/** The fields of an application in the project file. */
export const applicationManifest = z.strictObject({
  command: z.array(text).min(1).max(200).exactOptional(),
  image: image.exactOptional(),
  environment: environment.exactOptional(),
  arguments: applicationArguments.exactOptional(),
  replicas: replicas.exactOptional(),
  port: port.exactOptional(),
});

export type ApplicationManifest = z.infer<typeof applicationManifest>;

/** Merges a manifest into the current spec. Throws `AppError` if the result is invalid. */
export function toApplicationSpec(
  name: string,
  manifest: ApplicationManifest,
  current: Resource<'application'> | undefined,
  defaultReplicas: number,
): ApplicationSpec {
  const before = current?.spec;
  if (manifest.command !== undefined && manifest.image !== undefined) {
    throw new AppError(
      'INVALID_SPEC',
      `Application ${name} has both a command and an image. Use only one of them.`,
    );
  }
  const hasProgram = manifest.command !== undefined || manifest.image !== undefined;
  const command = hasProgram ? manifest.command : before?.command;
  const programImage = hasProgram ? manifest.image : before?.image;
  if (command === undefined && programImage === undefined) {
    throw new AppError(
      'INVALID_SPEC',
      `Application ${name} needs a command or an image. Add one of them.`,
    );
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
