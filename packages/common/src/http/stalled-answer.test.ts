import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';

import { eventually } from '@quicksilver/testkit/eventually';
import { silentLog } from '@quicksilver/testkit/silent-log';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { HttpServer } from './http-server.ts';

/** More than both systems buffer on the way. */
const LARGE_BYTES = 33_554_432;
/** The slow client pauses after this many bytes, a small part of what the server can buffer. */
const SIP_BYTES = 1_048_576;
const REST_MS = 130;
/** Longer than a busy machine lets this process stand still. */
const STALL_MS = 2_000;

/** Streams that the server has destroyed. */
let cancelled = 0;
/** Resolves when the server has closed the connection of this request. */
const cut = { '/large': Promise.withResolvers<void>(), '/endless': Promise.withResolvers<void>() };

function endless(): Readable {
  const piece = Buffer.alloc(65_536);
  return new Readable({
    read() {
      this.push(piece);
    },
    destroy(error, done) {
      cancelled += 1;
      done(error);
    },
  });
}

async function* rare(): AsyncGenerator<Buffer> {
  yield Buffer.from('one');
  await pause(3 * STALL_MS);
  yield Buffer.from('two');
}

const server = new HttpServer({
  name: 'small',
  host: '127.0.0.1',
  port: 0,
  log: silentLog,
  keys: undefined,
  stallMs: STALL_MS,
  routes: (app) => {
    app.get('/slow', () => Buffer.alloc(LARGE_BYTES));
    app.get('/large', ({ raw }) => {
      raw.socket.once('close', () => cut['/large'].resolve());
      return Buffer.alloc(LARGE_BYTES);
    });
    app.get('/endless', ({ raw }, reply) => {
      raw.socket.once('close', () => cut['/endless'].resolve());
      return reply.send(endless());
    });
    app.get('/rare', (_request, reply) => reply.send(Readable.from(rare())));
  },
});

beforeAll(() => server.start({ signal: new AbortController().signal, fail: () => {} }));
afterAll(() => server.stop());

async function ask(path: string): Promise<Socket> {
  const port = Number(server.address().split(':')[1]);
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => {
    // A reset is one way to be cut off.
  });
  await once(socket, 'connect');
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  return socket;
}

/** Reads to the end and returns the number of bytes. */
async function readAll(socket: Socket): Promise<number> {
  let bytes = 0;
  socket.on('data', (chunk: Buffer) => (bytes += chunk.length));
  socket.resume();
  await once(socket, 'close', { signal: AbortSignal.timeout(20_000) });
  return bytes;
}

// Side by side: most of the time they wait for the server's patience to end.
test.concurrent.each(['/large', '/endless'] as const)(
  'a client that reads nothing of %s is cut off',
  async (path) => {
    const socket = await ask(path);
    socket.pause();
    await cut[path].promise;
    expect(await readAll(socket)).toBeLessThan(LARGE_BYTES);
    if (path === '/endless') {
      await eventually(() => expect(cancelled).toBe(1));
    }
  },
);

test.concurrent('a client that reads slowly gets all, and a stream may be silent for long', async () => {
  const [slow, silent] = await Promise.all([ask('/slow'), ask('/rare')]);
  const silence = readUntil(silent, (text) => text.includes('two'));
  let [bytes, rests] = [0, 0];
  for await (const chunk of slow as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > LARGE_BYTES) {
      break;
    }
    if (bytes > rests * SIP_BYTES) {
      rests += 1;
      await pause(REST_MS);
    }
  }
  expect(bytes).toBeGreaterThan(LARGE_BYTES);
  expect(rests * REST_MS).toBeGreaterThan(2 * STALL_MS);
  expect(await silence).toMatch(/one[^]*two/);
});

async function readUntil(socket: Socket, isAll: (text: string) => boolean): Promise<string> {
  let text = '';
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    text += chunk.toString('latin1');
    if (isAll(text)) {
      break;
    }
  }
  return text;
}
