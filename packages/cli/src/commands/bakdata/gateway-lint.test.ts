import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { runCommand } from '@quicksilver/testkit/cli-run';
import { expect, test } from 'vitest';

import { runCli } from '../../run-cli.ts';

const SCHEMA = `type Query {
  product(id: Long!): Int @topic(name: "products", keyArgument: "id")
  customer(id: ID!): Int @topic(name: "customers", keyArgument: "id")
}
`;

test('a schema is checked without a deployment', async () => {
  await using home = await mkdtempDisposable(join(tmpdir(), 'quicksilver-lint-'));
  const lint = (): ReturnType<typeof runCommand> =>
    runCommand(runCli, ['gateway', 'lint', '-f', 'shop.graphql'], {
      home: home.path,
      // No server listens on port 1, so a request would fail.
      env: { QUICK_URL: 'http://127.0.0.1:1' },
    });
  await writeFile(join(home.path, 'shop.graphql'), SCHEMA.replaceAll(', keyArgument: "id"', ''));
  expect(await lint()).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /shop\.graphql:2:27: When the return type [^]*\n {2}2 \| {3}product[^]*shop\.graphql:3:26: When/,
    ) as unknown,
  });
  await writeFile(join(home.path, 'shop.graphql'), SCHEMA.replace('Long!', 'Long!, limit: Int'));
  expect(await lint()).toMatchObject({
    code: 0,
    stderr: expect.stringContaining(
      'Warning: shop.graphql:2:22: The argument limit of Query.product is unused',
    ) as unknown,
  });
  await writeFile(join(home.path, 'shop.graphql'), SCHEMA);
  expect(await lint()).toMatchObject({
    code: 0,
    stdout: 'shop.graphql: no errors; 2 fields with @topic\n',
    stderr:
      'Not checked: whether its topics exist, and whether keys, values and ranges fit. To compare with a deployment, use --live or --context <name>.\n',
  });
});

test('without a deployment @rest is reported as not checked, and trusted documents are checked', async () => {
  await using home = await mkdtempDisposable(join(tmpdir(), 'quicksilver-lint-'));
  const lint = (): ReturnType<typeof runCommand> =>
    runCommand(runCli, ['gateway', 'lint', '-f', 'a.graphql', '--documents', 'documents'], {
      home: home.path,
      env: {},
    });
  await writeFile(
    join(home.path, 'a.graphql'),
    'type Query { a: A @rest(url: "http://api.example.com/a") } type A { id: ID }',
  );
  expect(await lint()).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(
      'documents cannot be used: The folder cannot be read (ENOENT).',
    ) as unknown,
  });
  await mkdir(join(home.path, 'documents'));
  await writeFile(join(home.path, 'documents', 'one.graphql'), '{\n  a { id }\n}');
  expect(await lint()).toEqual({
    code: 0,
    stdout: 'a.graphql: no errors; 0 fields with @topic, 1 valid trusted documents\n',
    stderr:
      'Not checked: whether @rest may fetch from its hosts. To compare with a deployment, use --live or --context <name>.\n',
  });
  await writeFile(join(home.path, 'documents', 'one.graphql'), '{\n  a { ix }\n}');
  expect(await lint()).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(
      'documents/one.graphql:2:7: Cannot query field "ix"',
    ) as unknown,
  });
});
