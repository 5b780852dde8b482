import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, expect, test } from 'vitest';

import { readRegistryAddresses } from '@quicksilver/common/config/registry-address';
import { AppError } from '@quicksilver/common/errors/app-error';
import { SchemaRegistry } from './schema-registry.ts';

/** Timeout for a registry that responds. Tests of a silent registry use a shorter one. */
const TIMEOUT_MS = 20_000;
const SHORT_MS = 200;
const open: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.stop()));
});

/** A registry with a scripted response, and its client. */
async function registryOf(
  answer: RequestListener,
  { path = '', timeoutMs = TIMEOUT_MS, before = '' } = {},
): Promise<SchemaRegistry> {
  const server: Server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}${path}`;
  const addresses = readRegistryAddresses(before === '' ? url : `${before},${url}`);
  if (addresses === undefined) {
    throw new Error('no address');
  }
  const registry = new SchemaRegistry({ addresses, timeoutMs });
  open.push(registry, {
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
  return registry;
}

const says =
  (status: number, body: string, type = 'application/json'): RequestListener =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': type }).end(body);
  };

async function codeOf(work: Promise<unknown>): Promise<unknown> {
  try {
    return await work;
  } catch (error) {
    return error instanceof AppError ? error.code : error;
  }
}

test('a schema is fetched by its id, and the default format is AVRO', async () => {
  const registry = await registryOf(
    (request, response) => {
      expect(request.url).toBe('/apis/ccompat/v7/schemas/ids/7');
      expect(request.headers.authorization).toBeUndefined();
      response.end('{"schema":"\\"long\\""}');
    },
    { path: '/apis/ccompat/v7/' },
  );
  expect(await registry.byId(7)).toEqual({ id: 7, format: 'AVRO', text: '"long"', referred: [] });
});

test('what a schema refers to comes before what refers to it, each once', async () => {
  const schemas: Readonly<Record<string, object>> = {
    '/schemas/ids/1': { schema: 'all', references: [ref('b'), ref('a')] },
    '/subjects/a/versions/1': { schema: 'a' },
    '/subjects/b/versions/1': { schema: 'b', references: [ref('a'), ref('b')] },
  };
  const registry = await registryOf(({ url = '' }, response) => {
    response.end(JSON.stringify(schemas[url]));
  });
  expect(await registry.byId(1)).toMatchObject({
    text: 'all',
    referred: [{ text: 'a' }, { text: 'b' }],
  });
});

test.each<[string, RequestListener]>([
  ['an unknown id', says(404, '{"error_code":40403,"message":"Schema 1 not found"}')],
  ['an unknown subject', says(404, '{"error_code":40401,"message":"Subject not found"}')],
])('%s is no schema', async (_title, answer) => {
  const registry = await registryOf(answer);
  expect(await registry.byId(1)).toBeUndefined();
  expect(await registry.latest('t-value')).toBeUndefined();
});

test.each<[string, RequestListener, number?]>([
  ['no answer in time', () => {}, SHORT_MS],
  [
    'an answer that does not end',
    (_request, response) => void response.write('{"schema":'),
    SHORT_MS,
  ],
  ['an internal error', says(500, '{"error_code":50001,"message":"down"}')],
  ['a page of a proxy', says(200, '<html>', 'text/html')],
  ['a page that says not found', says(404, '<html>', 'text/html')],
  ['404 of another server', says(404, '{"status":404}')],
  ['a redirect', (_request, response) => void response.writeHead(302, { location: '/' }).end()],
  ['JSON of another form', says(200, '{"schema":7}')],
  ['a refusal', says(401, '{"error_code":401,"message":"Unauthorized"}')],
  ['an error of three megabytes', says(500, 'x'.repeat(3_000_000))],
  ['a closed connection', (request) => void request.socket.destroy()],
])(
  'F22: %s is an outage, and does not count as a missing schema',
  async (_title, answer, timeoutMs) => {
    const registry = await registryOf(answer, { ...(timeoutMs && { timeoutMs }) });
    expect(await codeOf(registry.byId(1))).toBe('REGISTRY_UNAVAILABLE');
  },
);

test.each<[string, RequestListener]>([
  ['of three megabytes', says(200, JSON.stringify({ schema: 'x'.repeat(3_000_000) }))],
  [
    'that refers to what is not there',
    (request, response) =>
      request.url === '/schemas/ids/1'
        ? void response.end(JSON.stringify({ schema: 'all', references: [ref('a')] }))
        : says(404, '{"error_code":40402}')(request, response),
  ],
])('a schema %s is a permanent error', async (_title, answer) => {
  expect(await codeOf((await registryOf(answer)).byId(1))).toBe('TYPE_MISMATCH');
});

test('user and password of the address are sent and never printed', async () => {
  const [address] = readRegistryAddresses('http://us%3Aer:pass@127.0.0.1:1/x') ?? [];
  expect(address?.credentials?.reveal()).toBe(Buffer.from('us:er:pass').toString('base64'));
  expect(JSON.stringify(address)).not.toContain('pass');
  expect(address?.origin).toBe('http://127.0.0.1:1');
});

test('if the first server of a list fails, the next is used, and first from then on', async () => {
  let failures = 0;
  const broken = createServer((_request, response) => {
    failures += 1;
    response.writeHead(503).end();
  });
  await new Promise<void>((resolve) => broken.listen(0, '127.0.0.1', resolve));
  open.push({
    stop: async () => {
      broken.closeAllConnections();
      await new Promise((resolve) => broken.close(resolve));
    },
  });
  const { port } = broken.address() as AddressInfo;
  const registry = await registryOf(says(200, '{"schema":"\\"long\\""}'), {
    before: `http://127.0.0.1:1, http://127.0.0.1:${port}`,
  });
  expect((await registry.byId(7))?.text).toBe('"long"');
  expect((await registry.byId(7))?.text).toBe('"long"');
  expect(failures).toBe(1);
});

test('if no server of a list responds, the error names each', async () => {
  const registry = await registryOf(says(500, ''), { before: 'http://127.0.0.1:1' });
  await expect(registry.byId(7)).rejects.toMatchObject({
    code: 'REGISTRY_UNAVAILABLE',
    message: expect.stringMatching(
      /127\.0\.0\.1:1 is unavailable: .* returned status 500/,
    ) as string,
  });
});

test.each([
  'http://a:8081,b:8081',
  'http://a,b',
  'http://a:8081,',
  'registry:8081',
  'ftp://registry',
  'http://registry/?a=1',
  'http://registry/#a',
])('%s is no address of a registry', (text) => {
  expect(readRegistryAddresses(text)).toBeUndefined();
});

function ref(subject: string): object {
  return { name: subject, subject, version: 1 };
}
