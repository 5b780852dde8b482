import { mkdtempDisposable, readFile, stat, writeFile } from 'node:fs/promises';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { runCommand, type CliAround, type CliOutcome } from '@quicksilver/testkit/cli-run';
import { ContractManager } from '@quicksilver/testkit/contract-manager';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { runCli } from './run-cli.ts';

let manager: ContractManager;
let home: Awaited<ReturnType<typeof mkdtempDisposable>>;

beforeEach(async () => {
  manager = await ContractManager.start();
  home = await mkdtempDisposable(join(tmpdir(), 'quicksilver-cli-'));
});

afterEach(async () => {
  await manager[Symbol.asyncDispose]();
  await home.remove();
});

/** Words are separated by blanks; an array where one has a blank in it. */
async function quick(
  line: string | readonly string[],
  around: Omit<CliAround, 'home'> = {},
): Promise<CliOutcome> {
  const argv = typeof line === 'string' ? line.split(' ').filter((word) => word !== '') : line;
  return await runCommand(runCli, argv, {
    home: home.path,
    ...around,
    env: { QUICK_URL: manager.url, ...around.env },
  });
}

const ok = (stdout: string): CliOutcome => ({ code: 0, stdout, stderr: '' });

describe('the commands of quick-cli 0.8.0 print what they printed there', () => {
  test('topics', async () => {
    expect(
      await quick('topic create products -k INT -v schema -s shop.Product --immutable'),
    ).toEqual(ok('Created new topic products\n'));
    const [created] = manager.requests;
    expect(created?.path).toBe('/manager/topic/products?keyType=integer&valueType=schema');
    expect(JSON.parse(created?.body ?? '')).toEqual({
      writeType: 'IMMUTABLE',
      valueSchema: { gateway: 'shop', type: 'Product' },
    });
    expect(await quick('topic list')).toEqual(ok('products\n'));
    manager.things.set('topic/t', { version: 1, spec: { schema: 'type P { id: Int }' } });
    expect(await quick('topic describe t')).toEqual(
      ok(
        'Name: t\nKey Type: STRING\nValue Type: JSON\nWrite Type: MUTABLE\nSchema:\ntype P { id: Int }\n',
      ),
    );
    expect(await quick('topic delete t --context x', { env: {} })).toMatchObject({ code: 1 });
    expect(await quick('topic delete t --debug')).toMatchObject({
      code: 0,
      stdout: 'Deleted topic t\n',
    });
  });

  test('gateways', async () => {
    const file = join(home.path, 's.graphql');
    await writeFile(file, 'type Query { a: Int }\n# b\n');
    expect(await quick(`gateway create shop --replicas 2 --tag 1 -s ${file}`)).toEqual(
      ok('Create gateway shop (this may take a few seconds)\n'),
    );
    expect(JSON.parse(manager.requests[0]?.body ?? '')).toEqual({
      name: 'shop',
      replicas: 2,
      tag: '1',
      schema: 'type Query { a: Int }\n# b\n',
    });
    expect(await quick('gateway list')).toEqual(ok('shop\n'));
    expect(await quick('gateway describe shop')).toEqual(ok('Name: shop\nReplicas: 2\nTag: 1\n'));
    expect(await quick('gateway schema shop Product')).toEqual(ok('type Product { id: Int }\n'));
    expect(await quick('gateway apply shop -f -', { stdin: 'type Query { a: Int }' })).toEqual(
      ok('Applied schema to gateway shop\n'),
    );
    expect(await quick('gateway delete shop')).toEqual(ok('Deleted gateway shop\n'));
  });

  test('mirrors and applications', async () => {
    expect(await quick('mirror create t --replicas 2 --range-field ts')).toEqual(
      ok('Create mirror for topic t (this may take a few seconds)\n'),
    );
    expect(JSON.parse(manager.requests[0]?.body ?? '')).toEqual({
      name: 't',
      topicName: 't',
      replicas: 2,
      rangeField: 'ts',
    });
    manager.things.set('mirror/t', { version: 1, spec: {} });
    expect(await quick('mirror delete t')).toEqual(ok('Deleted mirror t\n'));
    expect(manager.requests.at(-1)?.path).toBe('/manager/topic/t/mirror');
    expect(
      await quick('app deploy a --registry r --image i --tag 1 --args in=x out=y=z --port 80'),
    ).toEqual(ok('Deployed application a\n'));
    expect(JSON.parse(manager.requests.at(-1)?.body ?? '')).toEqual({
      name: 'a',
      registry: 'r',
      imageName: 'i',
      tag: '1',
      replicas: 1,
      port: 80,
      arguments: { in: 'x', out: 'y=z' },
    });
    expect(await quick('app delete a')).toEqual(ok('Deleted application a\n'));
  });

  test('contexts, with Quick’s address of the manager and a file for nobody else', async () => {
    const env = { QUICK_URL: '' };
    expect(await quick('context create --host http://h:1/ --key k1', { env })).toMatchObject({
      code: 0,
      stdout: '',
    });
    await quick('context create --host https://www.b.com --key k2 --context b', { env });
    expect((await quick('context list', { env })).stdout).toBe(
      'b:\n  apiKey: k2\n  host: https://www.b.com/manager\nh:1:\n  apiKey: k1\n  host: http://h:1/manager\ncurrentContext: h:1\n',
    );
    expect((await quick('context activate b', { env })).code).toBe(0);
    expect((await quick('context describe', { env })).stdout).toBe(
      'apiKey: k2\nhost: https://www.b.com/manager\n',
    );
    expect((await quick('context describe -o json', { env })).stdout).not.toContain('k2');
    const mode = (await stat(join(home.path, '.config/quicksilver/config.yaml'))).mode;
    expect(mode & 0o777).toBe(0o600);
    expect(await quick('context activate hh', { env })).toMatchObject({ code: 3 });
  });
});

