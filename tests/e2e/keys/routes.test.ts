import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { testBroker } from '@quicksilver/testkit/broker';
import { DescribedApi } from '@quicksilver/testkit/described-api';
import { request } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { handshake, pathLike, routesOf, strayOf, type Probe } from './probes.ts';
import { SERVER_FILES, ServedParts } from './served-parts.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** The only routes that answer without a key. */
const OPEN_ROUTES: ReadonlySet<string> = new Set(
  ['ingest', 'mirror', 'gateway', 'manager', 'edge'].flatMap((service) =>
    ['GET /livez', 'HEAD /livez', 'GET /readyz', 'HEAD /readyz'].map(
      (route) => `${service} ops ${route}`,
    ),
  ),
);
/** The only paths that open a WebSocket without a key, which `connection_init` may have. */
const SOCKET_PATHS = ['gateway http /graphql'];

const USER_KEY = randomBytes(32).toString('hex');
const OTHER_KEY = randomBytes(32).toString('hex');
const PEER_KEY = randomBytes(32).toString('hex');

let all: ServedParts;
beforeAll(async () => {
  all = await ServedParts.start(testBroker().bootstrapServer, {
    QUICK_API_KEYS: `${USER_KEY},${OTHER_KEY}`,
    QUICK_PEER_KEY: PEER_KEY,
  });
});
afterAll(() => all[Symbol.asyncDispose]());

interface ProbeAnswer {
  readonly status: number;
  readonly challenge: unknown;
  readonly text: string;
}

async function ask(
  probe: Probe,
  headers: readonly string[] = [],
  query = '',
): Promise<ProbeAnswer> {
  const answer = await request(`${probe.url}${query}`, {
    // Undici's type names only the usual ones.
    method: probe.method as 'GET',
    headers: [...headers],
    signal: AbortSignal.timeout(90_000),
  });
  const isRefused = answer.statusCode === 401;
  const isStream = String(answer.headers['content-type']).startsWith('text/event-stream');
  if (isStream && !isRefused) {
    // It has no end.
    answer.body.on('error', () => {}).destroy();
  }
  return {
    status: answer.statusCode,
    challenge: answer.headers['www-authenticate'],
    text: answer.body.destroyed ? '' : await answer.body.text(),
  };
}

const isOpen = (probe: Probe): boolean => OPEN_ROUTES.has(probe.name);

