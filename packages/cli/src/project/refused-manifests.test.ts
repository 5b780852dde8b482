import { toApplicationSpec } from '@quicksilver/resources/application';
import { toGatewaySpec } from '@quicksilver/resources/gateway';
import { DEFINITIONS, KINDS } from '@quicksilver/resources/kinds';
import { toMirrorSpec } from '@quicksilver/resources/mirror';
import { toTopicSpec } from '@quicksilver/resources/topic-spec';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

import { CliError } from '../output/cli-error.ts';
import { readManifests } from './parse-manifests.ts';
import { parseProject } from './parse-project.ts';
import { KIND_OF_SECTION } from './project-schema.ts';
import { printMistakes } from './source-text.ts';

const HEAD = 'version: 1\nname: shop\n';
const NUL = String.raw`"a\0b"`;
const LONG = 'x'.repeat(10_001);

/** Section, name and manifest of a resource, and the member and the words of its mistake. */
const REFUSED = [
  ['topics', 't', '{key: int, value: json, retention: PT0S}', 'retention', 'longer than zero'],
  ['topics', 't', '{key: int, value: json, retention: P1Y}', 'retention', 'ISO 8601'],
  ['topics', 't', '{key: int, value: json, retention: soon}', 'retention', 'or forever'],
  ['topics', 't', `{key: int, value: json, retention: P${'9'.repeat(60)}D}`, 'retention', 'ISO'],
  ['topics', 't', `{key: int, value: json, configs: {a: ${LONG}}}`, 'configs.a', '<=10000'],
  ['topics', 't', '{key: int, value: schema}', 'value', 'needs the member schema'],
  ['topics', 't', '{key: int, value: json, schema: shop.A}', 'schema', 'takes no schema'],
  ['topics', 't', '{key: int, value: schema, schema: shop}', 'schema', 'expected gateway.Type'],
  [
    'topics',
    't',
    `{key: int, value: schema, schema: ${'a'.repeat(46)}.A}`,
    'schema',
    'expected gateway.Type',
  ],
  ['topics', 't', '{key: int, value: json, recordNames: true}', 'recordNames', 'no record names'],
  [
    'topics',
    't',
    '{key: int, value: {format: json, envelope: debezium}}',
    'value',
    'register: true',
  ],
  [
    'topics',
    't',
    '{key: int, value: {format: long, envelope: debezium}, register: true}',
    'value',
    'json or avro, not LONG',
  ],
  [
    'topics',
    't',
    '{key: int, value: {format: avro, envelope: debezium}, register: true, immutable: true}',
    'immutable',
    'rows of change events change',
  ],
  [
    'topics',
    't',
    '{key: int, value: {format: avro, envelope: debezium}, register: true, recordNames: true}',
    'recordNames',
    'no record names',
  ],
  [
    'topics',
    't',
    '{key: int, value: json, immutable: true, configs: {cleanup.policy: compact}}',
    'configs.cleanup.policy',
    'compaction would drop',
  ],
  ['mirrors', 'm', '{rangeField: a..b}', 'rangeField', 'a path such as position.time'],
  ['mirrors', 'm', '{rangeField: ""}', 'rangeField', 'expected the name of a member'],
  ['mirrors', 'm', '{rangeField: a, rangeKey: a..b}', 'rangeKey', 'expected the name of a member'],
  ['mirrors', 'm', '{rangeKey: a}', 'rangeKey', 'needs a rangeField'],
  ['mirrors', 'm', '{rangeType: string}', 'rangeType', 'needs a rangeField'],
  ['mirrors', 'm', '{rangeField: a, retentionTime: PT1H}', 'rangeField', 'either a rangeField'],
  ['mirrors', 'm', '{retentionTombstones: true}', 'retentionTombstones', 'need a retentionTime'],
  ['mirrors', 'm', '{retentionTime: PT0S}', 'retentionTime', 'longer than zero'],
  ['mirrors', 'm', '{retentionTime: P1M}', 'retentionTime', 'ISO 8601'],
  ['mirrors', 'pool', '{replicas: 2}', 'replicas', 'the name of the shared process'],
  ['mirrors', 'pool', '{dedicated: true}', 'dedicated', 'the name of the shared process'],
  ['gateways', 'g', '{schema: a.graphql, documentsOnly: true}', 'documentsOnly', 'no query could'],
  ['apps', 'a', '{replicas: 2}', '', 'needs a command or an image'],
  ['apps', 'a', '{command: [x], image: r/i:1}', 'image', 'either a command or an image'],
  ['apps', 'a', '{image: i}', 'image', 'expected registry/name:tag'],
  ['apps', 'a', `{command: [${NUL}]}`, 'command.0', 'without NUL'],
  ['apps', 'a', `{command: [${LONG}]}`, 'command.0', '<=10000'],
  ['apps', 'a', '{command: [x], environment: {1A: x}}', 'environment.1A', 'name of a variable'],
  [
    'apps',
    'a',
    '{command: [x], environment: {LD_PRELOAD: x}}',
    'environment.LD_PRELOAD',
    'how programs are loaded',
  ],
  [
    'apps',
    'a',
    '{command: [x], environment: {A: "[hidden]"}}',
    'environment.A',
    'stands for a hidden value',
  ],
  ['apps', 'a', `{command: [x], environment: {A: ${NUL}}}`, 'environment.A', 'without NUL'],
  ['apps', 'a', '{command: [x], arguments: {--a: x}}', 'arguments.--a', 'name of an argument'],
] as const;

