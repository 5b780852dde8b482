import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { readConfig } from '@quicksilver/common/config/option';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { PartContext } from '@quicksilver/common/lifecycle/part';
import { createRegistry } from '@quicksilver/common/observe/metrics-registry';
import type { Service } from '@quicksilver/common/lifecycle/service';
import { eventually } from '@quicksilver/testkit/eventually';
import { call } from '@quicksilver/testkit/http-call';
import { RawConnection } from '@quicksilver/testkit/raw-http';
import { afterEach, expect, test } from 'vitest';

import { assembleEdge } from '../assemble.ts';
import { edgeOptions } from '../config.ts';

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) {
    await cleanup();
  }
});

const registry = { current: createRegistry() };
const lines: Record<string, unknown>[] = [];
const log: Log = {
  debug: (fields, message) => void lines.push({ ...fields, message }),
  info: () => undefined,
  warn: () => undefined,
  error: (fields, message) => void lines.push({ ...fields, message }),
  child: () => log,
};
const context: PartContext = { signal: new AbortController().signal, fail: () => undefined };

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const upstream = (handler: RequestListener): Promise<string> => listen(createServer(handler));

/** No process listens on it, and the system does not assign it as a free port. */
const CLOSED = '127.0.0.1:1';

interface Behind {
  readonly manager?: string;
  readonly gateways?: Readonly<Record<string, readonly string[]>>;
  readonly mirrors?: Readonly<Record<string, readonly string[]>>;
  readonly env?: Readonly<Record<string, string>>;
}

async function startEdge(behind: Behind): Promise<Service> {
  lines.length = 0;
  registry.current = createRegistry();
  const config = readConfig(edgeOptions, {
    QUICK_PORT: '0',
    QUICK_OPS_PORT: '0',
    QUICK_KAFKA_BOOTSTRAP_SERVER: 'nowhere:1',
    QUICK_MANAGER_URL: `http://${behind.manager ?? CLOSED}`,
    QUICK_INGEST_URL: `http://${CLOSED}`,
    ...behind.env,
  });
  const replicasAt = (list: readonly string[] | undefined) => list && { addresses: list };
  const edge = assembleEdge(config, {
    log,
    registry: registry.current,
    targets: {
      name: 'targets',
      start: async () => {},
      stop: async () => {},
      notReady: () => undefined,
      gateways: () => Object.keys(behind.gateways ?? {}).map((name) => ({ name })),
      mirrors: () => [{ topics: Object.keys(behind.mirrors ?? {}).map((topic) => ({ topic })) }],
      gateway: (name) => replicasAt(behind.gateways?.[name]),
      mirrorOf: (topic) => replicasAt(behind.mirrors?.[topic]),
    },
  });
  for (const part of edge.parts) {
    await part.start(context);
  }
  cleanups.push(async () => {
    for (const part of edge.parts.toReversed()) {
      await part.stop();
    }
  });
  return edge;
}

async function open(edge: Service): Promise<RawConnection> {
  const connection = await RawConnection.open(edge.address());
  cleanups.push(() => connection.destroy());
  return connection;
}

/** A request as a service received it. The service returns it as its response. */
interface UpstreamRequest {
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

const echo: RequestListener = (request, response) => {
  const pieces: Buffer[] = [];
  request.on('data', (piece: Buffer) => pieces.push(piece));
  request.on('end', () => {
    const { method = '', url = '', rawHeaders } = request;
    const body = Buffer.concat(pieces).toString('utf8');
    const copy: UpstreamRequest = { method, url, rawHeaders, body };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(copy));
  });
};

const headersOf = ({ rawHeaders }: UpstreamRequest, name: string): string[] =>
  rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === name);

