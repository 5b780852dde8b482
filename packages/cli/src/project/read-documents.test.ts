import { randomBytes } from 'node:crypto';
import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';

import { describe, expect, test } from 'vitest';

import { CliError } from '../output/cli-error.ts';
import type { Surroundings } from '../output/surroundings.ts';
import { readProject, type ProjectSources } from './read-project.ts';
import { resourceSpecs } from './resource-specs.ts';
import { checkSchemas } from './schema-topics.ts';

const PROJECT = `version: 1
name: shop
topics:
  a: {key: string, value: json}
gateways:
  shop: {schema: schema.graphql, documents: documents, documentsOnly: true}
`;
const EMPTY_DEPLOYMENT = { resources: [] };

/** Loads a project with these files. */
async function load(files: Readonly<Record<string, string>>): Promise<ProjectSources> {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'quicksilver-documents-'));
  await mkdir(join(dir.path, 'documents'));
  const all = {
    'quick.yaml': PROJECT,
    'schema.graphql': 'type Query { a: [Int] @topic(name: "a") }\n',
    ...files,
  };
  for (const [file, text] of Object.entries(all)) {
    await writeFile(join(dir.path, file), text);
  }
  const around: Pick<Surroundings, 'env' | 'cwd' | 'stdin' | 'signal'> = {
    env: {},
    cwd: dir.path,
    stdin: new PassThrough(),
    signal: AbortSignal.timeout(30_000),
  };
  return await readProject('.', undefined, around as Surroundings);
}

const mistakesOf = async (files: Readonly<Record<string, string>>): Promise<string> => {
  try {
    checkSchemas(await load(files), []);
    return 'none';
  } catch (error) {
    return error instanceof CliError ? error.message : String(error);
  }
};

describe('the trusted documents of a project', () => {
  test('are the files of a folder, and are sent to the manager with the schema', async () => {
    const loaded = await load({
      'documents/one.graphql': '{ a }\n',
      'documents/two.graphql': 'query Two { a }\n',
      'documents/README.md': 'no document',
    });
    expect(resourceSpecs(loaded, EMPTY_DEPLOYMENT)).toMatchObject([
      { kind: 'topic', name: 'a' },
      {
        kind: 'gateway',
        name: 'shop',
        body: {
          documents: { 'one.graphql': '{ a }\n', 'two.graphql': 'query Two { a }\n' },
          documentsOnly: true,
        },
      },
    ]);
    expect(() => checkSchemas(loaded, [])).not.toThrow();
  });

  test('may be in manifests of Relay and GraphQL Code Generator', async () => {
    const persisted = JSON.stringify({ '9f': 'query Two { a }', '8c': 'query {\n  b\n}' });
    const loaded = await load({ 'documents/persisted.json': persisted });
    expect(resourceSpecs(loaded, EMPTY_DEPLOYMENT)).toMatchObject([
      { kind: 'topic' },
      { kind: 'gateway', body: { documents: { 'persisted.json': persisted } } },
    ]);
    const mistakes = await mistakesOf({
      'documents/list.json': '[]',
      'documents/persisted.json': persisted,
    });
    expect(mistakes).toContain('documents/list.json:1:1: The manifest is invalid: expected a');
    expect(mistakes).toContain(
      'documents/persisted.json: 8c:2:3: Cannot query field "b" on type "Query". Did you mean "a"?\n  2 |   b',
    );
    expect(mistakes).not.toContain('9f');
  });

  test('that do not fit the schema are all reported with file, line and column', async () => {
    const mistakes = await mistakesOf({
      'documents/bad.graphql': 'query {\n  b\n}\n',
      'documents/syntax.graphql': '{',
    });
    expect(mistakes).toContain(
      'documents/bad.graphql:2:3: Cannot query field "b" on type "Query". Did you mean "a"?\n  2 |   b\n    |   ^',
    );
    expect(mistakes).toContain('documents/syntax.graphql:1:2: Syntax Error');
  });

  test('are not checked if the schema itself is invalid', async () => {
    const mistakes = await mistakesOf({
      'schema.graphql': 'type Query { a: Missing }',
      'documents/bad.graphql': '{ b }',
    });
    expect(mistakes).toContain('schema.graphql:1:17');
    expect(mistakes).not.toContain('bad.graphql');
  });

  test('that cannot be used are reported with the line that names the folder', async () => {
    const at = /^quick\.yaml:6:45: gateways\.shop\.documents: found "\w+": (.*)\n.*\n {4}\| +\^+$/m;
    const reason = async (files: Readonly<Record<string, string>>): Promise<string | undefined> =>
      at.exec(await mistakesOf(files))?.[1];
    const missing = PROJECT.replace('documents: documents', 'documents: none');
    expect(await reason({ 'quick.yaml': missing })).toMatch(
      /^the trusted documents in \/.*\/none cannot be used: The folder cannot be read \(ENOENT\)\.$/,
    );
    expect(await reason({ 'documents/a.graphql': `# ${'x'.repeat(600_000)}` })).toMatch(
      /cannot be used: The trusted documents have \d+ bytes together, but a gateway can have only 524288/,
    );
    expect(await reason({ 'documents/_a.graphql': '{ a }' })).toMatch(
      /The name of the document "_a\.graphql" is invalid: expected a file name of 1 to 200 letters/,
    );
    expect(await reason({})).toMatch(/so no query could run with documentsOnly$/);
  });

  test('and a schema that are more than one record holds are reported with their line', async () => {
    const mistakes = await mistakesOf({
      'schema.graphql': `type Query { a: Int }\n# ${randomBytes(1_000_000).toString('hex')}`,
      'documents/a.graphql': `{ a } # ${'x'.repeat(450_000)}`,
    });
    expect(mistakes).toMatch(
      /^quick\.yaml:6:18: gateways\.shop\.schema: .* bytes after compression, and the limit is 900000/m,
    );
  });
});
