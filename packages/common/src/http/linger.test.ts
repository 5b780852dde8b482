import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import { silentLog } from '@quicksilver/testkit/silent-log';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { HttpServer } from './http-server.ts';

const MIB = 1_048_576;
const server = new HttpServer({
  name: 'small',
  host: '127.0.0.1',
  port: 0,
  log: silentLog,
  keys: undefined,
  bodyBytesMax: 1_000,
  routes: (app) => void app.post('/', () => 'taken'),
});

beforeAll(() => server.start({ signal: new AbortController().signal, fail: () => {} }));
afterAll(() => server.stop());

/** One that goes on sending although the server has nothing more to say. */
function open(): Socket {
  const port = Number(server.address().split(':')[1]);
  return connect({ port, host: '127.0.0.1', allowHalfOpen: true });
}

interface Outcome {
  readonly answer: string;
  readonly error: NodeJS.ErrnoException | undefined;
}

/** Sends everything before it reads the response, like many simple clients. */
async function sendThenRead(head: string, body: readonly Buffer[]): Promise<Outcome> {
  const socket = open();
  let error: NodeJS.ErrnoException | undefined;
  socket.on('error', (cause) => (error = cause));
  await once(socket, 'connect');
  socket.pause();
  let answer = '';
  socket.on('data', (chunk) => (answer += String(chunk)));
  socket.pause();
  socket.write(
    `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${head}\r\n\r\n`,
  );
  for (const chunk of body) {
    if (!socket.write(chunk)) {
      await drained(socket);
    }
  }
  socket.resume();
  socket.end();
  if (!socket.destroyed) {
    await once(socket, 'close');
  }
  return { answer, error };
}

/** Resolves if the reader is gone. */
async function drained(socket: Socket): Promise<void> {
  const one = new AbortController();
  const { signal } = one;
  await Promise.race([once(socket, 'drain', { signal }), once(socket, 'close', { signal })]).catch(
    () => undefined,
  );
  one.abort();
}

const body = Array.from({ length: 20 }, () => Buffer.alloc(MIB, 'a'));

test.each([
  ['a length that is too large', `Content-Length: ${20 * MIB}`, body],
  [
    'chunks that become too many',
    'Transfer-Encoding: chunked',
    [
      ...body.map((part) => Buffer.concat([Buffer.from('100000\r\n'), part, Buffer.from('\r\n')])),
      Buffer.from('0\r\n\r\n'),
    ],
  ],
])(
  'a client that sends 20 MiB with %s reads the refusal, however late',
  async (_name, head, parts) => {
    // For the server no time passes: its patience does not end, however slowly this machine sends.
    using _clock = vi.spyOn(performance, 'now').mockReturnValue(0);
    const { answer, error } = await sendThenRead(head, parts);
    expect(error).toBeUndefined();
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('"errorCode":"BODY_TOO_LARGE"');
  },
);

test('a client that goes on sending after its refusal is left in the end', async () => {
  const socket = open();
  socket.on('error', () => {});
  socket.resume();
  await once(socket, 'connect');
  const head = `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n`;
  socket.write(`${head}Content-Length: ${20 * MIB}\r\n\r\n`);
  // Never more than a byte, and no end: neither the answer nor its own patience ends this client.
  const drip = setInterval(() => socket.write('a'), 20);
  const started = performance.now();
  await new Promise((resolve) => socket.once('close', resolve));
  clearInterval(drip);
  expect(performance.now() - started).toBeGreaterThan(1_000);
  expect(performance.now() - started).toBeLessThan(20_000);
});