test('a request reaches its service without the prefix, with its body, its headers and who asked', async () => {
  const manager = await upstream(echo);
  const edge = await startEdge({ manager });
  const connection = await open(edge);
  await connection.send(
    [
      'PUT /manager/topic/a%2Fb?dryRun=true HTTP/1.1',
      `Host: ${edge.address()}`,
      `Origin: http://${edge.address()}`,
      ...['Sec-Fetch-Site: same-origin', 'Sec-Fetch-Mode: cors'],
      ...['X-Api-Key: k', 'X-Forwarded-For: 8.8.8.8', 'x-forwarded-prefix: /evil'],
      ...['Forwarded: for=8.8.8.8', 'Connection: keep-alive, x-hop, x-api-key', 'X-Hop: 1'],
      ...['TE: trailers', 'Expect: 100-continue', 'Content-Length: 13', '', '{"key": "ä"}'],
    ].join('\r\n'),
  );
  const answer = await connection.answer();
  expect(answer?.status, answer?.text).toBe(200);
  const upstreamRequest = answer?.json() as unknown as UpstreamRequest;
  expect(upstreamRequest).toMatchObject({
    method: 'PUT',
    url: '/topic/a%2Fb?dryRun=true',
    body: '{"key": "ä"}',
  });
  const seen = (name: string): string[] => headersOf(upstreamRequest, name);
  expect(seen('x-api-key')).toEqual(['k']);
  expect(seen('host')).toEqual([manager]);
  // The edge has judged the page; what it says of it replaces what the browser said.
  expect(seen('origin')).toEqual([]);
  expect(seen('sec-fetch-site')).toEqual(['same-origin']);
  expect(seen('sec-fetch-mode')).toEqual([]);
  expect(seen('content-length')).toEqual(['13']);
  expect(seen('x-forwarded-for')).toEqual(['127.0.0.1']);
  expect(seen('x-forwarded-proto')).toEqual(['http']);
  expect(seen('x-forwarded-host')).toEqual([edge.address()]);
  expect(seen('x-forwarded-prefix')).toEqual(['/manager']);
  expect([...seen('x-hop'), ...seen('te'), ...seen('expect'), ...seen('forwarded')]).toEqual([]);
});

test('a key with encoded slashes reaches the mirror of its topic as it was sent', async () => {
  const edge = await startEdge({ mirrors: { 'a/b': [await upstream(echo)] } });
  const url = '/topics/a%2Fb/keys/x%2Fy%252F%C3%A9+%20;';
  const answer = await call(`http://${edge.address()}${url}`);
  expect(answer.json()).toMatchObject({ method: 'GET', url, body: '' });
  expect(headersOf(answer.json() as UpstreamRequest, 'x-forwarded-prefix')).toEqual([]);
});

test.each(['application/json', 'text/plain', 'application/x-ndjson', 'image/png', ''])(
  'a body of type "%s" passes: the service decides what it takes',
  async (type) => {
    const edge = await startEdge({ manager: await upstream(echo) });
    const headers: Record<string, string> = type === '' ? {} : { 'content-type': type };
    const answer = await fetch(`http://${edge.address()}/manager/x`, {
      method: 'DELETE',
      body: Buffer.from('{"not json'),
      headers,
    });
    expect(await answer.json()).toMatchObject({ method: 'DELETE', body: '{"not json' });
  },
);

test('an answer comes back with its status, its headers and its bytes, repeated headers included', async () => {
  const manager = await upstream((_request, response) => {
    response.writeHead(418, 'Teapot', [
      ...['set-cookie', 'a=1', 'set-cookie', 'b=2', 'x-name', Buffer.from('é').toString('latin1')],
      ...['connection', 'x-hop', 'x-hop', '1', 'content-type', 'text/x-tea'],
    ]);
    response.end(Buffer.from([0, 255, 128]));
  });
  const edge = await startEdge({ manager });
  const answer = await fetch(`http://${edge.address()}/manager/`);
  expect([answer.status, answer.statusText]).toEqual([418, 'Teapot']);
  expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  expect(Buffer.from(answer.headers.get('x-name') ?? '', 'latin1').toString('utf8')).toBe('é');
  expect(answer.headers.get('x-hop')).toBeNull();
  expect([...new Uint8Array(await answer.arrayBuffer())]).toEqual([0, 255, 128]);
});

