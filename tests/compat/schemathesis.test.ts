import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { runProgram } from '@quicksilver/local-kafka/run-program';
import { call } from '@quicksilver/testkit/http-call';
import { ManagerBench } from '@quicksilver/testkit/test-manager';
import { expect, test } from 'vitest';

import { pythonWith } from '../e2e/clients/python-venv.ts';

const INSTALL_MS = 900_000;
const RUN_MS = 900_000;
/** The manager answers before the client gives up, and neither does while anything goes on. */
const WAIT_MS = 100_000;
const GIVE_UP_SECONDS = 120;
/** The same requests in every run; a new number finds new ones. */
const SEED = 4;
const KEY = 'a-key-that-schemathesis-knows';
const ENV = {
  QUICK_API_KEYS: KEY,
  QUICK_PEER_KEY: 'a-key-that-services-know-only',
  QUICK_MANAGER_WAIT_MS: String(WAIT_MS),
};
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_schema_conformance',
  'negative_data_rejection',
  'missing_required_header',
  'unsupported_method',
  'ignored_auth',
];

test(
  'requests that schemathesis makes of the description get documented answers, and never one of 5xx',
  async () => {
    const python = await pythonWith(new URL('schemathesis-requirements.txt', import.meta.url));
    await using dir = await mkdtempDisposable(join(tmpdir(), 'quicksilver-schemathesis-'));
    await using bench = await ManagerBench.create();
    await using manager = await bench.start({ env: ENV });
    const outcome = await runProgram({
      command: python,
      args: [
        ...['-m', 'schemathesis.cli', 'run', `${manager.url}/openapi.json`],
        ...['--header', `X-API-Key: ${KEY}`, '--url', manager.url],
        ...['--checks', CHECKS.join(','), '--phases', 'coverage,fuzzing'],
        ...['--seed', String(SEED), '--max-examples', '5', '--generation-database', 'none'],
        // An endless stream; `manager.kafka.test.ts` follows it.
        ...[
          '--exclude-path',
          '/events',
          '--request-timeout',
          String(GIVE_UP_SECONDS),
          '--no-color',
        ],
      ],
      cwd: dir.path,
      timeoutMs: RUN_MS,
    });
    await deleteTopics(manager.url);
    const said = outcome.stdout.toString('utf8');
    expect(outcome.exitCode, `${said}\n${outcome.stderr}`).toBe(0);
    expect(said).toMatch(/Test cases:\s+\d{3,} generated/);
  },
  INSTALL_MS + RUN_MS,
);

/** Kafka is shared by the whole run: what was made there is taken away. */
async function deleteTopics(url: string): Promise<void> {
  const headers = { 'X-API-Key': KEY };
  const topics = (await call(`${url}/topics`, { headers })).json() as readonly { name: string }[];
  for (const { name } of topics) {
    const path = `/topic/${encodeURIComponent(name)}?force=true`;
    const answer = await call(`${url}${path}`, {
      method: 'DELETE',
      headers,
      timeoutMs: 2 * WAIT_MS,
    });
    expect([name, answer.status]).toEqual([name, 200]);
  }
}
