import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { CliBench } from '@quicksilver/testkit/cli-bench';
import type { CliOutcome } from '@quicksilver/testkit/cli-run';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';

import { runCli } from '../../run-cli.ts';

let bench: CliBench;
/** All test files share the topics of Kafka, so the names are unique. */
let [products, views] = ['', ''];

const SHOP =
  (): string => `type Query { product(id: Int!): View @topic(name: "${products}", keyArgument: "id") }
type View { id: Int }
`;
const OTHER = (field: string): string =>
  `type Query { ${field}: [JSON] @topic(name: "${products}") }\n`;
const PROJECT = (): string => `version: 1
name: shop
topics:
  ${views}: {key: string, value: schema, schema: shop.View}
  ${products}: {key: integer, value: json, data: products.csv}
mirrors:
  ${products}: {rangeField: price}
gateways:
  other: {schema: other.graphql}
  shop: {schema: shop.graphql}
apps:
  enrich: {command: [node, app.js]}
`;

beforeAll(async () => {
  bench = await CliBench.start(runCli);
});
afterAll(() => bench[Symbol.asyncDispose]());

beforeEach(async () => {
  const run = randomUUID().slice(0, 8);
  [products, views] = [`products-${run}`, `views-${run}`];
  await write('quick.yaml', PROJECT());
  await write('shop.graphql', SHOP());
  await write('other.graphql', OTHER('a'));
});
afterEach(async () => {
  for (const { kind, name } of (await status()).toReversed()) {
    await quick(`delete ${kind} ${name} --yes --force`);
  }
  const left = await labels();
  if (left.length > 0) {
    throw new Error(`The next test would find ${left.join(', ')}`);
  }
});

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(join(bench.home, file)), { recursive: true });
  await writeFile(join(bench.home, file), text);
}

/** Every change also prints its deployment, which these tests leave out. */
const quick = async (line: string, stdin = ''): Promise<CliOutcome> => {
  const { stderr, ...outcome } = await bench.quick(line, { stdin });
  return { ...outcome, stderr: stderr.replace(`Deployment: ${bench.url}/manager\n`, '') };
};
const inLines = (stdout: string): readonly string[] => stdout.split('\n').slice(0, -1);

async function status() {
  const answer = await bench.manager.send('GET', '/status');
  return (answer.json() as { resources: { kind: string; name: string; version: number }[] })
    .resources;
}
const labels = async (): Promise<readonly string[]> =>
  (await status()).map(({ kind, name, version }) => `${kind}/${name} ${version}`).toSorted();

const ORDER = (): readonly string[] => [
  `topic/${products}`,
  'gateway/shop',
  `topic/${views}`,
  `mirror/${products}`,
  'gateway/other',
  'app/enrich',
];

test('apply creates resources in the order of their dependencies, and a second run changes nothing', async () => {
  expect(await quick('apply -f quick.yaml')).toEqual({
    code: 0,
    stderr: '',
    stdout: ORDER()
      .map((label) => `${label} created\n`)
      .join(''),
  });
  const made = await labels();
  expect(made).toHaveLength(7);
  expect((await bench.manager.send('GET', `/topic/${products}`)).json()).toMatchObject({
    keyType: 'INTEGER',
    valueType: 'JSON',
    // The mirror has a range, and compaction would drop versions of it.
    configs: { 'cleanup.policy': 'delete', 'retention.ms': '-1' },
  });
  expect((await bench.manager.send('GET', `/mirror/${products}`)).json()).toMatchObject({
    topicName: products,
    mirrorArguments: { rangeField: 'price' },
  });
  const again = await quick('apply');
  expect([again.code, inLines(again.stdout)]).toEqual([
    0,
    ORDER().map((label) => `${label} unchanged`),
  ]);
  expect(await labels()).toEqual(made);
});

