import { expect, test } from 'vitest';

import { devServices, FREE_PORTS } from './dev-services.ts';

test('the manager and the edge get the settings of the project', () => {
  const { manager, edge } = devServices({
    host: '127.0.0.1',
    port: 8080,
    free: Array.from({ length: FREE_PORTS }, (_none, at) => 18_000 + at),
    managerId: 'dev',
    runtimeDir: '/shop/.quicksilver/run',
    projectDir: '/shop',
    restHosts: '127.0.0.1:8091,api.example.com',
    origins: 'http://app.test:3000',
  });
  expect(edge.env).toMatchObject({ QUICK_CORS_ORIGINS: 'http://app.test:3000' });
  expect(manager.env).toMatchObject({
    QUICK_APPLICATION_DIRECTORY: '/shop',
    QUICK_REST_ALLOWED_HOSTS: '127.0.0.1:8091,api.example.com',
  });
});