test('the contexts of quick-cli are taken over, and ours are kept', async () => {
  const env = { QUICK_URL: '' };
  await mkdir(join(home.path, '.config'));
  await writeFile(
    join(home.path, '.config/quick.conf'),
    'contexts:\n  a:\n    apiKey: k\n    host: http://a/manager\n  b:\n    apiKey: k\n    host: http://b/manager\ncurrentContext: a\n',
  );
  expect((await quick('topic list', { env })).stderr).toContain('quick context import');
  await quick('context create --host http://mine --key m --context b', { env });
  expect((await quick('context import', { env })).stdout).toBe(
    'context/a created\ncontext/b unchanged\n',
  );
  const text = await readFile(join(home.path, '.config/quicksilver/config.yaml'), 'utf8');
  expect(text).toContain('http://mine/manager');
  expect(text).toContain('currentContext: b');
});

test('the key of a context is sent to its host, and to no other', async () => {
  const env = { QUICK_URL: '' };
  await quick(`context create --host ${manager.url} --key-file - --context c`, {
    env,
    stdin: 'secret\n',
  });
  await quick('topic list', { env });
  await quick(`topic list -X host=${manager.url}`, { env });
  await quick('topic list', { env: { QUICK_APIKEY: 'other' } });
  expect(manager.requests.map(({ key }) => key)).toEqual(['secret', undefined, 'other']);
});

test('what fails says what to do, and ends with its own code', async () => {
  manager.refusals.set('GET /manager/topics', { status: 401, detail: '' });
  expect(await quick('topic list')).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('Unauthorized.\n Your API key is invalid.'),
  });
  expect(await quick('gateway describe x')).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('There is no gateway x created. Please create one using'),
  });
  manager.refusals.set('DELETE /manager/topic/t', { status: 409, detail: 'gateway g uses it' });
  expect(await quick('topic delete t -o json')).toMatchObject({ code: 2 });
  expect(await quick('delete topic t --yes -o json')).toMatchObject({
    code: 4,
    stderr: expect.stringMatching(/^\{"code":"HTTP_409","message":"Conflict: gateway g uses it"/),
  });
  expect(await quick('get topics -X host=http://127.0.0.1:1')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('quick doctor'),
  });
});

test.each([
  ['topik list', 'Did you mean "topic"?'],
  ['topic lst', 'Did you mean "list"?'],
  ['topic', 'No subcommand specified.'],
  ['get gatway', 'Did you mean "gateway"?'],
  ['topic create x -k strin -v json', 'Did you mean "string"?'],
  ['topic create x -k string -v schema', 'Please specify a schema with -s/--schema.'],
  ['get topics -o tabel', 'Did you mean "table"?'],
  ['topic list -X borkers=x', 'Did you mean "brokers"?'],
  ['topic list --contxt x', '--context'],
  ['delete topic t', '--yes'],
])('wrong usage, `quick %s`, is told and ends with 2', async (line, says) => {
  const outcome = await quick(line);
  expect(outcome).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(says) });
  expect(manager.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
});

test('get lists in every format, and watches', async () => {
  manager.things.set('gateway/shop', { version: 1, spec: { replicas: 1 } });
  expect((await quick('get gw')).stdout).toBe(
    'NAME   REPLICAS   STATE\nshop   1          Running\n',
  );
  expect((await quick('get gateways -o name')).stdout).toBe('gateway/shop\n');
  expect(JSON.parse((await quick('get gw shop -o json')).stdout)).toMatchObject([{ name: 'shop' }]);
  expect((await quick('get gw -o help')).stdout).toContain('REPLICAS');
  expect((await quick('get')).stdout).toContain('gateway/shop   Running');
  expect((await quick('get gw shp')).stderr).toContain('Did you mean "shop"?');
  expect((await quick('get -w -o json')).stdout).toContain('"state":"Running"');
  expect((await quick('describe gw/shop')).stdout).toContain('state: Running');
  expect((await quick('logs gw shop')).stdout).toBe('first line\nsecond line\n');
});

test('a query keeps every digit, and a record is sent in the types of its topic', async () => {
  expect(
    (await quick(['query', 'shop', '{ big }', '--variables', '{"id":12345678901234567890}']))
      .stdout,
  ).toBe('{\n  "data": {\n    "big": 12345678901234567890\n  }\n}\n');
  expect(manager.requests[0]).toMatchObject({
    path: '/gateway/shop/graphql',
    body: '{"query":"{ big }","variables":{"id":12345678901234567890}}',
  });
  manager.things.set('topic/t', { version: 1, spec: {} });
  expect(await quick(['produce', 't', '-k', '1', '--value', '{"n":1}'])).toEqual(
    ok('topic/t partition 1 offset 41\n'),
  );
  expect(manager.requests.at(-1)?.body).toBe('{"key":"1","value":{"n":1}}');
  expect(await quick(['produce', 't', '-k', '1', '--value', 'tea'])).toMatchObject({ code: 2 });
  expect((await quick('tail t')).stderr).toContain('-X brokers=');
});
