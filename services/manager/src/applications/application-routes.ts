import type { Resource } from '@quicksilver/resources/kinds';
import type { Api } from '../http/route.ts';
import { z } from 'zod';

import {
  applicationManifest,
  imageName,
  imageTag,
  registryName,
  requestedImage,
  toApplicationSpec,
} from '@quicksilver/resources/application';
import { requireAllowedImage } from './image-registries.ts';
import { APPLIED, applyQuery, CREATED, DELETED, described } from '../http/answers.ts';
import { applyManifest } from '../http/apply.ts';
import { isPresent } from '../http/is-present.ts';
import { newName, newNameParams, requireName } from '../http/names.ts';
import type { KindApiDeps } from '../http/api-deps.ts';
import { addRoute, nameParams } from '../http/route.ts';

const applicationAnswer = z
  .object({
    name: z.string(),
    replicas: z.int(),
    registry: z.string().optional(),
    imageName: z.string().optional(),
    tag: z.string().optional(),
    command: z.array(z.string()).optional(),
    port: z.int().optional(),
    imagePullSecret: z.string().optional(),
    arguments: z.record(z.string(), z.string()),
    ...described,
  })
  .meta({ id: 'Application' });

const { shape } = applicationManifest;

const creation = z.object({
  name: newName,
  registry: registryName,
  imageName,
  tag: imageTag,
  replicas: shape.replicas.nullish(),
  port: shape.port.nullish(),
  imagePullSecret: z.string().max(253).nullish(),
  arguments: shape.arguments.nullish(),
});

export interface ApplicationRouteDeps extends KindApiDeps {
  /** Allowed registries, or paths in them, for application images. Empty allows all. */
  readonly imageRegistries: readonly string[];
}

export function applicationRoutes(app: Api, deps: ApplicationRouteDeps): void {
  const { desired, resources, statuses } = deps;
  const describe = ({
    name,
    spec: { image, command, replicas: count, port: at, imagePullSecret, arguments: args },
  }: Resource<'application'>): z.output<typeof applicationAnswer> => ({
    name,
    replicas: count,
    ...(image === undefined
      ? {}
      : { registry: image.registry, imageName: image.name, tag: image.tag }),
    ...(command === undefined ? {} : { command: [...command] }),
    ...(at === undefined ? {} : { port: at }),
    ...(imagePullSecret === undefined ? {} : { imagePullSecret }),
    arguments: args,
    status: statuses.get('application', name) ?? null,
  });
  addRoute(app, {
    method: 'GET',
    path: '/applications',
    summary: 'Lists all applications, sorted by name.',
    tag: 'applications',
    answers: { 200: { description: 'The applications.', schema: z.array(applicationAnswer) } },
    handle: () => Promise.resolve(resources.list('application').map(describe)),
  });
  addRoute(app, {
    method: 'GET',
    path: '/application/{name}',
    summary: 'Describes an application. The environment is left out because it may hold secrets.',
    tag: 'applications',
    params: nameParams,
    answers: { 200: { description: 'The application.', schema: applicationAnswer } },
    handle: ({ params: { name } }) =>
      Promise.resolve(describe(desired.require('application', name))),
  });
  addRoute(app, {
    method: 'DELETE',
    path: '/application/{name}',
    summary: 'Deletes an application.',
    tag: 'applications',
    params: nameParams,
    answers: DELETED,
    handle: ({ params: { name } }) => desired.remove('application', name),
  });
  writeRoutes(app, deps);
}

function writeRoutes(app: Api, deps: ApplicationRouteDeps): void {
  const { desired, defaults, imageRegistries } = deps;
  addRoute(app, {
    method: 'POST',
    path: '/application',
    summary: 'Creates an application from a container image.',
    tag: 'applications',
    body: creation,
    example: { name: 'enricher', registry: 'ghcr.io/acme', imageName: 'enricher', tag: '1.4.0' },
    answers: CREATED,
    handle: async ({ body, reply }) => {
      const { imagePullSecret: secret } = body;
      const name = requireName(body.name);
      const image = { registry: body.registry, name: body.imageName, tag: body.tag };
      requireAllowedImage(imageRegistries, image);
      const spec = {
        replicas: body.replicas ?? defaults.replicas,
        image,
        ...(isPresent(body.port) ? { port: body.port } : {}),
        ...(isPresent(secret) ? { imagePullSecret: secret } : {}),
        environment: {},
        arguments: body.arguments ?? {},
      };
      await desired.create({ kind: 'application', name, spec });
      reply.code(201);
    },
  });
  addRoute(app, {
    method: 'PUT',
    path: '/application/{name}',
    summary: 'Creates or updates an application.',
    tag: 'applications',
    params: newNameParams,
    query: applyQuery,
    body: applicationManifest,
    example: { image: 'ghcr.io/acme/enricher:1.4.0' },
    answers: APPLIED,
    handle: ({ params, query, body, reply }) => {
      const name = requireName(params.name);
      requireAllowedImage(imageRegistries, requestedImage(body));
      return applyManifest(
        {
          kind: 'application',
          name,
          isDryRun: query.dryRun === 'true',
          decide: (current) => toApplicationSpec(name, body, current?.spec, defaults.replicas),
        },
        deps,
        reply,
      );
    },
  });
}
