import { call, type Answer } from '@quicksilver/testkit/http-call';
import { silentLog } from '@quicksilver/testkit/silent-log';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { createCaller, FULL_GRANTS } from '../access/caller.ts';
import type { Admission, ApiKeyCheck } from './api-key-check.ts';
import { HttpServer } from './http-server.ts';
import type { OriginConfig } from './origin-guard.ts';

const APP = 'https://app.example.com';
const KEY = 'key-of-a-page';
const admission: Admission = {
  caller: createCaller({ kind: 'key', id: 'page', grants: FULL_GRANTS }),
};

const keys: ApiKeyCheck = {
  isRequired: true,
  admit: ({ keys: [key] }) => (key === KEY ? admission : undefined),
  verify: () => Promise.resolve(undefined),
  isInForce: () => true,
  onChange: () => () => {},
};

function serverOf(origins: OriginConfig): HttpServer {
  return new HttpServer({
    name: 'small',
    host: '127.0.0.1',
    port: 0,
    log: silentLog,
    keys,
    origins,
    isShared: (url) => !url.startsWith('/control'),
    shortcut: ({ url }, response) => {
      const isFast = url === '/fast';
      if (isFast) {
        response.writeHead(200, ['etag', '"1"', 'content-length', '2']).end('ok');
      }
      return isFast;
    },
    routes: (app) => {
      app.get('/slow', (_request, reply) => reply.header('vary', 'accept').send('ok'));
      app.get('/control', (_request, reply) => reply.send('secret'));
    },
  });
}

describe.each([
  [
    'a listed origin',
    { allowedHosts: [], corsOrigins: [APP], allowedOrigins: [] },
    { 'access-control-allow-origin': APP, 'access-control-allow-credentials': 'true' },
  ],
  [
    'every origin',
    { allowedHosts: [], corsOrigins: ['*'], allowedOrigins: [] },
    { 'access-control-allow-origin': '*' },
  ],
])('a server that allows %s', (_what, origins, granted) => {
  const server = serverOf(origins);
  beforeAll(() => server.start({ signal: new AbortController().signal, fail: () => {} }));
  afterAll(() => server.stop());
  const ask = (
    path: string,
    method: 'GET' | 'OPTIONS',
    headers: Record<string, string>,
  ): Promise<Answer> => call(`http://${server.address()}${path}`, { method, headers });

  test('responds to preflights without a key', async () => {
    const headers = {
      origin: APP,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type, x-api-key, x-other',
      'access-control-request-private-network': 'true',
    };
    const answer = await ask('/slow', 'OPTIONS', headers);
    expect(answer.status).toBe(204);
    expect(answer.headers).toMatchObject({
      ...granted,
      'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
      'access-control-allow-headers': 'content-type, x-api-key, x-other',
      'access-control-max-age': '7200',
      'access-control-allow-private-network': 'true',
      vary: 'Origin, Access-Control-Request-Headers',
    });
  });

  test.each([
    ['/fast', 200, 'Origin'],
    ['/slow', 200, 'Origin, accept'],
    ['/nowhere', 404, 'Origin'],
    ['/slow', 401, 'Origin'],
  ])('lets the page read %s with status %i', async (path, status, vary) => {
    const key: Record<string, string> = status === 401 ? {} : { 'x-api-key': KEY };
    const answer = await ask(path, 'GET', { origin: APP, 'sec-fetch-site': 'cross-site', ...key });
    expect(answer.status).toBe(status);
    const order = (list: unknown): string[] => String(list).split(', ').toSorted();
    expect(order(answer.headers['vary'])).toEqual(order(vary));
    expect(answer.headers).toMatchObject(granted);
    expect(answer.headers['access-control-expose-headers']).toContain('x-quick-position');
  });

  test('grants nothing on paths that are not shared, and nothing to its own pages', async () => {
    const ofItself = { origin: `http://${server.address()}`, 'x-api-key': KEY };
    const requests = [
      await ask('/control', 'GET', { origin: APP, 'x-api-key': KEY }),
      await ask('/control', 'OPTIONS', { origin: APP, 'access-control-request-method': 'POST' }),
      await ask('/slow', 'GET', { origin: 'null', 'x-api-key': KEY }),
      await ask('/fast', 'GET', { 'x-api-key': KEY }),
    ];
    expect(requests.map(({ status }) => status)).toEqual([403, 403, 403, 200]);
    if (granted['access-control-allow-origin'] !== '*') {
      requests.push(await ask('/fast', 'GET', ofItself));
    }
    for (const { headers } of requests) {
      const names = Object.keys(headers).filter((name) => name.startsWith('access-control-'));
      expect(names).toEqual([]);
    }
  });
});

test('a page of an origin that is not allowed learns from the preflight what to do', async () => {
  const server = serverOf({ allowedHosts: [], corsOrigins: [APP], allowedOrigins: [] });
  await server.start({ signal: new AbortController().signal, fail: () => {} });
  try {
    const headers = { origin: 'https://other.example', 'access-control-request-method': 'POST' };
    const answer = await call(`http://${server.address()}/slow`, { method: 'OPTIONS', headers });
    expect(answer.status).toBe(403);
    expect(answer.text).toContain('QUICK_CORS_ORIGINS');
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  } finally {
    await server.stop();
  }
});
