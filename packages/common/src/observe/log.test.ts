import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

test('a key is not logged, at any depth of headers or configuration in the fields', () => {
  const file = fileURLToPath(new URL('log.ts', import.meta.url));
  const secret = fileURLToPath(new URL('../config/secret.ts', import.meta.url));
  const program = `
    const { createLog } = await import(${JSON.stringify(file)});
    const { Secret } = await import(${JSON.stringify(secret)});
    const log = createLog('test', 'debug');
    const headers = { 'x-api-key': 'canary', authorization: 'canary' };
    log.info({ headers }, 'one');
    log.info({ req: { headers, rawHeaders: ['X-API-Key', 'canary'] } }, 'two');
    log.info({ apiKey: 'canary', config: { apiKeys: ['canary'], peerKey: 'canary' } }, 'three');
    log.info({ secret: new Secret('canary'), list: [new Secret('canary')] }, 'four');
    log.error({ err: new Error('text', { cause: new Secret('canary') }) }, 'five');
  `;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    timeout: 25_000,
  });
  expect(stdout.trim().split('\n')).toHaveLength(5);
  expect(stdout).not.toContain('canary');
});