test('there is no server in the source that this test does not know', () => {
  const files = globSync('{services,packages}/*/src/**/*.ts', { cwd: ROOT }).filter(
    (file) => !/\.test\.ts$|^packages\/(?:testkit|local-kafka)\//.test(file),
  );
  const makesServer =
    /\bnew (?:HttpServer|OpsServer|WebSocketServer)\(|\b(?:createServer|createSecureServer|fastify)\(/;
  const serverFiles = files.filter((file) =>
    makesServer.test(readFileSync(join(ROOT, file), 'utf8')),
  );
  const known = new Set([...SERVER_FILES, 'services/gateway/src/sockets/socket-server.ts']);
  expect(serverFiles.toSorted().filter((file) => !known.has(file))).toEqual(NO_NETWORK_SERVERS);
});

/** Two try whether a port is free. The routes of the third are described and never listen. */
const NO_NETWORK_SERVERS = [
  'packages/cli/src/dev/port-check.ts',
  'packages/common/src/http/describe-routes.ts',
  'services/manager/src/runtime/process/port-book.ts',
];

test('every route of every service answers 401 without a key, and so does what is no route', async () => {
  const probes = all.served.flatMap((each) => [...routesOf(each), ...strayOf(each)]);
  expect(probes.length).toBeGreaterThan(60);
  for (const probe of probes.filter((each) => !isOpen(each))) {
    const { status, challenge, text } = await ask(probe);
    expect([probe.name, status, challenge]).toEqual([
      probe.name,
      401,
      'ApiKey realm="quicksilver", header="X-API-Key"',
    ]);
    if (probe.method !== 'HEAD') {
      expect(JSON.parse(text)).toMatchObject({
        type: 'errors/clientError',
        title: 'Unauthorized',
        code: 401,
        detail: 'No valid authentication token found in request.',
        uriPath: new URL(probe.url).pathname,
        errorCode: 'UNAUTHENTICATED',
        retry: 'never',
      });
    }
  }
});

test('every route of ingest, mirrors and the manager is described, and only those are', async () => {
  for (const service of ['ingest', 'mirror', 'manager']) {
    const served = all.served.find(({ name }) => name === `${service} http`);
    const routes = served?.server.routes ?? [];
    const described = await DescribedApi.read(`http://${served?.server.address()}`, {
      'X-API-Key': USER_KEY,
    });
    const registered = routes
      .filter(({ method, path }) => method !== 'HEAD' && !isAboutRoutes(path))
      .map(({ method, path }) => `${method} ${declaredPath(path)}`);
    expect(registered.length).toBeGreaterThan(2);
    expect(described.routes.toSorted()).toEqual(registered.toSorted());
  }
});

const isAboutRoutes = (path: string): boolean => /^\/(?:openapi\.json|docs(?:\/.*)?)$/.test(path);

/** `/topics/{topic}/keys:offsets` of the router's `/topics/:topic/keys::offsets`. */
const declaredPath = (path: string): string =>
  path.replaceAll(/::|:(\w+)/g, (_text, name?: string) => (name === undefined ? ':' : `{${name}}`));

test('every route of every service lets each key in force through, however the header is spelled', async () => {
  const spellings = [
    ['X-API-Key', USER_KEY],
    ['x-api-key', OTHER_KEY],
    ['X-Api-KEY', PEER_KEY],
  ] as const;
  for (const each of all.served) {
    // In turns: every server meets every key, and every route one of them.
    for (const [at, probe] of [...routesOf(each), ...strayOf(each)].entries()) {
      const { status } = await ask(probe, spellings[at % spellings.length]);
      expect([probe.name, status === 401]).toEqual([probe.name, false]);
    }
  }
});

test.each([
  ['an empty key', ['X-API-Key', ''], ''],
  ['a wrong key', ['X-API-Key', USER_KEY.replace(/^./, 'x')], ''],
  ['the beginning of a key', ['X-API-Key', USER_KEY.slice(0, -1)], ''],
  ['two keys', ['X-API-Key', USER_KEY, 'X-API-Key', USER_KEY], ''],
  ['two keys in one header', ['X-API-Key', `${USER_KEY}, ${OTHER_KEY}`], ''],
  ['a key of 10 kB', ['X-API-Key', 'k'.repeat(10_000)], ''],
  ['a key with letters of Latin-1', ['X-API-Key', `${USER_KEY}é`], ''],
  ['a key in the query', [], `?X-API-Key=${USER_KEY}&apiKey=${USER_KEY}&api_key=${USER_KEY}`],
  ['a key in another header', ['Authorization', `Basic ${USER_KEY}`], ''],
  ['a token without an issuer', ['Authorization', 'Bearer a.b.c'], ''],
  ['a key as cookie', ['Cookie', `X-API-Key=${USER_KEY}`], ''],
])('%s is answered as no key is', async (_what, headers, query) => {
  const withoutId = ({ text, ...rest }: ProbeAnswer): unknown => {
    const { requestId: _, ...body } = JSON.parse(text) as Record<string, unknown>;
    return { ...rest, body };
  };
  for (const each of all.served) {
    const probes = routesOf(each).filter((probe) => !isOpen(probe) && probe.method === 'GET');
    for (const probe of probes) {
      const answer = await ask(probe, headers, query);
      expect(answer.text).not.toContain(USER_KEY);
      expect([probe.name, withoutId(answer)]).toEqual([probe.name, withoutId(await ask(probe))]);
    }
  }
});

test('what is open says one word, and why a process is not ready only to those with a key', async () => {
  const open = all.served.flatMap(routesOf).filter(isOpen);
  expect(new Set(open.map(({ name }) => name))).toEqual(OPEN_ROUTES);
  for (const probe of open) {
    for (const query of ['', '?verbose', '?verbose=true']) {
      const { text } = await ask(probe, [], query);
      expect(probe.method === 'HEAD' ? '' : text, probe.name).toMatch(/^(?:|ok\n|not ready\n)$/);
    }
  }
  const gateway = open.find(({ name }) => name === 'gateway ops GET /readyz');
  expect(gateway).toBeDefined();
  if (gateway !== undefined) {
    const { text } = await ask(gateway, ['X-API-Key', USER_KEY], '?verbose');
    expect(text).not.toBe('not ready\n');
  }
});

test('no path opens a WebSocket without a key but the one whose first message may bring it', async () => {
  const opened: string[] = [];
  for (const { name, server } of all.served) {
    const paths = [...server.routes.map(({ path }) => pathLike(path)), '/graphql', '/', '/nowhere'];
    for (const path of new Set(paths)) {
      const status = await handshake(`ws://${server.address()}${path}`);
      if (status === 101) {
        opened.push(`${name} ${path}`);
      } else if (!OPEN_ROUTES.has(`${name} GET ${path}`)) {
        expect([name, path, status]).toEqual([name, path, 401]);
      }
    }
  }
  expect(opened).toEqual(SOCKET_PATHS);
});
