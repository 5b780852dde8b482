import { MASKED, MASKED_CHANGE } from '@quicksilver/contracts/control/masked-environment';
import type { ApplicationSpec, Resource } from '@quicksilver/contracts/control/resource';
import { AppError } from '@quicksilver/common/errors/app-error';
import { z } from 'zod';

import { replicas } from '../mirrors/mirror-manifest.ts';

const NAME_OF_VARIABLE = /^[A-Za-z_][A-Za-z0-9_]{0,199}$/;
/** They would change what a program is, not what it works on. */
const REFUSED_VARIABLES: ReadonlySet<string> = new Set([
  'LD_PRELOAD',
  'LD_LIBRARY_PATH',
  'LD_AUDIT',
  'NODE_OPTIONS',
]);

const text = z
  .string()
  .max(10_000)
  .refine((value) => !value.includes('\0'), 'expected a text without the character NUL');

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
      'this variable changes how programs are loaded and is refused',
    ),
  text.refine(
    (value) => value !== MASKED && value !== MASKED_CHANGE,
    'this only stands for a hidden value in answers; send the value itself, or leave environment out',
  ),
);

const image = z.string().transform((given, context): NonNullable<ApplicationSpec['image']> => {
  const [, registry = '', name = '', tag = ''] = /^([^/]+)\/(.+):([^:/]+)$/.exec(given) ?? [];
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

/** In the words of the project file. */
export const applicationManifest = z.strictObject({
  command: z.array(text).min(1).max(200).exactOptional(),
  image: image.exactOptional(),
  environment: environment.exactOptional(),
  arguments: applicationArguments.exactOptional(),
  replicas: replicas.exactOptional(),
  port: port.exactOptional(),
});

export type ApplicationManifest = z.infer<typeof applicationManifest>;

/** What an application becomes by a wish. Throws `AppError` where it cannot. */
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
      `Application ${name} has a command and an image: one of them is expected.`,
    );
  }
  const isGiven = manifest.command !== undefined || manifest.image !== undefined;
  const command = isGiven ? manifest.command : before?.command;
  const given = isGiven ? manifest.image : before?.image;
  if (command === undefined && given === undefined) {
    throw new AppError(
      'INVALID_SPEC',
      `Application ${name} needs a command or an image: what is to run?`,
    );
  }
  const at = manifest.port ?? before?.port;
  return {
    replicas: manifest.replicas ?? before?.replicas ?? defaultReplicas,
    ...(command === undefined ? {} : { command }),
    ...(given === undefined ? {} : { image: given }),
    ...(at === undefined ? {} : { port: at }),
    ...(before?.imagePullSecret === undefined ? {} : { imagePullSecret: before.imagePullSecret }),
    environment: manifest.environment ?? before?.environment ?? {},
    arguments: manifest.arguments ?? before?.arguments ?? {},
  };
}