type Section = (typeof REFUSED)[number][0];

/** What the manager says to the body of a request for a new resource. */
function refusalOf(section: Section, name: string, body: object): string {
  const kind = KIND_OF_SECTION[section];
  const { error } = DEFINITIONS[kind].request.safeParse(body);
  if (error !== undefined) {
    return error.message;
  }
  const facts = {
    defaults: { partitions: 1, replicationFactor: 1 },
    hasRange: false,
    kafkaTopic: undefined,
    schema: '',
  };
  try {
    switch (section) {
      case 'topics':
        toTopicSpec(name, KINDS.topic.request.parse(body), facts);
        break;
      case 'mirrors':
        toMirrorSpec(name, KINDS.mirror.request.parse(body), undefined, 1);
        break;
      case 'gateways':
        toGatewaySpec(KINDS.gateway.request.parse(body), undefined, 1);
        break;
      case 'apps':
        toApplicationSpec(name, KINDS.application.request.parse(body), undefined, 1);
        break;
    }
  } catch (refusal) {
    return String(refusal);
  }
  return '';
}

function mistakesIn(text: string): string {
  try {
    parseProject(text, { file: 'quick.yaml', env: {} });
  } catch (error) {
    return error instanceof CliError ? error.message : String(error);
  }
  return 'no mistake';
}

test.each(REFUSED)('%s.%s: %s is refused at %s', (section, name, manifest, member, words) => {
  const mistakes = mistakesIn(`${HEAD}${section}:\n  ${name}: ${manifest}\n`);
  const [, where = '', message = ''] = /^quick\.yaml:(4:\d+): (.*)$/m.exec(mistakes) ?? [];
  const path = [section, name, ...(member === '' ? [] : [member])].join('.');
  expect(message).toContain(`${path}: `);
  expect(message).toContain(words);
  // The caret is under the member: under its name or in its value.
  const line = `  ${name}: ${manifest}`;
  const [first = ''] = member.split('.');
  expect(Number(where.split(':')[1])).toBeGreaterThan(line.indexOf(first));
  expect(mistakes).toMatch(/\n {4}\| +\^+$/);
});

test.each(REFUSED)('%s.%s: %s is refused as a manifest', (section, name, manifest, member) => {
  const kind = DEFINITIONS[KIND_OF_SECTION[section]].manifestKind;
  const text = `apiVersion: quicksilver/v1\nkind: ${kind}\nmetadata: {name: ${name}}\nspec: ${manifest}\n`;
  const mistakes = printMistakes(text, readManifests(text, 'all.yaml', {}).mistakes);
  const path = ['spec', ...(member === '' ? [] : [member])].join('.');
  expect(mistakes).toMatch(/^all\.yaml:4:\d+: /);
  expect(mistakes).toContain(`${path}: `);
});

test.each(REFUSED)('%s.%s: the manager refuses %s too', (section, name, manifest) => {
  const text = `${HEAD}${section}:\n  ${name}: ${manifest}\n`;
  const body = parse(text)[section][name];
  expect(
    refusalOf(section, name, section === 'gateways' ? { ...body, schema: '' } : body),
  ).not.toBe('');
});

test('mistakes of several members and resources are reported at once', () => {
  const mistakes = mistakesIn(`${HEAD}topics:
  a: {key: int, value: schema}
  b: {key: what, value: json}
mirrors:
  a: {retentionTombstones: true, rangeKey: x}
`);
  expect(mistakes.match(/^quick\.yaml:\d+:\d+: [\w.]+/gm)).toEqual([
    'quick.yaml:4:24: topics.a.value',
    'quick.yaml:5:12: topics.b.key',
    'quick.yaml:7:28: mirrors.a.retentionTombstones',
    'quick.yaml:7:44: mirrors.a.rangeKey',
  ]);
});

test('with an environment only the whole must be complete', () => {
  const text = `${HEAD}apps:
  a: {replicas: 1}
environments:
  production:
    apps:
      a: {command: [x]}
  broken:
    apps:
      a: {command: [x], image: r/i:1}
`;
  const read = (environment: string) =>
    parseProject(text, { file: 'quick.yaml', env: {}, environment });
  expect(read('production').project.apps).toEqual({ a: { replicas: 1, command: ['x'] } });
  expect(() => read('broken')).toThrow(/^quick\.yaml:11:32: apps\.a\.image: found "r\/i:1"/m);
  expect(mistakesIn(text)).toContain(
    'quick.yaml:4:6: apps.a: found {"replicas":1}: an application',
  );
});