test('answers without a body end at once, and old clients get theirs until the close', async () => {
  const manager = await upstream((request, response) => {
    const status = Number(request.url?.slice(1));
    response.writeHead(status, status === 200 ? { 'content-length': '4' } : { etag: '"e"' });
    response.end(status === 200 ? 'body' : undefined);
  });
  const edge = await startEdge({ manager });
  const url = `http://${edge.address()}/manager`;
  const head = await call(`${url}/200`, { method: 'HEAD' });
  expect([head.status, head.headers['content-length'], head.text]).toEqual([200, '4', '']);
  expect((await call(`${url}/204`)).text).toBe('');
  expect(await call(`${url}/304`)).toMatchObject({ status: 304, headers: { etag: '"e"' } });
  const connection = await open(edge);
  await connection.send('GET /manager/200 HTTP/1.0\r\nHost: localhost\r\n\r\n');
  expect(await connection.answer()).toMatchObject({ status: 200, text: 'body' });
  await connection.closed();
});

test.each([
  ['/nothing', 404, 'NOT_FOUND'],
  ['/gateway/unknown/graphql', 404, 'NOT_FOUND'],
  ['/topics/unknown/keys/1', 404, 'TOPIC_NOT_FOUND'],
  ['/gateway/idle/graphql', 503, 'NO_REPLICA'],
  ['/ingest/topic', 502, 'UPSTREAM_UNREACHABLE'],
])('%s is answered with %i and a body that says why', async (path, status, errorCode) => {
  const edge = await startEdge({ gateways: { idle: [] } });
  const answer = await call(`http://${edge.address()}${path}`);
  expect(answer.status).toBe(status);
  expect(answer.json()).toMatchObject({ errorCode, uriPath: path });
  expect(answer.headers['retry-after']).toBe(status === 503 ? '1' : undefined);
});

test('a replica that refuses connections is passed over, for requests with a body too', async () => {
  const gateways = { g: [CLOSED, await upstream(echo)] };
  const edge = await startEdge({ gateways });
  for (let at = 0; at < 4; at += 1) {
    const json = { query: `{ a${at} }` };
    const answer = await call(`http://${edge.address()}/gateway/g/graphql`, { json });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.json()).toMatchObject({ url: '/graphql', body: JSON.stringify(json) });
  }
});

test('a broken connection is retried once if the method is safe, else the client gets an error', async () => {
  let requests = 0;
  const manager = await upstream((request) => {
    requests += 1;
    request.socket.destroy();
  });
  const edge = await startEdge({ manager });
  for (const [method, attempts] of [
    ['GET', 2],
    ['POST', 1],
  ] as const) {
    requests = 0;
    const answer = await call(`http://${edge.address()}/manager/x`, { method });
    expect(answer.status).toBe(502);
    expect(answer.json()).toMatchObject({ errorCode: 'UPSTREAM_BAD_RESPONSE' });
    expect(requests).toBe(attempts);
  }
  const { body } = { body: await registry.current.metrics() };
  expect(body).toContain('edge_upstream_errors_total{route="manager",reason="broken"} 2');
});

test.each([
  ['/manager/x', { QUICK_EDGE_ANSWER_MS: '200' }],
  // A mirror has less time.
  ['/topics/t/keys/1', { QUICK_EDGE_LOOKUP_MS: '200' }],
])('a service that does not answer %s in time is 504, and is let go', async (path, env) => {
  const left = Promise.withResolvers<void>();
  const hung = await upstream((request) => {
    request.socket.once('close', () => left.resolve());
  });
  const edge = await startEdge({ manager: hung, mirrors: { t: [hung] }, env });
  const answer = await call(`http://${edge.address()}${path}`);
  expect(answer.status).toBe(504);
  expect(answer.json()).toMatchObject({ errorCode: 'UPSTREAM_TIMEOUT' });
  await left.promise;
});

test('more requests than one address may have are refused, and served again later', async () => {
  const waiting: (() => void)[] = [];
  const manager = await upstream((_request, response) => {
    waiting.push(() => response.end('done'));
  });
  const edge = await startEdge({ manager, env: { QUICK_EDGE_CONNECTIONS_MAX: '2' } });
  const url = `http://${edge.address()}/manager/x`;
  const held = [call(url), call(url)];
  await eventually(() => expect(waiting).toHaveLength(2));
  const refused = await call(url);
  expect(refused.status).toBe(503);
  expect(refused.json()).toMatchObject({ errorCode: 'OVERLOADED' });
  waiting.splice(0).forEach((end) => end());
  expect((await Promise.all(held)).map((answer) => answer.text)).toEqual(['done', 'done']);
  const again = call(url);
  await eventually(() => expect(waiting).toHaveLength(1));
  waiting.splice(0).forEach((end) => end());
  expect((await again).status).toBe(200);
});

