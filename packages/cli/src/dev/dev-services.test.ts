import { expect, test } from 'vitest';

import { devServices, FREE_PORTS } from './dev-services.ts';

test('the manager gets the directory for commands and the hosts that @rest may fetch from', () => {
  const { manager } = devServices({
    host: '127.0.0.1',
    port: 8080,
    free: Array.from({ length: FREE_PORTS }, (_none, at) => 18_000 + at),
    managerId: 'dev',
    runtimeDir: '/shop/.quicksilver/run',
    projectDir: '/shop',
    restHosts: '127.0.0.1:8091,api.example.com',
  });
  expect(manager.env).toMatchObject({
    QUICK_APPLICATION_DIRECTORY: '/shop',
    QUICK_REST_ALLOWED_HOSTS: '127.0.0.1:8091,api.example.com',
  });
});
