import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect, test } from 'vitest';

import { RequestBody } from './request-body.ts';

test('nothing is taken from the client before the body is read', async () => {
  const server = createServer((incoming, response) => {
    const body = new RequestBody(incoming);
    setImmediate(() => {
      const before = [body.isBegun, incoming.readableFlowing];
      body.resume().once('end', () => response.end(String([...before, body.isBegun])));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}`, { method: 'POST', body: 'some' });
  expect(await answer.text()).toBe('false,,true');
  server.close();
  server.closeAllConnections();
});
