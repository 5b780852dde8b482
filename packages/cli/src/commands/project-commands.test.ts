import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { runCommand, type CliOutcome } from '@quicksilver/testkit/cli-run';
import { ContractManager } from '@quicksilver/testkit/contract-manager';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { runCli } from '../run/run-cli.ts';

let manager: ContractManager;
let dir: Awaited<ReturnType<typeof mkdtempDisposable>>;

const PROJECT = `version: 1
name: shop
topics:
  views: {key: string, value: schema, schema: shop.View}
  products: {key: integer, value: json, data: products.csv}
mirrors:
  products: {rangeField: price}
gateways:
  other: {schema: other.graphql}
  shop: {schema: shop.graphql}
apps:
  enrich: {command: [node, app.js]}
`;
const SHOP = `type Query { product(id: Int!): View @topic(name: "products", keyArgument: "id") }
type View { id: Int }
`;

beforeEach(async () => {
  manager = await ContractManager.start();
  dir = await mkdtempDisposable(join(tmpdir(), 'quicksilver-project-'));
  await write('quick.yaml', PROJECT);
  await write('shop.graphql', SHOP);
  await write('other.graphql', 'type Query { a: Int }\n');
});

afterEach(async () => {
  await manager[Symbol.asyncDispose]();
  await dir.remove();
});

async function write(file: string, text: string): Promise<void> {
  await writeFile(join(dir.path, file), text);
}

async function quick(line: string): Promise<CliOutcome> {
  const env = { QUICK_URL: manager.url };
  return await runCommand(runCli, line.split(' '), { home: dir.path, env });
}

const changes = (): readonly string[] =>
  manager.requests
    .filter(({ method, path }) => method !== 'GET' && !path.includes('dryRun'))
    .map(({ method, path }) => `${method} ${path.replace('/manager/', '')}`);

test('apply creates things in the order in which they need each other, and twice changes nothing', async () => {
  expect(await quick('apply -f quick.yaml')).toEqual({
    code: 0,
    stderr: '',
    stdout: `topic/products created
gateway/shop created
topic/views created
mirror/products created
gateway/other created
app/enrich created
`,
  });
  expect(
    JSON.parse(manager.requests.find(({ path }) => path.endsWith('gateway/shop'))?.body ?? ''),
  ).toEqual({
    schema: SHOP,
  });
  expect(manager.things.get('topic/products')?.spec).toEqual({ key: 'integer', value: 'json' });
  expect(manager.things.get('mirror/products')?.spec).toEqual({
    topic: 'products',
    rangeField: 'price',
  });
  const again = await quick('apply');
  expect(again.stdout.split('\n').filter((line) => line !== '')).toHaveLength(6);
  expect(again.stdout).not.toMatch(/created|configured/);
});

test('diff ends with 0 without differences, with 1 with some, and with more where it fails', async () => {
  const first = await quick('diff -f .');
  expect(first).toMatchObject({ code: 1, stdout: expect.stringContaining('+ topic/views\n') });
  expect(changes()).toEqual([]);
  await quick('apply');
  expect(await quick('diff')).toEqual({ code: 0, stdout: '', stderr: '' });
  await write('other.graphql', 'type Query { b: Int }\n# second line\n');
  expect((await quick('diff')).stdout).toBe(
    '~ gateway/other\n    schema:\n      -type Query { a: Int }\n      +type Query { b: Int }\n      +# second line\n',
  );
  expect(await quick('diff -o name')).toMatchObject({ code: 1, stdout: 'gateway/other\n' });
  manager.refusals.set('GET /manager/status', { status: 400, detail: 'no' });
  expect((await quick('diff')).code).toBe(2);
});

test('a failure halfway says how far it came, and a second apply completes it', async () => {
  manager.refusals.set('PUT /manager/topic/views', {
    status: 409,
    detail: 'partitions cannot change',
  });
  const failed = await quick('apply');
  expect(failed).toMatchObject({
    code: 4,
    stdout: 'topic/products created\ngateway/shop created\n',
  });
  expect(failed.stderr).toContain('topic/views: Conflict: partitions cannot change');
  expect(failed.stderr).toContain(
    '2 of 6 are done. Once this is repaired, run the same command again',
  );
  expect(await quick('apply')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('gateway/shop unchanged\ntopic/views created\n'),
  });
});

test('a dry run changes nothing, and pruning deletes what is not in the file', async () => {
  await quick('apply');
  manager.things.set('gateway/old', { version: 1, spec: {} });
  manager.things.set('topic/gone', { version: 1, spec: {} });
  manager.things.set('mirror/gone', { version: 1, spec: {} });
  manager.things.set('mirror/views', { version: 1, spec: {} });
  const before = changes().length;
  expect((await quick('apply --dry-run --prune')).stdout).toContain(
    'gateway/old deleted (dry run)\ntopic/gone deleted (dry run)\n',
  );
  expect(await quick('apply --prune')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('This deletes 1 topics with all their data: gone.'),
  });
  expect(changes()).toHaveLength(before);
  expect((await quick('apply --prune --yes')).code).toBe(0);
  expect(changes().slice(-2)).toEqual(['DELETE gateway/old', 'DELETE topic/gone']);
});

test('delete goes backwards, wants a yes for topics, and passes over what is gone', async () => {
  await quick('apply');
  manager.things.delete('gateway/other');
  expect((await quick('delete -f quick.yaml')).code).toBe(2);
  expect(await quick('delete -f quick.yaml --yes')).toMatchObject({ code: 0 });
  expect(changes().slice(-5)).toEqual([
    'DELETE application/enrich',
    'DELETE gateway/shop',
    'DELETE topic/products/mirror',
    'DELETE topic/products',
    'DELETE topic/views',
  ]);
  expect((await quick('delete -f quick.yaml --yes')).stderr).toBe(
    'Nothing of the project is there.\n',
  );
});

test('mistakes of schemas are told with their lines, and nothing is changed', async () => {
  await write(
    'shop.graphql',
    SHOP.replace('"products"', '"prodcts"').replace('type View', 'type Views'),
  );
  await write('other.graphql', 'type Query {\n  a: \n}\n');
  const { code, stderr } = await quick('apply');
  expect(code).toBe(2);
  expect(stderr).toContain(
    'shop.graphql:1:51: expected a topic of the project or of the deployment, found "prodcts". Did you mean "products"?',
  );
  expect(stderr).toContain(
    'topics.views.schema: expected a type of the schema of gateway shop, found "View". Did you mean "Views"?',
  );
  expect(stderr).toContain('other.graphql:3:1: Syntax Error');
  expect(changes()).toEqual([]);
});

test('init writes a project that can be applied, and never over a file', async () => {
  const outcome = await quick('init tea-shop');
  expect(outcome.stdout).toBe(
    ['quick.yaml', 'schema.graphql', 'query.graphql', 'products.ndjson', '.gitignore', 'README.md']
      .map((file) => `tea-shop/${file} created\n`)
      .join(''),
  );
  expect(outcome.stderr).toBe('\nNext: cd tea-shop && quick dev\n');
  expect(await quick('apply -f tea-shop')).toMatchObject({ code: 0 });
  expect(await quick('diff -f tea-shop --environment production')).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('replicas: 3'),
  });
  await write('tea-shop/quick.yaml', 'mine');
  expect(await quick('init tea-shop')).toMatchObject({ code: 4 });
  expect(await readFile(join(dir.path, 'tea-shop/quick.yaml'), 'utf8')).toBe('mine');
});
