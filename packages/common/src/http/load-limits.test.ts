import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import { eventually } from '@quicksilver/testkit/eventually';
import { silentLog } from '@quicksilver/testkit/silent-log';
import { expect, test } from 'vitest';

import { HttpServer, type HttpServerOptions } from './http-server.ts';

/** More than the systems buffer on the way. */
const LARGE = Buffer.alloc(33_554_432, 'x');
const LIMIT = 50_000_000;

type Limited = Pick<HttpServerOptions, 'limits' | 'requestTimeoutMs'>;

class Bench implements AsyncDisposable {
  readonly #server: HttpServer;
  readonly #sockets = new Set<Socket>();
  /** The names of the limits that clients exceeded. */
  readonly refusals: string[] = [];

  private constructor(options: Limited) {
    this.#server = new HttpServer({
      ...options,
      onRefused: (limit) => this.refusals.push(limit),
      name: 'small',
      host: '127.0.0.1',
      port: 0,
      log: silentLog,
      keys: undefined,
      stallMs: 60_000,
      shortcut: ({ url }, response) => {
        const isTaken = url === '/cached';
        if (isTaken) {
          response.end(LARGE);
        }
        return isTaken;
      },
      routes: (app) => {
        app.get('/large', () => LARGE);
        app.get('/small', () => 'small');
        app.post('/', async ({ body }) => {
          if (Buffer.isBuffer(body)) {
            return body;
          }
          const lines: Buffer[] = [];
          for await (const chunk of body as AsyncIterable<Buffer>) {
            lines.push(chunk);
          }
          return Buffer.concat(lines);
        });
      },
    });
  }

  static async start(options: Limited): Promise<Bench> {
    const bench = new Bench(options);
    await bench.#server.start({ signal: new AbortController().signal, fail: () => {} });
    return bench;
  }

  get server(): Pick<HttpServer, 'connections' | 'unreadBytes'> {
    return this.#server;
  }

  async open(localAddress = '127.0.0.1'): Promise<Client> {
    const port = Number(this.#server.address().split(':')[1]);
    const socket = connect({ port, host: '127.0.0.1', localAddress, allowHalfOpen: true });
    this.#sockets.add(socket);
    await once(socket, 'connect');
    return new Client(socket);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#sockets.forEach((socket) => socket.destroy());
    await this.#server.stop();
  }
}

/** A client that does not read before `read`. */
class Client {
  readonly socket: Socket;
  text = '';

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => {
      // A reset is one way to be rejected.
    });
  }

  send(...paths: readonly string[]): this {
    this.socket.write(
      paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`).join(''),
    );
    return this;
  }

  read(): this {
    this.socket.on('data', (chunk: Buffer) => (this.text += chunk.toString('latin1')));
    return this;
  }

  /** Its middle is only filling. */
  get #ends(): string {
    return this.text.slice(0, 1_000) + this.text.slice(-1_000);
  }

  async until(pattern: RegExp): Promise<string> {
    await eventually(() => {
      if (!pattern.test(this.#ends)) {
        throw new Error(`Expected ${pattern}, found ${this.#ends}`);
      }
    });
    return this.text;
  }
}

test.each(['/large', '/cached'])(
  'unread responses of %s are bounded for the process',
  async (path) => {
    await using bench = await Bench.start({ limits: { responseBytesMax: LIMIT } });
    const slow = (await bench.open()).send(path);
    await once(slow.socket, 'readable');
    const second = await (await bench.open()).send('/large').read().until(/\}$/);
    expect(second).toMatch(/^HTTP\/1.1 503 [^]*retry-after: 1\r\n[^]*"errorCode":"OVERLOADED"/);
    expect(second).toContain('QUICK_RESPONSE_BYTES_MAX');
    expect(bench.refusals).toEqual(['response-bytes']);
    expect(bench.server.unreadBytes).toBeGreaterThanOrEqual(LARGE.length);
    await (
      await bench.open()
    )
      .send('/small')
      .read()
      .until(/^HTTP\/1.1 200 /);
    // After the first client has read, there is room again.
    slow.read();
    await eventually(() => expect(slow.text.length).toBeGreaterThan(LARGE.length));
    await eventually(() => expect(bench.server.unreadBytes).toBe(0));
    await (
      await bench.open()
    )
      .send('/large')
      .read()
      .until(/^HTTP\/1.1 200 /);
  },
);

