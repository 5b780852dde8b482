import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { eventually } from '@quicksilver/testkit/eventually';
import { expect, test } from 'vitest';

import { DevRun, freeDevPort, quick, temporaryDirectory } from './dev-run.ts';

const SEEN_MS = 90_000;

test('a new user creates a project, runs it, changes it while it runs, and continues the next day', async () => {
  await using dir = await temporaryDirectory();
  const project = join(dir.path, 'shop');
  const dataDir = join(project, '.quicksilver');
  const env = await freeDevPort();
  const graphql = async (query: string): Promise<unknown> => {
    const answer = await fetch(`http://127.0.0.1:${env.QUICK_PORT}/gateway/shop/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    return await answer.json();
  };
  expect(quick(['init', 'shop'], dir.path)).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('cd shop && quick dev'),
  });
  {
    await using run = new DevRun({ dataDir, project, env });
    await run.untilReady();
    const products = [
      { id: 1, name: 'tea', price: 2.5 },
      { id: 2, name: 'coffee', price: 3 },
    ];
    expect(JSON.parse(run.pasteCommand())).toEqual({ data: { products } });

    // In the directory of the project, commands need no context.
    expect(quick(['topic', 'list'], project)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('products'),
    });
    expect(quick(['dev', 'status', '-o', 'name'], project)).toMatchObject({
      code: 0,
      stdout: 'dev\nedge\ningest\nkafka\nmanager\n',
    });
    expect(quick(['dev', 'reset', '--yes'], project)).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('quick dev stop'),
    });

    const schemaFile = join(project, 'schema.graphql');
    const schema = await readFile(schemaFile, 'utf8');
    await writeFile(schemaFile, schema.replace('price: Float', 'price: Flot'));
    // The watch may read the file half-written, and report an empty one first.
    await run.untilPrinted(':10: Unknown type "Flot"');
    expect(run.output).toMatch(/schema\.graphql:\d+:10: Unknown type "Flot"/);
    await run.untilPrinted('The previous version keeps serving.');
    expect(await graphql('{ product(id: 1) { price } }')).toEqual({
      data: { product: { price: 2.5 } },
    });

    await writeFile(schemaFile, schema.replace('price: Float', 'price: Float\n  maker: String'));
    await run.untilPrinted('Applied after ');
    expect(run.output).toContain('~ gateway/shop\n    schema:\n');
    expect(run.output).toContain('+  maker: String');
    await eventually(
      async () =>
        expect(await graphql('{ product(id: 2) { maker } }')).toEqual({
          data: { product: { maker: null } },
        }),
      SEEN_MS,
    );
    expect(
      quick(['produce', 'products', '-k', '3', '--value', '{"id":3,"name":"milk"}'], project).code,
    ).toBe(0);
    run.signal('SIGINT');
    expect(await run.exit).toMatchObject({ code: 0 });
    await run.untilNothingIsLeft();
  }
  await using again = new DevRun({ dataDir, project, env });
  await again.untilReady();
  await eventually(
    async () =>
      expect(await graphql('{ product(id: 3) { name maker } }')).toEqual({
        data: { product: { name: 'milk', maker: null } },
      }),
    SEEN_MS,
  );
  expect(quick(['dev', 'stop'], project)).toMatchObject({ code: 0 });
  expect(await again.exit).toMatchObject({ code: 0 });
  await again.untilNothingIsLeft();
  expect(quick(['dev', 'reset', '--yes'], project)).toMatchObject({ code: 0 });
  await expect(stat(dataDir)).rejects.toThrow('ENOENT');
});
