import { expect, test } from 'vitest';

import { CliError } from '../output/cli-error.ts';
import { parseProject, type ParseOptions } from './parse-project.ts';

const read = (text: string, more: Partial<ParseOptions> = {}) =>
  parseProject(text, { file: 'quick.yaml', env: {}, ...more }).project;

/** The message without its first line, which is always the same. */
function mistakes(text: string, more: Partial<ParseOptions> = {}): string {
  try {
    read(text, more);
  } catch (error) {
    if (error instanceof CliError) {
      return error.message.replace('The project cannot be used.\n', '');
    }
    throw error;
  }
  return 'no mistake';
}

const HEAD = 'version: 1\nname: shop\n';

test('all mistakes are reported at once, each with its position, its line and a suggestion', () => {
  expect(
    mistakes(`version: 1
name: Shop
topics:
  airports: {key: sting, value: json, partitons: 3}
  __x: {key: string, value: json}
  a:
    value: json
gateways:
  shop: {schema: schema.graphql, replicas: 0}
environment: {}
`),
  )
    .toBe(`quick.yaml:2:7: name: found "Shop": a name begins with a lower-case letter, has up to 45 lower-case letters, digits and dashes, and does not end with a dash
  2 | name: Shop
    |       ^^^^
quick.yaml:4:19: topics.airports.key: expected string, int, integer, long, double, json, short, float, boolean, bytes, uuid, schema, avro, protobuf, json-schema, found "sting". Did you mean "string"?
  4 |   airports: {key: sting, value: json, partitons: 3}
    |                   ^^^^^
quick.yaml:4:39: topics.airports.partitons: unknown member. Did you mean "partitions"? The members are: key, value, recordNames, keySchema, keySubjectNameStrategy, keyRecords, valueSubjectNameStrategy, valueRecords, schema, partitions, partitioner, replication, immutable, retention, configs, register, data
  4 |   airports: {key: sting, value: json, partitons: 3}
    |                                       ^^^^^^^^^
quick.yaml:5:3: topics.__x: invalid name: a topic name has 1 to 249 letters, digits, dots, dashes and underscores, and does not begin with two underscores
  5 |   __x: {key: string, value: json}
    |   ^^^
quick.yaml:6:3: topics.a.key: is missing: expected one of string, int, integer, long, double, json, short, float, boolean, bytes, uuid, schema, avro, protobuf, json-schema
  6 |   a:
    |   ^
quick.yaml:9:44: gateways.shop.replicas: found 0: Too small: expected number to be >=1
  9 |   shop: {schema: schema.graphql, replicas: 0}
    |                                            ^
quick.yaml:10:1: environment: unknown member. Did you mean "environments"? The members are: version, name, topics, mirrors, gateways, apps, dev, environments
  10 | environment: {}
     | ^^^^^^^^^^^`);
});

test('invalid YAML is reported with its position', () => {
  expect(mistakes('version: 1\nname: [shop\n')).toMatch(/^quick\.yaml:3:1: .*\n/);
  expect(mistakes('version: 1\nversion: 1\nname: shop\n')).toContain(
    'quick.yaml:2:1: map keys must be unique',
  );
  expect(mistakes('')).toContain('quick.yaml:1:1: expected a project');
});

test('variables are replaced, can have defaults, and become numbers without quotes', () => {
  const text = `${HEAD}topics:
  t:
    key: string
    value: json
    partitions: \${COUNT:-3}
    configs: {a: "\${TEXT}", b: "$$x"}
`;
  expect(read(text, { env: { TEXT: '012' } }).topics?.['t']).toMatchObject({
    partitions: 3,
    configs: { a: '012', b: '$x' },
  });
  expect(read(text, { env: { TEXT: '', COUNT: '6' } }).topics?.['t']?.partitions).toBe(6);
  expect(mistakes(text)).toBe(
    'quick.yaml:8:18: the environment variable TEXT is not set. Set it, or write a default: ${TEXT:-default}\n' +
      '  8 |     configs: {a: "${TEXT}", b: "$$x"}\n    |                  ^^^^^^^^^',
  );
});

const OVERLAID = `${HEAD}gateways:
  shop: {schema: schema.graphql}
environments:
  production:
    gateways:
      shop: {replicas: 3}
      more: {replicas: 1}
  broken:
    topics:
      t: {key: "\${UNSET}"}
`;

test('an environment replaces members of the file, and variables of others may be unset', () => {
  expect(read(OVERLAID).gateways).toEqual({ shop: { schema: 'schema.graphql' } });
  expect(mistakes(OVERLAID, { environment: 'production' })).toBe(
    'quick.yaml:9:7: gateways.more.schema: is missing: expected a text\n' +
      '  9 |       more: {replicas: 1}\n    |       ^^^^',
  );
  const fixed = OVERLAID.replace('      more: {replicas: 1}\n', '');
  expect(read(fixed, { environment: 'production' }).gateways).toEqual({
    shop: { schema: 'schema.graphql', replicas: 3 },
  });
  expect(mistakes(fixed, { environment: 'producton' })).toContain('Did you mean "production"?');
});
