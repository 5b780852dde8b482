import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';

import { readConfig } from '@quicksilver/common/config/option';
import { readRegistryAddresses } from '@quicksilver/common/config/registry-address';
import { registrySecurityOptions } from '@quicksilver/common/config/registry-security-options';
import { TestAuthority } from '@quicksilver/testkit/basics/certificates';
import { expect, test } from 'vitest';

import { SchemaRegistry } from './schema-registry.ts';

const SCHEMA = '{"schema":"\\"long\\""}';
const TIMEOUT_MS = 20_000;

/** A registry behind TLS that accepts only what `isAllowed` accepts. */
async function securedRegistry(isAllowed: (request: IncomingMessage) => boolean) {
  const dir = await mkdtempDisposable(join(tmpdir(), 'quicksilver-registry-tls-'));
  const ca = await TestAuthority.create();
  const server: Server = createServer(
    {
      ...(await ca.issue({ name: 'registry', addresses: ['127.0.0.1'] })),
      ca: ca.cert,
      requestCert: true,
      rejectUnauthorized: false,
    },
    (request, response) => {
      response.writeHead(isAllowed(request) ? 200 : 401, { connection: 'close' }).end(SCHEMA);
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(dir.path, name), text);
    return join(dir.path, name);
  };
  const caFile = await file('ca.pem', ca.cert);
  const clients: SchemaRegistry[] = [];
  return {
    ca,
    file,
    client: (env: Readonly<Record<string, string>>, user = ''): SchemaRegistry => {
      const { port } = server.address() as AddressInfo;
      const client = new SchemaRegistry({
        addresses: readRegistryAddresses(`https://${user}127.0.0.1:${port}`) ?? [],
        timeoutMs: TIMEOUT_MS,
        security: readConfig(registrySecurityOptions, {
          QUICK_SCHEMA_REGISTRY_SSL_TRUSTSTORE_LOCATION: caFile,
          ...env,
        }),
      });
      clients.push(client);
      return client;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(clients.map((client) => client.stop()));
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await dir.remove();
    },
  };
}

const basic = (user: string): string => `Basic ${Buffer.from(user).toString('base64')}`;

test('a schema registry is reached with a user, a bearer token or a file with either', async () => {
  await using registry = await securedRegistry(({ headers }) =>
    [basic('bob:a:b'), 'Bearer one', 'Bearer two'].includes(headers.authorization ?? ''),
  );
  const token = await registry.file('token', 'one\n');
  for (const client of [
    registry.client({ QUICK_SCHEMA_REGISTRY_BASIC_AUTH_USER_INFO: 'bob:a:b' }, 'eve:x@'),
    registry.client({}, 'bob:a%3Ab@'),
    registry.client({ QUICK_SCHEMA_REGISTRY_BEARER_AUTH_TOKEN: 'two' }),
    registry.client({ QUICK_SCHEMA_REGISTRY_BEARER_AUTH_TOKEN_FILE: token }),
  ]) {
    expect(await client.byId(7)).toMatchObject({ text: '"long"' });
  }
});

test('rejected credentials are reported without being printed, and a changed file is read again', async () => {
  await using registry = await securedRegistry(
    ({ headers }) => headers.authorization === 'Bearer new',
  );
  const file = await registry.file('token', 'a-canary');
  const client = registry.client({ QUICK_SCHEMA_REGISTRY_BEARER_AUTH_TOKEN_FILE: file });
  const failure = await client.byId(7).catch((error: unknown) => String(error));
  expect(failure).toMatch(/rejects the credentials with status 401.*BEARER_AUTH_TOKEN/);
  expect(failure).not.toContain('canary');
  await registry.file('token', 'new');
  expect(await client.byId(7)).toMatchObject({ id: 7 });
});

test('a schema registry that requires a client certificate gets the current one', async () => {
  const names: string[] = [];
  await using registry = await securedRegistry(({ socket }) => {
    const { authorized, getPeerCertificate } = socket as TLSSocket;
    names.push(String(getPeerCertificate.call(socket).subject?.CN));
    return authorized;
  });
  const keystore = async (name: string): Promise<string> => {
    const { cert, key } = await registry.ca.issue({ name });
    return registry.file('client.pem', key + cert);
  };
  const client = registry.client({
    QUICK_SCHEMA_REGISTRY_SSL_KEYSTORE_LOCATION: await keystore('first'),
  });
  await client.byId(7);
  await keystore('second');
  await client.byId(7);
  expect(names).toEqual(['first', 'second']);
});

test('a registry with a certificate of an unknown CA is unavailable, and gets no password', async () => {
  const requests: string[] = [];
  await using registry = await securedRegistry(({ url }) => requests.push(url ?? '') > 0);
  const client = registry.client({
    QUICK_SCHEMA_REGISTRY_SSL_TRUSTSTORE_LOCATION: await registry.file(
      'other.pem',
      (await TestAuthority.create('Other CA')).cert,
    ),
    QUICK_SCHEMA_REGISTRY_BEARER_AUTH_TOKEN: 'a-canary',
  });
  await expect(client.byId(7)).rejects.toMatchObject({
    code: 'REGISTRY_UNAVAILABLE',
    message: expect.stringMatching(/unable to verify|self-signed|certificate/),
  });
  expect(requests).toEqual([]);
});
