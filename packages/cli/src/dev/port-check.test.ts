import { createServer, type AddressInfo } from 'node:net';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { PortCheck } from './port-check.ts';

const server = createServer();
let port = 0;

beforeEach(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
});

test('a port in use is refused in a sentence that names it and the way out', async () => {
  const check = new PortCheck('127.0.0.1', [
    { port, purpose: 'the mirror', env: 'QUICK_MIRROR_PORT' },
  ]);
  await expect(check.start()).rejects.toMatchObject({
    message: `Port ${port} on 127.0.0.1, wanted for the mirror, is in use by another program.`,
    whatToDo: expect.stringContaining('QUICK_MIRROR_PORT=<port> npm start'),
  });
});

test('two services that want one port are told so', async () => {
  const wanted = { port: 1, purpose: 'the mirror', env: 'A' };
  await new Promise((resolve) => server.close(resolve));
  const check = new PortCheck('127.0.0.1', [
    { ...wanted, port },
    { ...wanted, port, purpose: 'the gateway', env: 'B' },
  ]);
  await expect(check.start()).rejects.toThrow(
    `Port ${port} is wanted for the mirror and for the gateway.`,
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

test('free ports pass', async () => {
  await new Promise((resolve) => server.close(resolve));
  const check = new PortCheck('127.0.0.1', [{ port, purpose: 'x', env: 'X' }]);
  await expect(check.start()).resolves.toBeUndefined();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
