import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { readConfig } from '@quicksilver/common/config/option';
import { call } from '@quicksilver/testkit/http-call';
import { runService } from '@quicksilver/testkit/run-service';
import { silentLog } from '@quicksilver/testkit/silent-log';
import { expect, test } from 'vitest';

import { assembleEdge } from '../assemble.ts';
import { edgeOptions } from '../config.ts';

interface Behind {
  /** Address of the gateway shop. */
  readonly gateway?: string;
  readonly topics?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

async function startEdge({ gateway = '127.0.0.1:1', topics = [], env = {} }: Behind) {
  const config = readConfig(edgeOptions, {
    QUICK_PORT: '0',
    QUICK_OPS_PORT: '0',
    QUICK_KAFKA_BOOTSTRAP_SERVER: 'nowhere:1',
    QUICK_MANAGER_URL: 'http://127.0.0.1:1',
    QUICK_INGEST_URL: 'http://127.0.0.1:1',
    ...env,
  });
  const edge = assembleEdge(config, {
    log: silentLog,
    targets: {
      name: 'targets',
      start: async () => {},
      stop: async () => {},
      notReady: () => undefined,
      gateway: () => ({ addresses: [gateway] }),
      mirrorOf: () => undefined,
      gateways: () => [{ name: 'shop' }],
      mirrors: () => [{ topics: topics.map((topic) => ({ topic })) }],
    },
  });
  const running = await runService(edge, { log: silentLog, drainMs: 1_000 });
  return {
    address: edge.address(),
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}

test('the page at / lists everything, for a browser and for a program', async () => {
  await using edge = await startEdge({ topics: ['a<b'] });
  const url = `http://${edge.address}/`;
  const page = await call(url, { headers: { accept: 'text/html,*/*' } });
  expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
  expect(page.text).toContain('<a href="/gateway/shop/graphql">');
  expect(page.text).toContain('Topic a&#60;b');
  const { links } = (await call(url)).json() as { links: { path: string }[] };
  expect(links.map(({ path }) => path)).toEqual([
    '/gateway/shop/graphql',
    '/topics/a%3Cb/keys',
    '/topics/{topic}/keys/{key}',
    '/ingest/{topic}',
    '/manager/status',
    '/manager/docs',
  ]);
});

test('with keys set, pages need none and reveal no names', async () => {
  await using server = createServer((request, response) => {
    response.end(`page ${String(request.headers['x-api-key'])}`);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const gateway = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const key = 'a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6';
  await using edge = await startEdge({ gateway, env: { QUICK_APIKEY: key } });
  const url = `http://${edge.address}`;
  const browser = { accept: 'text/html' };
  expect((await call(`${url}/`, { headers: browser })).text).not.toContain('shop');
  expect((await call(`${url}/`, { headers: { 'x-api-key': key } })).text).toContain('shop');
  expect((await call(`${url}/`)).status).toBe(401);
  const graphql = `${url}/gateway/shop/graphql`;
  // The gateway requires the key too, unless it sends GraphiQL.
  expect((await call(graphql, { headers: browser })).text).toBe('page undefined');
  expect((await call(graphql)).status).toBe(401);
  expect((await call(graphql, { json: { query: '{ a }' }, headers: browser })).status).toBe(401);
  expect((await call(`${url}/topics/shop`, { headers: browser })).status).toBe(401);
  expect((await call(`${url}/manager/status`, { headers: browser })).status).toBe(401);
});
