import { call } from '@quicksilver/testkit/http-call';
import { silentLog } from '@quicksilver/testkit/silent-log';
import { expect, test } from 'vitest';

import { HttpServer } from './http-server.ts';

test('a path may end with one more slash if its method is listed', async () => {
  const server = new HttpServer({
    name: 'small',
    host: '127.0.0.1',
    port: 0,
    log: silentLog,
    keys: undefined,
    slashMethods: new Set(['GET']),
    routes: (app) => {
      app.get('/topics', (request, reply) => reply.send(request.query));
      app.get('/docs/', (_request, reply) => reply.send('page'));
      app.post('/topics', (_request, reply) => reply.send('ok'));
    },
  });
  await server.start({ signal: new AbortController().signal, fail: () => undefined });
  const url = `http://${server.address()}`;
  try {
    expect((await call(`${url}/topics/?a=b/`)).json()).toEqual({ a: 'b/' });
    expect((await call(`${url}/docs/?a`)).text).toBe('page');
    expect((await call(`${url}/topics//`)).status).toBe(404);
    expect((await call(`${url}/topics/`, { json: {} })).status).toBe(404);
    expect((await call(`${url}/topics`, { json: {} })).status).toBe(200);
  } finally {
    await server.stop();
  }
});
