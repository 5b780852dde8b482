import { createServer, type AddressInfo } from 'node:net';

import { expect, test } from 'vitest';

import { requirePort } from './port-check.ts';

test('a port in use is rejected with its number and a remedy, a free port is accepted', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await expect(requirePort('127.0.0.1', port)).rejects.toMatchObject({
    message: `Port ${port} on 127.0.0.1, the port for users, is in use by another program.`,
    hint: expect.stringContaining('QUICK_PORT=<port> npm start'),
  });
  await new Promise((resolve) => server.close(resolve));
  await expect(requirePort('127.0.0.1', port)).resolves.toBeUndefined();
});

test('an address that this machine does not have is rejected', async () => {
  await expect(requirePort('203.0.113.1', 8080)).rejects.toThrow(
    'Port 8080 on 203.0.113.1 cannot be used (EADDRNOTAVAIL).',
  );
});
