import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { runCommand } from '@quicksilver/testkit/cli-run';
import { expect, test } from 'vitest';

import { runCli } from '../run/run-cli.ts';

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
      // Nobody listens there: it would be an error to ask.
      env: { QUICK_URL: 'http://127.0.0.1:1' },
    });
  await writeFile(join(home.path, 'shop.graphql'), SCHEMA.replaceAll(', keyArgument: "id"', ''));
  expect(await lint()).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /shop\.graphql:2:27: When the return type [^]*\n {2}2 \| {3}product[^]*shop\.graphql:3:26: When/,
    ) as unknown,
  });
  await writeFile(join(home.path, 'shop.graphql'), SCHEMA);
  expect(await lint()).toMatchObject({
    code: 0,
    stdout: 'shop.graphql: no errors; 2 fields with @topic\n',
  });
});