test('diff has exit code 0 without differences, 1 with differences, and 2 if it fails', async () => {
  const first = await quick('diff -f .');
  expect(first).toMatchObject({ code: 1, stdout: expect.stringContaining(`+ topic/${views}\n`) });
  expect(await status()).toEqual([]);
  await quick('apply');
  expect(await quick('diff')).toEqual({ code: 0, stdout: '', stderr: '' });
  await write('other.graphql', `${OTHER('b')}# second line\n`);
  expect((await quick('diff')).stdout).toBe(
    `~ gateway/other\n    schema:\n      -${OTHER('a')}      +${OTHER('b')}      +# second line\n    breaking change: Query.a was removed.\n`,
  );
  expect(await quick('diff -o name')).toMatchObject({ code: 1, stdout: 'gateway/other\n' });
  await write('other.graphql', 'type Query { b: Unknown }\n');
  expect((await quick('diff')).code).toBe(2);
  expect((await quick('diff -X host=http://127.0.0.1:1')).code).toBe(2);
});

test('a breaking change of a schema is named before it is applied, and needs --allow-breaking', async () => {
  await quick('apply');
  await write('shop.graphql', SHOP().replace('{ id: Int }', '{ name: String }'));
  const text = 'gateway/shop: View.id was removed.';
  expect(await quick('diff')).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('\n    breaking change: View.id was removed.\n'),
  });
  expect(await quick('apply --dry-run')).toMatchObject({
    code: 0,
    stderr: `Breaking change: ${text}\n`,
  });
  const before = await labels();
  for (const command of ['apply', 'gateway apply shop -f shop.graphql']) {
    const refused = await quick(command);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining(`- ${text}`)]);
    expect(refused.stderr).toContain('run it again with --allow-breaking');
    expect(await labels()).toEqual(before);
  }
  expect(await quick('apply --allow-breaking')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('gateway/shop configured\n'),
    stderr: `Breaking change: ${text}\n`,
  });
  await write('shop.graphql', SHOP().replace('{ id: Int }', '{ name: String, id: Int }'));
  expect(await quick('apply')).toMatchObject({ code: 0, stderr: '' });
  await write('shop.graphql', SHOP());
  expect(await quick('gateway apply shop -f shop.graphql --allow-breaking')).toEqual({
    code: 0,
    stdout: 'Applied schema to gateway shop\n',
    stderr: 'Breaking change: gateway/shop: View.name was removed.\n',
  });
});

test('apply and diff say what happens to a topic that is not in the project any more', async () => {
  const old = `old-${products}`;
  await write(
    'quick.yaml',
    PROJECT().replace('mirrors:', `  ${old}: {key: int, value: json}\nmirrors:`),
  );
  expect(await quick('apply')).toMatchObject({ code: 0, stderr: '' });
  await write('quick.yaml', PROJECT());
  const text = `Topic ${old} is not in the project. It stays in Kafka with its records, and its mirror keeps running. To delete everything that is not in the project, use --prune.\n`;
  expect(await quick('diff')).toEqual({ code: 0, stdout: '', stderr: text });
  expect(await quick('apply')).toMatchObject({ code: 0, stderr: text });
  expect(await labels()).toEqual(expect.arrayContaining([`mirror/${old} 1`, `topic/${old} 1`]));
  // A schema of another project may use a topic.
  await write('other.graphql', OTHER('a').replace(products, old));
  expect(await quick('apply')).toMatchObject({ code: 0, stderr: '' });
});

test('a failed apply reports its progress, and a second apply completes it', async () => {
  await quick(`topic create ${views} -k long -v string`);
  const failed = await quick('apply');
  expect(failed).toMatchObject({
    code: 4,
    stdout: `topic/${products} created\ngateway/shop created\n`,
  });
  expect(failed.stderr).toContain(`topic/${views}: Conflict: Topic ${views} exists`);
  expect(failed.stderr).toContain('key (LONG to STRING)');
  expect(failed.stderr).toContain(
    '2 of 6 are done. Correct the problem and run the same command again',
  );
  await quick(`topic delete ${views}`);
  expect(await quick('apply')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`gateway/shop unchanged\ntopic/${views} created\n`),
  });
  expect(await quick('diff')).toMatchObject({ code: 0, stdout: '' });
});

test('a dry run changes nothing, and --prune deletes resources that are not in the file', async () => {
  await quick('apply');
  const extra = `extra-${products}`;
  await quick(`gateway create old`);
  await quick(`topic create ${extra} -k int -v long`);
  const before = await labels();
  expect((await quick('apply --dry-run --prune')).stdout).toContain(
    `gateway/old deleted (dry run)\ntopic/${extra} deleted (dry run)\n`,
  );
  expect(await quick('apply --prune')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(`This deletes topic ${extra} with all its data.`),
  });
  expect(await labels()).toEqual(before);
  expect((await quick('apply --prune --yes')).code).toBe(0);
  expect(await labels()).toEqual(before.filter((label) => !/extra-|\/old /.test(label)));
});

