import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createConnection, createServer as createTcpServer, type AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

import { readConfig } from '@quicksilver/common/config/option';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { PartContext } from '@quicksilver/common/lifecycle/part';
import { createRegistry } from '@quicksilver/common/observe/metrics-registry';
import type { Service } from '@quicksilver/common/lifecycle/service';
import { eventually } from '@quicksilver/testkit/eventually';
import { RawConnection } from '@quicksilver/testkit/raw-http';
import { afterEach, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';

import { assembleEdge } from '../assemble.ts';
import { edgeOptions } from '../config.ts';

/** Of an edge that a test waits for: longer than this process may stand still while others run. */
const SOON_MS = 1_500;
const SOON = {
  QUICK_EDGE_STALL_MS: String(SOON_MS),
  QUICK_EDGE_ANSWER_MS: String(SOON_MS),
};

const cleanups: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) {
    await cleanup();
  }
});

const lines: object[] = [];
const log: Log = {
  debug: (fields) => void lines.push(fields),
  info: () => undefined,
  warn: () => undefined,
  error: (fields) => void lines.push(fields),
  child: () => log,
};
const context: PartContext = { signal: new AbortController().signal, fail: () => undefined };

async function startEdge(
  gateways: Readonly<Record<string, readonly string[]>>,
  env: Readonly<Record<string, string>> = {},
): Promise<Service> {
  lines.length = 0;
  const config = readConfig(edgeOptions, {
    QUICK_PORT: '0',
    QUICK_OPS_PORT: '0',
    QUICK_KAFKA_BOOTSTRAP_SERVER: 'nowhere:1',
    QUICK_MANAGER_URL: 'http://127.0.0.1:1',
    QUICK_INGEST_URL: 'http://127.0.0.1:1',
    QUICK_EDGE_CONNECTIONS_MAX: '2',
    ...env,
  });
  const edge = assembleEdge(config, {
    log,
    registry: createRegistry(),
    targets: {
      name: 'targets',
      start: async () => {},
      stop: async () => {},
      notReady: () => undefined,
      gateway: (name) => gateways[name] && { addresses: gateways[name] },
      mirrorOf: () => undefined,
      gateways: () => [],
      mirrors: () => [],
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

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Gateway {
  readonly address: string;
  readonly sockets: WebSocketServer;
  readonly handshakes: IncomingMessage[];
}

/** Sends everything back. */
async function echoGateway(): Promise<Gateway> {
  const server = createServer();
  const sockets = new WebSocketServer({
    server,
    perMessageDeflate: true,
    handleProtocols: (offered) =>
      offered.has('graphql-transport-ws') ? 'graphql-transport-ws' : false,
  });
  const handshakes: IncomingMessage[] = [];
  sockets.on('connection', (socket, request) => {
    handshakes.push(request);
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  cleanups.push(() => sockets.clients.forEach((socket) => socket.terminate()));
  return { address: await listen(server), sockets, handshakes };
}

function connect(edge: Service, path: string, protocols: string[] = [], headers = {}): WebSocket {
  const socket = new WebSocket(`ws://${edge.address()}${path}`, protocols, { headers });
  // Also that it was terminated before it was open.
  socket.on('error', () => {});
  cleanups.push(() => socket.terminate());
  return socket;
}

/** Why it was not opened. */
async function refusalOf(
  socket: WebSocket,
): Promise<{ status?: number | undefined; body: string }> {
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
  return { status: response.statusCode, body: String(await response.toArray()) };
}

/** No process listens on it, and the system does not assign it as a free port. */
const CLOSED = '127.0.0.1:1';

test('a WebSocket is opened by the gateway, with the protocol, the headers and the path that it needs', async () => {
  const gateway = await echoGateway();
  const edge = await startEdge({ g: [gateway.address] });
  const origin = `http://${edge.address()}`;
  const headers = { origin, 'x-api-key': 'k', 'x-forwarded-for': '8.8.8.8' };
  const socket = connect(edge, '/gateway/g/graphql?a=b', ['graphql-transport-ws'], headers);
  await once(socket, 'open');
  expect(socket.protocol).toBe('graphql-transport-ws');
  expect(socket.extensions).toContain('permessage-deflate');
  const [handshake] = gateway.handshakes;
  expect(handshake?.url).toBe('/graphql?a=b');
  expect(handshake?.headers).toMatchObject({
    // The edge has judged the page.
    host: gateway.address,
    'sec-fetch-site': 'same-origin',
    'x-api-key': 'k',
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-prefix': '/gateway/g',
  });
  expect(handshake?.headers['origin']).toBeUndefined();
});

test('messages of every kind and size come back as they were sent, in order', async () => {
  const edge = await startEdge({ g: [(await echoGateway()).address] });
  const socket = connect(edge, '/gateway/g/graphql');
  await once(socket, 'open');
  const sent = ['', 'text ä', Buffer.from([0, 255]), Buffer.alloc(5_000_000, 7), 'last'];
  const received: (string | Buffer)[] = [];
  socket.on('message', (data: Buffer, isBinary) => {
    received.push(isBinary ? data : data.toString('utf8'));
  });
  for (const message of sent) {
    socket.send(message);
  }
  await eventually(() => expect(received).toHaveLength(sent.length));
  expect(
    received.every((message, at) => Buffer.from(message).equals(Buffer.from(sent[at] ?? '?'))),
  ).toBe(true);
});

test('a close reaches the other side with its code and reason, from either side', async () => {
  const gateway = await echoGateway();
  const edge = await startEdge({ g: [gateway.address] });
  const first = connect(edge, '/gateway/g/graphql');
  await once(first, 'open');
  const [inside] = gateway.sockets.clients;
  first.close(4001, 'client is done');
  expect((await once(inside ?? first, 'close')).map(String)).toEqual(['4001', 'client is done']);
  const second = connect(edge, '/gateway/g/graphql');
  await once(second, 'open');
  gateway.sockets.clients.forEach((socket) => socket.close(4403, 'Forbidden'));
  expect((await once(second, 'close')).map(String)).toEqual(['4403', 'Forbidden']);
});

test('a side that dies takes the other one with it', async () => {
  const gateway = await echoGateway();
  const edge = await startEdge({ g: [gateway.address] });
  const first = connect(edge, '/gateway/g/graphql');
  await once(first, 'open');
  const [inside] = gateway.sockets.clients;
  first.terminate();
  expect((await once(inside ?? first, 'close'))[0]).toBe(1006);
  const second = connect(edge, '/gateway/g/graphql');
  await once(second, 'open');
  gateway.sockets.clients.forEach((socket) => socket.terminate());
  expect((await once(second, 'close'))[0]).toBe(1006);
  await eventually(() => expect(lines.filter((line) => 'route' in line)).toHaveLength(2));
  expect(lines[0]).toMatchObject({ method: 'GET', route: 'gateway', status: 101 });
});

test('a socket may be quiet for longer than every deadline', async () => {
  const edge = await startEdge({ g: [(await echoGateway()).address] }, SOON);
  const socket = connect(edge, '/gateway/g/graphql');
  await once(socket, 'open');
  await pause(2 * SOON_MS);
  socket.send('still here');
  expect(String((await once(socket, 'message'))[0])).toBe('still here');
});

test('a client that takes nothing of what waits for it is cut, without the edge gathering it', async () => {
  const gateway = await echoGateway();
  const edge = await startEdge({ g: [gateway.address] }, SOON);
  const socket = connect(edge, '/gateway/g/graphql');
  await once(socket, 'open');
  socket.pause();
  const [inside] = gateway.sockets.clients;
  const closed = once(inside ?? socket, 'close');
  for (let at = 0; at < 100; at += 1) {
    inside?.send(Buffer.alloc(1_000_000, at), { compress: false });
  }
  // What the kernel holds for the four ends is some 30 MB; the rest never left the gateway.
  let least = Infinity;
  while (inside?.readyState === WebSocket.OPEN) {
    least = Math.min(least, inside.bufferedAmount);
    await pause(10);
  }
  expect(least).toBeGreaterThan(40_000_000);
  expect((await closed)[0]).toBe(1006);
});

test('what the gateway says instead of an upgrade reaches the client as it is', async () => {
  const server = createServer();
  server.on('upgrade', (_request, socket) => {
    socket.end('HTTP/1.1 401 Unauthorized\r\nx-why: key\r\ncontent-length: 6\r\n\r\nno key');
  });
  const edge = await startEdge({ g: [await listen(server)] });
  expect(await refusalOf(connect(edge, '/gateway/g/graphql'))).toEqual({
    status: 401,
    body: 'no key',
  });
});

test.each([
  ['/gateway/unknown/graphql', 404, 'NOT_FOUND'],
  ['/gateway/idle/graphql', 503, 'NO_REPLICA'],
  ['/gateway/down/graphql', 502, 'UPSTREAM_UNREACHABLE'],
  ['/gateway/silent/graphql', 504, 'UPSTREAM_TIMEOUT'],
  ['/topics/unknown/x', 404, 'TOPIC_NOT_FOUND'],
  ['/gateway/%2e%2e%2fx/graphql', 404, 'NOT_FOUND'],
  ['/gateway/g//graphql', 400, 'BAD_REQUEST'],
  ['/nowhere', 404, 'NOT_FOUND'],
])('a WebSocket to %s is refused with %i and a body that says why', async (path, status, code) => {
  const silent = createTcpServer((socket) => void socket.on('error', () => {})).listen(
    0,
    '127.0.0.1',
  );
  cleanups.push(() => void silent.close());
  await once(silent, 'listening');
  const edge = await startEdge(
    {
      idle: [],
      down: [CLOSED],
      silent: [`127.0.0.1:${(silent.address() as AddressInfo).port}`],
    },
    path.includes('silent') ? SOON : {},
  );
  const refusal = await refusalOf(connect(edge, path));
  expect(refusal.status, refusal.body).toBe(status);
  expect(JSON.parse(refusal.body)).toMatchObject({ errorCode: code });
});

test('a replica that refuses connections is passed over', async () => {
  const gateway = await echoGateway();
  const edge = await startEdge({ g: [CLOSED, gateway.address] });
  await once(connect(edge, '/gateway/g/graphql'), 'open');
  await once(connect(edge, '/gateway/g/graphql'), 'open');
  expect(gateway.handshakes).toHaveLength(2);
  // Two are what one address may have here.
  expect((await refusalOf(connect(edge, '/gateway/g/graphql'))).status).toBe(503);
});

const HANDSHAKE =
  'Host: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';

test.each([
  ['a body', `GET /gateway/g/graphql HTTP/1.1\r\n${HANDSHAKE}Content-Length: 5\r\n\r\nGET /`],
  [
    'chunks',
    `GET /gateway/g/graphql HTTP/1.1\r\n${HANDSHAKE}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  ],
  ['two hosts', `GET /gateway/g/graphql HTTP/1.1\r\nHost: localhost\r\n${HANDSHAKE}\r\n`],
  ['dots', `GET /gateway/x/../g/graphql HTTP/1.1\r\n${HANDSHAKE}\r\n`],
  ['another method', `POST /gateway/g/graphql HTTP/1.1\r\n${HANDSHAKE}\r\n`],
])('a handshake with %s is 400 and the connection is closed', async (_, bytes) => {
  const gateway = await echoGateway();
  const edge = await startEdge({ g: [gateway.address] });
  await using connection = await RawConnection.open(edge.address());
  await connection.send(bytes);
  expect((await connection.answer())?.status).toBe(400);
  await connection.closed();
  expect(gateway.handshakes).toEqual([]);
});

test('what a client sends right behind its handshake is not lost', async () => {
  const edge = await startEdge({ g: [(await echoGateway()).address] });
  const { hostname, port } = new URL(`http://${edge.address()}`);
  const socket = createConnection(Number(port), hostname);
  cleanups.push(() => void socket.destroy());
  let received = '';
  socket.on('data', (bytes) => {
    received += bytes.toString('latin1');
  });
  // A ping with the payload "hi", under a mask of zeros.
  const ping = Buffer.from([0x89, 0x82, 0, 0, 0, 0, 0x68, 0x69]);
  const handshake = `GET /gateway/g/graphql HTTP/1.1\r\n${HANDSHAKE}\r\n`;
  socket.write(Buffer.concat([Buffer.from(handshake), ping]));
  await eventually(() => expect(received).toMatch(/^HTTP\/1\.1 101 [^]*\r\n\r\n.*hi$/));
});

test('with keys, a wrong key is 401 here, a missing key is left to the gateway, and no response reveals resources', async () => {
  const gateway = await echoGateway();
  const key = randomBytes(32).toString('hex');
  const edge = await startEdge({ g: [gateway.address], idle: [] }, { QUICK_APIKEY: key });
  for (const path of ['/gateway/idle/graphql', '/gateway/unknown/graphql', '/nowhere']) {
    expect((await refusalOf(connect(edge, path))).status).toBe(401);
  }
  const wrong = connect(edge, '/gateway/g/graphql', [], { 'x-api-key': key.toUpperCase() });
  expect((await refusalOf(wrong)).body).toContain('UNAUTHENTICATED');
  expect(gateway.handshakes).toEqual([]);
  await once(connect(edge, '/gateway/g/graphql'), 'open');
  await once(connect(edge, '/gateway/g/graphql', [], { 'x-api-key': key }), 'open');
  expect(gateway.handshakes.map(({ headers }) => headers['x-api-key'])).toEqual([undefined, key]);
  const idle = connect(edge, '/gateway/idle/graphql', [], { 'x-api-key': key });
  expect((await refusalOf(idle)).status).toBe(503);
});

test('a stop cuts the sockets', async () => {
  const edge = await startEdge({ g: [(await echoGateway()).address] });
  const socket = connect(edge, '/gateway/g/graphql');
  await once(socket, 'open');
  for (const part of edge.parts.toReversed()) {
    await part.drain?.(AbortSignal.timeout(5_000));
  }
  expect((await once(socket, 'close'))[0]).toBe(1006);
});

test('a gateway that stops at the same time closes the sockets with its own code', async () => {
  const gateway = await echoGateway();
  const edge = await startEdge({ g: [gateway.address] });
  const socket = connect(edge, '/gateway/g/graphql');
  await once(socket, 'open');
  const closed = once(socket, 'close');
  const drained = Promise.all(
    edge.parts.map(async (part) => part.drain?.(AbortSignal.timeout(60_000))),
  );
  gateway.sockets.clients.forEach((each) => each.close(1001));
  expect((await closed)[0]).toBe(1001);
  await drained;
});
