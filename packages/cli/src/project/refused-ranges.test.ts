import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';

import { expect, test } from 'vitest';

import { CliError } from '../output/cli-error.ts';
import type { Surroundings } from '../output/surroundings.ts';
import { readProject } from './read-project.ts';
import { checkSchemas } from './schema-topics.ts';

const SCHEMA = `type Query { car(id: ID!): Car @topic(name: "cars", keyArgument: "id") }
type Car { id: ID! at: Fix speeds: [Int!] isSold: Boolean }
type Fix { lat: Float! }
`;

/** The mistakes of a project with a topic and its mirror. */
async function mistakesOf(topic: string, mirror: string): Promise<string> {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'quicksilver-ranges-'));
  await writeFile(
    join(dir.path, 'quick.yaml'),
    `version: 1
name: fleet
topics:
  cars: ${topic}
mirrors:
  cars: ${mirror}
gateways:
  fleet: {schema: schema.graphql}
`,
  );
  await writeFile(join(dir.path, 'schema.graphql'), SCHEMA);
  const around: Pick<Surroundings, 'env' | 'cwd' | 'stdin' | 'signal'> = {
    env: {},
    cwd: dir.path,
    stdin: new PassThrough(),
    signal: AbortSignal.timeout(30_000),
  };
  try {
    checkSchemas(await readProject('.', undefined, around as Surroundings), []);
    return 'none';
  } catch (error) {
    return error instanceof CliError ? error.message : String(error);
  }
}

const CARS = '{key: string, value: schema, schema: fleet.Car}';

test.each([
  [CARS, '{rangeField: at.lon}', '6:22: mirrors.cars.rangeField', 'type Fix has no field lon'],
  [CARS, '{rangeField: speeds}', '6:22: mirrors.cars.rangeField', 'is a list'],
  [CARS, '{rangeField: isSold}', '6:22: mirrors.cars.rangeField', 'has type Boolean'],
  [CARS, '{rangeField: at.lat, rangeKey: x}', '6:40: mirrors.cars.rangeKey', 'has no field x'],
  ['{key: int, value: long}', '{rangeField: a}', '6:22: mirrors.cars.rangeField', 'no fields'],
  [
    '{key: int, value: json, immutable: true}',
    '{retentionTime: PT1H, retentionTombstones: true}',
    '6:52: mirrors.cars.retentionTombstones',
    'immutable topic',
  ],
  ['{key: int, value: schema, schema: fleet.Bus}', '{}', '4:43: topics.cars.schema', 'a type of'],
])('topic %s with mirror %s', async (topic, mirror, where, words) => {
  const mistakes = await mistakesOf(topic, mirror);
  expect(mistakes).toContain(`quick.yaml:${where}: found `);
  expect(mistakes).toContain(words);
  expect(mistakes).toMatch(/\n {4}\| +\^+$/);
});

test('a range that the values have is accepted', async () => {
  expect(await mistakesOf(CARS, '{rangeField: at.lat, rangeKey: id}')).toBe('none');
  expect(await mistakesOf('{key: int, value: json}', '{rangeField: a.b}')).toBe('none');
});
