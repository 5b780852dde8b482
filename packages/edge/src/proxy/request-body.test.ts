import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { requestBody } from './request-body.ts';

/** Sends the pieces and gives what arrives, by way of `requestBody`. */
async function through(pieces: readonly Buffer[]): Promise<Buffer> {
  const server = createServer(async (incoming, response) => {
    const { stream } = requestBody(incoming);
    response.end(Buffer.concat(await stream.toArray()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    const outgoing = httpRequest({ port, method: 'POST' });
    Readable.from(pieces).pipe(outgoing);
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    return Buffer.concat(await answer.toArray());
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

test('a body arrives as it was sent, in whatever pieces', async () => {
  const piece = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
    fc.integer({ min: 1, max: 300_000 }).map((length) => Buffer.alloc(length, length % 251)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 6 }), async (pieces) => {
      expect((await through(pieces)).equals(Buffer.concat(pieces))).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test('nothing is taken from the client before somebody reads', async () => {
  const server = createServer((incoming, response) => {
    const body = requestBody(incoming);
    setImmediate(() => {
      const before = [body.isBegun(), incoming.readableFlowing];
      body.stream.resume().once('end', () => response.end(String([...before, body.isBegun()])));
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
