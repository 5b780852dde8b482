import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  defaultCacheDir,
  ensureKafkaJars,
  KAFKA_VERSION,
  KAFKA_VERSION_MIN,
} from './kafka-jars.ts';
import { startFileServer } from './maven/file-server.ts';

test('the cache is in XDG_CACHE_HOME, or else below the home directory', () => {
  expect(defaultCacheDir({ XDG_CACHE_HOME: '/var/cache/me', HOME: '/home/me' })).toBe(
    '/var/cache/me/quicksilver',
  );
  expect(defaultCacheDir({ HOME: '/home/me' })).toBe('/home/me/.cache/quicksilver');
});

test.each([KAFKA_VERSION, KAFKA_VERSION_MIN] as const)(
  'the JARs of Kafka %s are requested from the repository',
  async (version) => {
    await using dir = await mkdtempDisposable(join(tmpdir(), 'local-kafka-'));
    await using server = await startFileServer((_request, response) =>
      response.writeHead(404).end(),
    );
    await expect(
      ensureKafkaJars({ cacheDir: dir.path, version, repositoryUrl: server.url, env: {} }),
    ).rejects.toMatchObject({ code: 'DOWNLOAD_FAILED' });
    expect(server.requests[0]).toMatch(/^GET \/[\w./-]+\/([\w.-]+)\/([\w.-]+)\/\1-\2\.jar$/);
  },
);