test('delete uses the reverse order, asks before it deletes topics, and skips missing resources', async () => {
  await quick('apply');
  await quick('gateway delete other');
  expect((await quick('delete -f quick.yaml')).code).toBe(2);
  expect(await quick('delete -f quick.yaml --yes')).toMatchObject({
    code: 0,
    stdout: [
      'app/enrich',
      'gateway/shop',
      `mirror/${products}`,
      `topic/${products}`,
      `topic/${views}`,
    ]
      .map((label) => `${label} deleted\n`)
      .join(''),
  });
  expect(await status()).toEqual([]);
  expect((await quick('delete -f quick.yaml --yes')).stderr).toBe(
    'The deployment has no resource of the project.\n',
  );
});

test('mistakes in schemas are reported with their lines, and nothing is changed', async () => {
  await write(
    'shop.graphql',
    SHOP()
      .replace(`"${products}"`, `"${products.replace('products', 'prodcts')}"`)
      .replace('type View', 'type Views'),
  );
  await write('other.graphql', 'type Query {\n  a: \n}\n');
  const { code, stderr } = await quick('apply');
  expect(code).toBe(2);
  expect(stderr).toContain(
    `shop.graphql:1:51: expected a topic of the project or of the deployment, found "${products.replace('products', 'prodcts')}". Did you mean "${products}"?`,
  );
  expect(stderr).toContain(
    `topics.${views}.schema: found "shop.View": expected a type of the schema of gateway shop. Did you mean "Views"?`,
  );
  expect(stderr).toContain('other.graphql:3:1: Syntax Error');
  expect(await status()).toEqual([]);
});

test('trusted documents are applied with their schema, must fit it, and appear in diff', async () => {
  const documentsOf = async (): Promise<unknown> => {
    const { documents, documentsOnly } = (
      await bench.manager.send('GET', '/gateway/other')
    ).json() as Record<string, unknown>;
    return { documents, documentsOnly };
  };
  const project = `version: 1
name: other
gateways:
  other: {schema: other.graphql, documents: documents, documentsOnly: true}
`;
  await write('quick.yaml', project);
  await write('documents/one.graphql', 'query {\n  b\n}\n');
  expect(await quick('apply')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(
      'documents/one.graphql:2:3: Cannot query field "b" on type "Query".',
    ),
  });
  expect(await status()).toEqual([]);
  await quick(`topic create ${products} -k int -v json`);
  await write('documents/one.graphql', 'query {\n  a\n}\n');
  expect((await quick('apply')).stdout).toBe('gateway/other created\n');
  expect(await documentsOf()).toEqual({ documents: 1, documentsOnly: true });
  expect(await quick('diff')).toEqual({ code: 0, stdout: '', stderr: '' });

  // A schema that is applied by another command must fit the existing documents as well.
  await write('changed.graphql', OTHER('c'));
  const broken = await quick('gateway apply other -f changed.graphql --allow-breaking');
  expect(broken.code).toBe(1);
  expect(broken.stderr).toContain('Trusted documents are not valid for the schema of the gateway:');
  expect(broken.stderr).toContain('- one.graphql:2:3 Cannot query field "a" on type "Query".');

  await write('documents/two.graphql', '{ a }');
  expect((await quick('diff')).stdout).toBe('~ gateway/other\n    documents/two.graphql: { a }\n');
  expect((await quick('apply')).stdout).toBe('gateway/other configured\n');
  expect(await documentsOf()).toEqual({ documents: 2, documentsOnly: true });

  const manifest = `apiVersion: quicksilver/v1
kind: Gateway
metadata: {name: other}
spec: {schema: other.graphql, documents: none, documentsOnly: false}
`;
  expect((await quick('apply -f -', manifest)).stderr).toContain(
    'standard input:4:42: spec.documents: found "none": the trusted documents in ',
  );
  await rm(join(bench.home, 'documents'), { recursive: true });
  await mkdir(join(bench.home, 'none'), { recursive: true });
  expect((await quick('apply -f -', manifest)).stdout).toBe('gateway/other configured\n');
  expect(await documentsOf()).toEqual({ documents: 0, documentsOnly: false });
});

