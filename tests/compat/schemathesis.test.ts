import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { runProgram } from '@quicksilver/processes/run-program';
import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { call } from '@quicksilver/testkit/http-call';
import { ManagerBench } from '@quicksilver/testkit/test-manager';
import { TestNetwork } from '@quicksilver/testkit/test-network';
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

const SUCCESS = {
  exitCode: 0,
  output: expect.stringMatching(/Test cases:\s+\d{3,} generated/),
};
/** 501: types as Avro schemas are not implemented. */
const MANAGER_CONFIG = `
[checks]
not_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", "501"]
`;
/** 207: only some items of an array are invalid. */
const DATA_CONFIG = `
[checks]
negative_data_rejection.expected-statuses = ["207", "4xx"]
`;

test(
  'the manager returns documented responses to the requests of schemathesis, and never 5xx',
  async () => {
    await using bench = await ManagerBench.create();
    await using manager = await bench.start({ env: ENV });
    // `/events` is an endless stream. `manager.kafka.test.ts` follows it.
    const args = ['--exclude-path', '/events'];
    const outcome = await runSchemathesis(manager.url, args, MANAGER_CONFIG);
    await deleteTopics(manager.url);
    expect(outcome, outcome.output).toEqual(SUCCESS);
  },
  INSTALL_MS + RUN_MS,
);

test(
  'ingest and the mirror return documented responses to the requests of schemathesis, and never 5xx',
  async () => {
    const topic = uniqueTopic('schemathesis');
    const { QUICK_API_KEYS, QUICK_PEER_KEY } = ENV;
    await using network = await TestNetwork.start({
      broker: testBroker(),
      topics: [{ name: topic, partitions: 3 }],
      env: {
        ingest: { QUICK_API_KEYS, QUICK_PEER_KEY },
        mirror: { QUICK_API_KEYS, QUICK_PEER_KEY },
      },
    });
    const config = `${DATA_CONFIG}[parameters]\n"path.topic" = "${topic}"\n`;
    const outcome = await runSchemathesis(network.ingest.url, [], config);
    expect(outcome, outcome.output).toEqual(SUCCESS);
    // Only replicas send requests to each other, so they need not reject invalid ones.
    const [mirror] = network.mirrors(topic);
    const args = ['--exclude-tag', 'replicas'];
    const read = await runSchemathesis(mirror?.url ?? '', args, config);
    expect(read, read.output).toEqual(SUCCESS);
  },
  INSTALL_MS + RUN_MS,
);

async function runSchemathesis(
  url: string,
  args: readonly string[],
  config = '',
): Promise<{ readonly exitCode: number | null; readonly output: string }> {
  const python = await pythonWith(new URL('schemathesis-requirements.txt', import.meta.url));
  await using dir = await mkdtempDisposable(join(tmpdir(), 'quicksilver-schemathesis-'));
  await writeFile(join(dir.path, 'schemathesis.toml'), config);
  const { exitCode, stdout, stderr } = await runProgram({
    command: python,
    args: [
      ...['-m', 'schemathesis.cli', 'run', `${url}/openapi.json`],
      ...['--header', `X-API-Key: ${KEY}`, '--url', url],
      ...['--checks', CHECKS.join(','), '--phases', 'coverage,fuzzing'],
      ...['--seed', String(SEED), '--max-examples', '5', '--generation-database', 'none'],
      ...['--request-timeout', String(GIVE_UP_SECONDS), '--no-color'],
      ...args,
    ],
    cwd: dir.path,
    timeoutMs: RUN_MS,
  });
  return { exitCode, output: `${stdout.toString('utf8')}\n${stderr}` };
}

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
