import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect, test } from 'vitest';

import { awaitGateways } from './await-gateways.ts';

test('a gateway for trusted documents only is ready, a gateway without a schema is not', async () => {
  const answers = [
    { status: 503, code: 'SCHEMA_MISSING' },
    { status: 503, code: 'NO_REPLICA' },
    { status: 403, code: 'DOCUMENT_NOT_TRUSTED' },
    { status: 500, code: 'INTERNAL' },
  ];
  let requestCount = 0;
  const server = createServer((_request, response) => {
    const { status, code } = answers[requestCount] ?? { status: 500, code: 'INTERNAL' };
    requestCount += 1;
    response.writeHead(status).end(JSON.stringify({ errors: [{ extensions: { code } }] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  expect(
    await awaitGateways(['shop'], { url, key: undefined }, AbortSignal.timeout(9_000)),
  ).toEqual([]);
  expect(requestCount).toBe(3);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