test('init writes a project that can be applied, and never overwrites a file', async () => {
  const outcome = await quick(`init ${views}`);
  expect(outcome.stdout).toBe(
    [
      ...['quick.yaml', 'schema.graphql', 'query.graphql', 'products.ndjson', '.gitignore'],
      ...['README.md', 'quick.schema.json'],
    ]
      .map((file) => `${views}/${file} created\n`)
      .join(''),
  );
  expect(outcome.stderr).toBe(`\nNext: cd ${views} && quick dev\n`);
  for (const [file, topic, ours] of [
    ['quick.yaml', '  products:', `  ${products}:`],
    ['schema.graphql', '"products"', `"${products}"`],
  ] as const) {
    const text = await readFile(join(bench.home, views, file), 'utf8');
    await write(`${views}/${file}`, text.replaceAll(topic, ours));
  }
  expect(await quick(`apply -f ${views}`)).toMatchObject({ code: 0 });
  expect(await quick(`diff -f ${views} --environment production`)).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('replicas: 1 -> 3'),
  });
  await write(`${views}/quick.yaml`, 'mine');
  expect(await quick(`init ${views}`)).toMatchObject({ code: 4 });
  expect(await readFile(join(bench.home, views, 'quick.yaml'), 'utf8')).toBe('mine');
});

test('manifests of directories and of standard input are applied together', async () => {
  const head = (kind: string, name: string): string =>
    `apiVersion: quicksilver/v1\nkind: ${kind}\nmetadata: {name: ${name}}\n`;
  const all = `${head('Topic', views)}spec: {key: string, value: schema, schema: shop.View}
---
${head('Topic', products)}spec: {key: int, value: json}
`;
  const { home } = bench;
  await write('deploy/topics.yaml', all);
  await write(
    'deploy/gateways/shop.yml',
    `${head('Gateway', 'shop')}spec: {schema: ../../shop.graphql}\n`,
  );
  await write('deploy/gateways/notes.txt', 'not read');
  const stdin = `${head('Application', 'enrich')}spec: {command: [node, app.js]}\n`;
  const files = 'deploy -R -f -';
  const labelsOfAll = [`topic/${products}`, 'gateway/shop', `topic/${views}`, 'app/enrich'];
  expect(await quick(`apply -f ${files}`, stdin)).toEqual({
    code: 0,
    stderr: '',
    stdout: labelsOfAll.map((label) => `${label} created\n`).join(''),
  });
  const made = await labels();
  expect(inLines((await quick(`apply -f ${files}`, stdin)).stdout)).toEqual(
    labelsOfAll.map((label) => `${label} unchanged`),
  );
  expect(await labels()).toEqual(made);
  expect(await quick(`diff -f ${files}`, stdin)).toEqual({ code: 0, stdout: '', stderr: '' });

  await write('deploy/topics.yaml', all.replace('value: json', 'valu: json'));
  await write(
    'deploy/gateways/more.yaml',
    `${head('Gateway', 'shop')}spec: {schema: none.graphql}\n`,
  );
  const wrong = await quick(`diff -f ${files}`, stdin);
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain('deploy/gateways/shop.yml:3:18: gateways.shop is defined twice');
  expect(wrong.stderr).toContain(
    `deploy/gateways/more.yaml:4:16: spec.schema: found "none.graphql": the schema ${home}/deploy/gateways/none.graphql cannot be read`,
  );
  expect(wrong.stderr).toContain(
    'deploy/topics.yaml:9:18: spec.valu: unknown member. Did you mean "value"?',
  );
  expect(wrong.stderr).toContain('deploy/topics.yaml:9:1: spec.value: is missing');
  expect(await quick(`delete -f - --yes`, stdin)).toMatchObject({ stdout: 'app/enrich deleted\n' });
  expect(await quick('apply -f quick.yaml -f deploy/topics.yaml')).toMatchObject({ code: 2 });
  expect((await quick('apply -f . -f quick.yaml')).stderr).toContain(
    'Expected one project file, found 2',
  );
});
