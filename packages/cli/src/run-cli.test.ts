import { once } from 'node:events';
import { mkdir, mkdtempDisposable, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { runCommand, type CliAround, type CliOutcome } from '@quicksilver/testkit/cli-run';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { runCli } from './run-cli.ts';

let home: Awaited<ReturnType<typeof mkdtempDisposable>>;

beforeEach(async () => {
  home = await mkdtempDisposable(join(tmpdir(), 'quicksilver-cli-'));
});

afterEach(() => home.remove());

const quick = (line: string, around: Omit<CliAround, 'home'> = {}): Promise<CliOutcome> =>
  runCommand(runCli, line.split(' '), { home: home.path, ...around });

test('contexts print the same as quick-cli, and only the user can read their file', async () => {
  expect(await quick('context create --host http://h:1/ --key k1')).toMatchObject({
    code: 0,
    stdout: '',
  });
  await quick('context create --host https://www.b.com --key k2 --context b');
  expect((await quick('context list')).stdout).toBe(
    'b:\n  apiKey: k2\n  host: https://www.b.com/manager\nh:1:\n  apiKey: k1\n  host: http://h:1/manager\ncurrentContext: h:1\n',
  );
  expect((await quick('context activate b')).code).toBe(0);
  expect((await quick('context describe')).stdout).toBe(
    'apiKey: k2\nhost: https://www.b.com/manager\n',
  );
  expect((await quick('context describe -o json')).stdout).not.toContain('k2');
  const mode = (await stat(join(home.path, '.config/quicksilver/config.yaml'))).mode;
  expect(mode & 0o777).toBe(0o600);
  expect(await quick('context activate hh')).toMatchObject({ code: 3 });
});

test('the contexts of quick-cli are imported, and existing contexts stay', async () => {
  await mkdir(join(home.path, '.config'));
  await writeFile(
    join(home.path, '.config/quick.conf'),
    'contexts:\n  a:\n    apiKey: k\n    host: http://a/manager\n  b:\n    apiKey: k\n    host: http://b/manager\ncurrentContext: a\n',
  );
  expect((await quick('topic list')).stderr).toContain('quick context import');
  await quick('context create --host http://mine --key m --context b');
  expect((await quick('context import')).stdout).toBe('context/a created\ncontext/b unchanged\n');
  const text = await readFile(join(home.path, '.config/quicksilver/config.yaml'), 'utf8');
  expect(text).toContain('http://mine/manager');
  expect(text).toContain('currentContext: b');
});

test('an error code is explained with its remedy, and a misspelled one gets a suggestion', async () => {
  expect(await quick('explain key_exists')).toMatchObject({
    code: 0,
    stdout:
      'KEY_EXISTS (HTTP 409): The key exists already.\nUse another key; a key of an immutable topic is written once.\nA retry of the same request fails again.\n',
  });
  expect(await quick('explain KEY_EXIST')).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('Did you mean "KEY_EXISTS"?'),
  });
});

test('the key of a context is sent only to its host', async () => {
  const keys: unknown[] = [];
  await using server = createServer((request, response) => {
    keys.push(request.headers['x-api-key']);
    response.writeHead(200, { 'content-type': 'application/json' }).end('[]');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await quick(`context create --host ${url} --key-file - --context c`, { stdin: 'secret\n' });
  await quick('topic list');
  await quick(`topic list -X host=${url}`);
  await quick('topic list', { env: { QUICK_APIKEY: 'other', QUICK_URL: url } });
  expect(keys).toEqual(['secret', undefined, 'other']);
});

test("a command that changes a deployment prints which one, and quick-cli's only at a terminal", async () => {
  await quick('context create --host http://127.0.0.1:1 --key k --context production');
  const line = 'Deployment: production (http://127.0.0.1:1/manager)\n';
  expect((await quick('delete gateway shop')).stderr).toContain(line);
  expect((await quick('produce products -k 1 --value 2')).stderr).toContain(line);
  expect((await quick('get gateways')).stderr).not.toContain('Deployment:');
  expect((await quick('gateway delete shop')).stderr).not.toContain('Deployment:');
});

test.each([
  ['topik list', 'Did you mean "topic"?'],
  ['topic lits', 'Did you mean "list"?'],
  ['topic', 'No subcommand specified.'],
  ['get gatway', 'Did you mean "gateway"?'],
  ['topic create x -k strin -v json', 'Did you mean "string"?'],
  ['topic create x -k string -v schema', 'Please specify a schema with -s/--schema.'],
  ['get topics -o tabel', 'Did you mean "table"?'],
  ['topic list -X borkers=x', 'Did you mean "brokers"?'],
  ['topic list --contxt x', '--context'],
  ['topic delete t -o json', '-o'],
  ['delete topic t', '--yes'],
])('wrong usage, `quick %s`, is reported with exit code 2', async (line, says) => {
  // No server listens on port 1, so a request would end with exit code 1.
  const outcome = await quick(line, { env: { QUICK_URL: 'http://127.0.0.1:1' } });
  expect(outcome).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(says) });
});

test('quick alone prints its help, and quick version its version', async () => {
  expect(await quick('--no-input')).toEqual(await quick('--help'));
  expect(await runCommand(runCli, [], { home: home.path })).toEqual(await quick('--help'));
  expect(await quick('version')).toEqual(await quick('--version'));
  expect((await quick('version')).stdout).toMatch(/^quick \(version \d+\.\d+\.\d+\)\n$/);
});

test('a key that is no number is no reason to quote it', async () => {
  await using server = createServer((_request, response) => {
    const topic = { name: 't', keyType: 'LONG', valueType: 'JSON', status: null };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(topic));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const env = { QUICK_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  const key = await quick('produce t -k abc --value 1', { env });
  expect(key).toMatchObject({ code: 2, stderr: expect.stringContaining('Write a number') });
  const value = await quick('produce t -k 1 --value abc', { env });
  expect(value.stderr).toContain(`A string in JSON has quotes: '"abc"'`);
});

test('a gateway is called missing only if it is missing', async () => {
  let answer = {
    status: 501,
    body: { title: 'Not Implemented', detail: 'no Avro', errorCode: 'NOT_IMPLEMENTED' },
  };
  await using server = createServer((_request, response) => {
    const headers = { 'content-type': 'application/json' };
    response.writeHead(answer.status, headers).end(JSON.stringify(answer.body));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const env = { QUICK_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  expect((await quick('gateway schema library Book --avro', { env })).stderr).toBe(
    'quick: Not Implemented: no Avro\n',
  );
  answer = {
    status: 404,
    body: { title: 'Not Found', detail: 'no', errorCode: 'RESOURCE_NOT_FOUND' },
  };
  expect((await quick('gateway schema library Book', { env })).stderr).toContain(
    'There is no gateway library created.',
  );
});

test('an unreachable host is reported with a remedy', async () => {
  expect(await quick('get topics -X host=http://127.0.0.1:1')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('quick doctor'),
  });
  expect(await quick('topic list --context x')).toMatchObject({ code: 1 });
});
