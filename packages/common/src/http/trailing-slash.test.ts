import { call } from '@quicksilver/testkit/http-call';
import { silentLog } from '@quicksilver/testkit/silent-log';
import { expect, test } from 'vitest';

import { HttpServer } from './http-server.ts';

test.each([
  [true, 200],
  [undefined, 404],
])('if ignoresTrailingSlash is %s, a path with one more slash is %i', async (ignores, status) => {
  const server = new HttpServer({
    name: 'small',
    host: '127.0.0.1',
    port: 0,
    log: silentLog,
    keys: undefined,
    ...(ignores === undefined ? {} : { ignoresTrailingSlash: ignores }),
    routes: (app) => {
      app.get('/topics', (_request, reply) => reply.send('ok'));
    },
  });
  await server.start({ signal: new AbortController().signal, fail: () => undefined });
  try {
    expect((await call(`http://${server.address()}/topics`)).status).toBe(200);
    expect((await call(`http://${server.address()}/topics/`)).status).toBe(status);
  } finally {
    await server.stop();
  }
});