test('every request leaves one line, without its key, its path and its query', async () => {
  const edge = await startEdge({ manager: await upstream(echo) });
  const headers = { 'x-api-key': 'CANARY_KEY' };
  await call(`http://${edge.address()}/manager/CANARY_PATH?x=CANARY_QUERY`, { headers });
  await call(`http://${edge.address()}/CANARY_NOWHERE`, { headers });
  await eventually(() => expect(lines.filter((line) => line['route'])).toHaveLength(2));
  expect(lines.filter((line) => line['route'])).toEqual([
    {
      ...{ method: 'GET', route: 'manager', status: 200, isWhole: true, message: 'request' },
      ...{ ms: expect.any(Number), bytes: expect.any(Number) },
    },
    expect.objectContaining({ route: 'none', status: 404 }),
  ]);
  expect(JSON.stringify(lines)).not.toContain('CANARY');
  const metrics = await registry.current.metrics();
  expect(metrics).toContain('edge_requests_total{route="manager",status="2xx"} 1');
  expect(metrics).not.toContain('CANARY');
});

const GET = 'GET /manager/x HTTP/1.1\r\nHost: localhost\r\n';
const POST = 'POST /manager/x HTTP/1.1\r\nHost: localhost\r\n';
const RAW: readonly (readonly [string, string, number])[] = [
  ['two lengths', `${POST}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`, 400],
  [
    'a length and chunks',
    `${POST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG`,
    400,
  ],
  ['an unknown coding', `${POST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`, 400],
  ['a coding after chunked', `${POST}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n`, 400],
  ['a negative length', `${POST}Content-Length: -1\r\n\r\n`, 400],
  ['a space before the colon', `${POST}Content-Length : 1\r\n\r\na`, 400],
  ['a folded header', `${GET}X-A: 1\r\n Content-Length: 3\r\n\r\n`, 400],
  ['two hosts', `${GET}Host: localhost\r\n\r\n`, 400],
  ['no host', 'GET /manager/x HTTP/1.1\r\n\r\n', 400],
  [
    'another host in the target',
    'GET http://elsewhere/manager/x HTTP/1.1\r\nHost: localhost\r\n\r\n',
    400,
  ],
  ['dots', 'GET /gateway/x/../../manager/x HTTP/1.1\r\nHost: localhost\r\n\r\n', 400],
  ['a line feed in the path', 'GET /manager/%0d%0aX:1 HTTP/1.1\r\nHost: localhost\r\n\r\n', 200],
  ['an unknown method', 'BREW /manager/x HTTP/1.1\r\nHost: localhost\r\n\r\n', 501],
  ['TRACE', 'TRACE /manager/x HTTP/1.1\r\nHost: localhost\r\n\r\n', 405],
  ['CONNECT', 'CONNECT e:80 HTTP/1.1\r\nHost: localhost\r\n\r\n', 405],
  ['200 headers', `${GET}${'X-A: 1\r\n'.repeat(200)}\r\n`, 431],
  ['17 kB of headers', `${GET}X-A: ${'a'.repeat(17_000)}\r\n\r\n`, 431],
  [
    'HTTP/2 offered',
    `${GET}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n`,
    200,
  ],
];

test.each(RAW)(
  'raw HTTP with %s gets one response, and no second request is read',
  async (_, bytes, status) => {
    let requests = 0;
    const manager = await upstream((request, response) => {
      requests += 1;
      echo(request, response);
    });
    const edge = await startEdge({ manager });
    const connection = await open(edge);
    await connection.send(bytes);
    expect(await connection.answer()).toMatchObject({ status });
    expect(requests).toBe(status === 200 ? 1 : 0);
    expect((await call(`http://${edge.address()}/manager/x`)).status).toBe(200);
  },
);
