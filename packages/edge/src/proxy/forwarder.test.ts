import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  createServer as createTcpServer,
  type AddressInfo,
  type Server,
  type Socket,
} from 'node:net';

import { eventually } from '@quicksilver/testkit/eventually';
import { RawConnection } from '@quicksilver/testkit/raw-http';
import { afterEach, expect, test } from 'vitest';

import { Forwarder } from './forwarder.ts';
import { OpenRequests } from './open-requests.ts';

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) {
    await cleanup();
  }
});

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A service that answers every piece it receives with these bytes, valid HTTP or not. */
async function rawService(answer: string): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('data', () => socket.write(answer, 'latin1'));
  });
  cleanups.push(() => sockets.forEach((socket) => socket.destroy()));
  return listen(server);
}

interface Client {
  readonly connection: RawConnection;
  readonly forwarder: Forwarder;
}

async function startForwarder(address: string, stallMs = 60_000): Promise<Client> {
  const forwarder = new Forwarder({
    openRequests: new OpenRequests(1_000),
    connectionsMax: 1_000,
    connectMs: 10_000,
    stallMs,
  });
  cleanups.push(() => forwarder.stop());
  const forward = (request: IncomingMessage, response: ServerResponse): void =>
    forwarder.forward({
      answerMs: 60_000,
      request,
      response,
      destination: { addresses: [address], label: 'the service' },
      url: request.url ?? '',
      prefix: '',
      onAnswer: () => {},
      onRefused: () => response.writeHead(502).end(),
    });
  const connection = await RawConnection.open(await listen(createServer(forward)));
  cleanups.push(() => connection.destroy());
  return { connection, forwarder };
}

test.each([
  ['control characters in its status line', 'HTTP/1.1 200 O\u0001K\r\n'],
  ['bytes beyond ASCII in its status line', 'HTTP/1.1 200 \u00e4\u00b8\u00ad\r\n'],
  ['no reason in its status line', 'HTTP/1.1 200 \r\n'],
  ['two content types', 'HTTP/1.1 200 OK\r\nContent-Type: a/b\r\ncontent-type: c/d\r\n'],
])('an answer with %s passes', async (_, head) => {
  const service = await rawService(`${head}content-length: 2\r\n\r\nok`);
  const { connection } = await startForwarder(service);
  for (let at = 0; at < 2; at += 1) {
    await connection.send('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect(await connection.answer()).toMatchObject({ status: 200, text: 'ok' });
  }
});

test('headers that any Connection line names stay behind, and a body keeps its length', async () => {
  const service = await rawService(
    'HTTP/1.1 200 OK\r\nConnection: x-first, content-length\r\nX-First: 1\r\nX-Second: 2\r\nX-Third: 3\r\nCONNECTION: close , X-Second\r\nContent-Length: 2\r\n\r\nok',
  );
  const { connection } = await startForwarder(service);
  await connection.send('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const answer = await connection.answer();
  expect(answer?.headers).toMatchObject({ 'content-length': '2', 'x-third': '3' });
  expect(answer?.headers).not.toHaveProperty('x-first');
  expect(answer?.headers).not.toHaveProperty('x-second');
});

test.each([
  ['a length and chunks', 'Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nok'],
  ['two lengths', 'Content-Length: 2\r\nContent-Length: 3\r\n\r\nok'],
  ['a chunk without a length', 'Transfer-Encoding: chunked\r\n\r\nzz\r\nok'],
])('an answer with %s does not reach the client as a whole one', async (_, rest) => {
  const { connection } = await startForwarder(await rawService(`HTTP/1.1 200 OK\r\n${rest}`));
  await connection.send('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  expect((await connection.answer())?.status ?? 502).toBe(502);
});

test('a client that takes nothing of its pipelined answers is cut', async () => {
  const body = 'a'.repeat(60_000);
  const service = await rawService(`HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n${body}`);
  const { connection, forwarder } = await startForwarder(service, 500);
  connection.pause();
  await connection.send('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(900));
  await eventually(() => expect(forwarder.size).toBeGreaterThan(0));
  await eventually(() => expect(forwarder.size).toBe(0));
});
