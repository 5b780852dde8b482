import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

import { silentLog } from '@quicksilver/testkit/silent-log';
import { expect, test } from 'vitest';

import { HttpServer } from './http-server.ts';

/** Longer than a stopping server waits for the next request of a connection that is open. */
const STANDSTILL_MS = 400;
const REQUEST = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';

test('a request that came while a stopping server stood still is answered', async () => {
  const server = new HttpServer({
    name: 'small',
    host: '127.0.0.1',
    port: 0,
    log: silentLog,
    keys: undefined,
    routes: (app) => void app.get('/', () => 'taken'),
  });
  await server.start({ signal: new AbortController().signal, fail: () => {} });
  const client = connect({ port: Number(server.address().split(':')[1]), host: '127.0.0.1' });
  client.write(REQUEST);
  await once(client, 'readable');
  expect(String(client.read())).toContain('200 OK');

  const drained = server.drain(new AbortController().signal);
  client.write(REQUEST);
  standStill();
  const answer = text(client);
  await drained;
  await server.stop();
  expect(await answer).toContain('"errorCode":"SHUTTING_DOWN"');
});

/** As on a machine that has too much to do. */
function standStill(): void {
  for (const until = performance.now() + STANDSTILL_MS; performance.now() < until;);
}