test('responses that one connection does not read are bounded', async () => {
  await using bench = await Bench.start({ limits: { connectionResponseBytesMax: LIMIT } });
  const slow = (await bench.open()).send('/large', '/large', '/large');
  await once(slow.socket, 'readable');
  await (
    await bench.open()
  )
    .send('/large')
    .read()
    .until(/^HTTP\/1.1 200 /);
  slow.read();
  const text = await slow.until(/QUICK_RESPONSE_BYTES_PER_CONNECTION_MAX/);
  expect(text.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 503', 'HTTP/1.1 503']);
  expect(bench.refusals).toEqual(['connection-response-bytes', 'connection-response-bytes']);
});

test('connections of one address are bounded, and other addresses still connect', async () => {
  await using bench = await Bench.start({ limits: { addressConnectionsMax: 2 } });
  const first = (await bench.open()).send('/small').read();
  await first.until(/small$/);
  await (
    await bench.open()
  )
    .send('/small')
    .read()
    .until(/small$/);
  const third = (await bench.open()).send('/small').read();
  const text = await third.until(/\}$/);
  expect(text).toMatch(/^HTTP\/1.1 503 [^]*"errorCode":"OVERLOADED"/);
  expect(text.match(/HTTP\/1.1/g)).toHaveLength(1);
  expect(bench.refusals).toEqual(['address-connections']);
  expect(bench.server.connections).toBe(2);
  await (
    await bench.open('127.0.0.2')
  )
    .send('/small')
    .read()
    .until(/small$/);
  first.socket.destroy();
  await eventually(async () => {
    const next = (await bench.open()).send('/small').read();
    await next.until(/\}$|small$/);
    expect(next.text).toContain('200 OK');
  });
});

test('all connections are bounded', async () => {
  await using bench = await Bench.start({ limits: { connectionsMax: 1 } });
  await (
    await bench.open()
  )
    .send('/small')
    .read()
    .until(/small$/);
  const text = await (await bench.open('127.0.0.2')).send('/small').read().until(/\}$/);
  expect(text).toMatch(/^HTTP\/1.1 503 [^]*QUICK_CONNECTIONS_MAX/);
  expect(bench.refusals).toEqual(['connections']);
});

const BODY_MS = 400;
const STOPS: Limited = { limits: { bodyTimeoutMs: BODY_MS } };
const IS_LATE: Limited = { requestTimeoutMs: 200, limits: { bodyTimeoutMs: 600_000 } };

test.each<[string, string, string, Limited]>([
  ['application/json', 'that stops', 'body-time', STOPS],
  ['application/x-ndjson', 'that stops', 'body-time', STOPS],
  ['application/json', 'that takes too long', 'request-time', IS_LATE],
  ['application/x-ndjson', 'that takes too long', 'request-time', IS_LATE],
])('a body of %s %s gets one response', async (type, _title, limit, options) => {
  await using bench = await Bench.start(options);
  const client = (await bench.open()).read();
  client.socket.write(
    `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\nContent-Length: 10\r\n\r\n123`,
  );
  await once(client.socket, 'end');
  expect(client.text).toMatch(/^HTTP\/1.1 408 [^]*"errorCode":"REQUEST_TIMEOUT"/);
  expect(client.text.match(/HTTP\/1.1/g)).toHaveLength(1);
  expect(bench.refusals).toEqual([limit]);
});

test.each(['application/json', 'application/x-ndjson'])(
  'a body of %s that trickles gets one response',
  async (type) => {
    await using bench = await Bench.start(STOPS);
    const client = (await bench.open()).read();
    client.socket.write(
      `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\nContent-Length: 10000\r\n\r\n`,
    );
    // A byte in every fifth of the time between two checks.
    const trickle = setInterval(() => client.socket.write('1'), BODY_MS / 10);
    await once(client.socket, 'end');
    clearInterval(trickle);
    expect(client.text).toMatch(/^HTTP\/1.1 408 [^]*"errorCode":"REQUEST_TIMEOUT"/);
    expect(client.text.match(/HTTP\/1.1/g)).toHaveLength(1);
    expect(bench.refusals).toEqual(['body-time']);
  },
);
