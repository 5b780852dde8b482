import { once } from 'node:events';
import { Readable } from 'node:stream';

import { call } from '@quicksilver/testkit/http-call';
import { silentLog } from '@quicksilver/testkit/silent-log';
import { expect, test } from 'vitest';

import { HttpServer } from './http-server.ts';

test('a HEAD request gets the headers of a stream, and the stream is not read', async () => {
  const stream = new Readable({ read: () => undefined });
  const closed = once(stream, 'close');
  stream.push('an event');
  const server = new HttpServer({
    name: 'small',
    host: '127.0.0.1',
    port: 0,
    log: silentLog,
    keys: undefined,
    routes: (app) => {
      app.get('/events', (_request, reply) => reply.type('text/event-stream').send(stream));
    },
  });
  await server.start({ signal: new AbortController().signal, fail: () => undefined });
  try {
    const answer = await call(`http://${server.address()}/events`, { method: 'HEAD' });
    expect([answer.status, answer.headers['content-type'], answer.text]).toEqual([
      200,
      'text/event-stream',
      '',
    ]);
    await closed;
  } finally {
    await server.stop();
  }
});
