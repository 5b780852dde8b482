import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { runCommand } from '@quicksilver/testkit/cli-run';
import { ContractManager } from '@quicksilver/testkit/contract-manager';
import { expect, test } from 'vitest';

import { runCli } from '../run/run-cli.ts';

const SCHEMA = `type Query {
  product(id: Long!): Int @topic(name: "products", keyArgument: "id")
  customer(id: ID!): Int @topic(name: "customers", keyArgument: "id")
}
`;

test('a schema is checked without a deployment, and where one is meant its topics are compared too', async () => {
  await using home = await mkdtempDisposable(join(tmpdir(), 'quicksilver-lint-'));
  await using manager = await ContractManager.start();
  const lint = (...more: readonly string[]): ReturnType<typeof runCommand> =>
    runCommand(runCli, ['gateway', 'lint', '-f', 'shop.graphql', ...more], {
      home: home.path,
      cwd: home.path,
      env: { QUICK_URL: manager.url },
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
  expect(manager.requests).toEqual([]);
  expect(await lint('--live')).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('Warning: topic products does not exist yet') as unknown,
  });
  manager.things.set('topic/products', { version: 1, spec: {} });
  expect(await lint('--live')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(
      'Query.product takes a key of type Long, but topic products has keys of type STRING, for which String or ID is expected.',
    ) as unknown,
  });
});
