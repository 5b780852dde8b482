import { isResourceName, RESOURCE_NAME_RULE } from '@quicksilver/contracts/control/resource-name';
import { keyGrant, type KeyEntry } from '@quicksilver/contracts/control/service-entry';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

import type { CreatedKey, KeyStore } from '../state/key-store.ts';
import { addRoute, nameParams } from './route.ts';

const pattern = z
  .string()
  .max(249)
  .regex(/^[\w.*-]+$/, 'expected a name, in which * stands for any text');
const patterns = z.array(pattern).min(1).max(100);
const scope = z
  .string()
  .max(200)
  .regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'expected a scope without spaces and quotes');

const keyBody = z.strictObject({
  name: z.string().refine(isResourceName, RESOURCE_NAME_RULE),
  grants: z
    .array(
      keyGrant.extend({ gateways: patterns.exactOptional(), topics: patterns.exactOptional() }),
    )
    .min(1)
    .max(20)
    .describe('The rights of the key. A limited right applies to matching gateways and topics.'),
  scopes: z.array(scope).max(100).default([]).describe('Scopes for @requiresScopes of a schema.'),
});

const GRACE_SECONDS_MAX = 2_592_000;
const rotation = z.strictObject({
  graceSeconds: z
    .int()
    .min(0)
    .max(GRACE_SECONDS_MAX)
    .default(3_600)
    .describe('Seconds that the previous key stays valid.'),
});

const keyAnswer = z.object({
  name: z.string(),
  grants: z.array(keyGrant),
  scopes: z.array(z.string()),
  ids: z.array(z.string()).describe('The first digits of the SHA-256 of each valid key.'),
  createdAt: z.string(),
});
const secretAnswer = keyAnswer.extend({
  key: z.string().describe('The key. It is in no other response and stored nowhere.'),
  warning: z.string().optional(),
});

const NO_KEYS =
  'This manager has no key, so it and its services accept every request of this machine. Set QUICK_APIKEY for the key to have an effect.';

export interface KeyRoutesDeps {
  readonly keyStore: KeyStore;
  /** Whether this manager requires keys at all. */
  readonly requiresKeys: () => boolean;
}

/** The API keys of the deployment. */
export function keyRoutes(app: FastifyInstance, { keyStore, requiresKeys }: KeyRoutesDeps): void {
  const shared = { tag: 'keys' } as const;
  const withSecret = ({ entry, secret }: CreatedKey): z.infer<typeof secretAnswer> => ({
    ...printed(entry),
    key: secret,
    ...(requiresKeys() ? {} : { warning: NO_KEYS }),
  });
  addRoute(app, {
    ...shared,
    method: 'GET',
    path: '/keys',
    summary: 'Lists the API keys of the deployment, without the keys themselves.',
    answers: { 200: { description: 'The keys, sorted by name.', schema: z.array(keyAnswer) } },
    handle: () => Promise.resolve(keyStore.list().map(printed)),
  });
  addRoute(app, {
    ...shared,
    method: 'POST',
    path: '/keys',
    summary: 'Creates an API key with limited rights. Services accept it within seconds.',
    body: keyBody,
    answers: { 201: { description: 'The new key.', schema: secretAnswer } },
    handle: async ({ body: { name, grants, scopes }, reply }) => {
      const created = await keyStore.create(name, { grants, scopes });
      reply.code(201).header('cache-control', 'no-store');
      return withSecret(created);
    },
  });
  addRoute(app, {
    ...shared,
    method: 'POST',
    path: '/keys/{name}/rotate',
    summary: 'Replaces an API key by a new one with the same rights.',
    params: nameParams,
    body: rotation,
    answers: { 200: { description: 'The new key.', schema: secretAnswer } },
    handle: async ({ params, body, reply }) => {
      reply.header('cache-control', 'no-store');
      return withSecret(await keyStore.rotate(params.name, body.graceSeconds * 1_000));
    },
  });
  addRoute(app, {
    ...shared,
    method: 'DELETE',
    path: '/keys/{name}',
    summary: 'Revokes an API key. Its sockets are closed.',
    params: nameParams,
    answers: { 204: { description: 'The key is revoked.' } },
    handle: async ({ params, reply }) => {
      await keyStore.revoke(params.name);
      reply.code(204);
      return undefined;
    },
  });
}

const ID_CHARS = 8;

function printed({
  name,
  grants,
  scopes,
  digests,
  createdMs,
}: KeyEntry): z.infer<typeof keyAnswer> {
  return {
    name,
    grants,
    scopes,
    ids: digests.map(({ sha256 }) => sha256.slice(0, ID_CHARS)),
    createdAt: new Date(createdMs).toISOString(),
  };
}
