import { expect, test } from 'vitest';

import { isManifests, readManifests } from './parse-manifests.ts';
import { printMistakes } from './source-text.ts';

const TOPIC = `apiVersion: quicksilver/v1
kind: Topic
metadata: {name: products, labels: {team: shop}}
spec:
  key: int
  value: json
  partitions: \${PARTITIONS:-3}
`;

function mistakesIn(text: string): string {
  return printMistakes(text, readManifests(text, 'deploy/all.yaml', {}).mistakes);
}

test('each document is one resource, with its variables replaced; empty documents are skipped', () => {
  const text = `---\n---\n${TOPIC}---\n${TOPIC.replaceAll('Topic', 'Application').replace(/spec:[^]*/, 'spec:\n  command: [node, app.js]')}`;
  const { manifests, mistakes } = readManifests(text, 'all.yaml', { PARTITIONS: '5' });
  expect(mistakes).toEqual([]);
  expect(manifests).toMatchObject([
    { section: 'topics', name: 'products', spec: { key: 'int', value: 'json', partitions: 5 } },
    { section: 'apps', name: 'products', spec: { command: ['node', 'app.js'] } },
  ]);
});

test('a project file differs from manifests by its members', () => {
  expect(isManifests(TOPIC)).toBe(true);
  expect(isManifests('# nothing yet\n---\nkind: Topik\n')).toBe(true);
  expect(isManifests('version: 1\nname: shop\n')).toBe(false);
  expect(isManifests('')).toBe(false);
});

test('mistakes of all documents are reported with their positions in the file', () => {
  expect(
    mistakesIn(`apiVersion: quicksilver/v1
kind: Topik
metadata: {name: a}
---
apiVersion: quicksilver/v2
kind: Topic
metadata: {name: __a, lables: {}}
spec: {key: sting, value: json}
---
apiVersion: quicksilver/v1
kind: Mirror
spec: {topic: "\${UNSET}"}
`),
  )
    .toBe(`deploy/all.yaml:2:7: kind: expected Topic, Mirror, Gateway, Application, found "Topik". Did you mean "Topic"?
  2 | kind: Topik
    |       ^^^^^
deploy/all.yaml:5:13: apiVersion: expected quicksilver/v1, found "quicksilver/v2". Did you mean "quicksilver/v1"?
  5 | apiVersion: quicksilver/v2
    |             ^^^^^^^^^^^^^^
deploy/all.yaml:7:18: metadata.name: found "__a": a topic name has 1 to 249 letters, digits, dots, dashes and underscores, and does not begin with two underscores
  7 | metadata: {name: __a, lables: {}}
    |                  ^^^
deploy/all.yaml:7:23: metadata.lables: unknown member. Did you mean "labels"? The members are: name, labels, annotations
  7 | metadata: {name: __a, lables: {}}
    |                       ^^^^^^
deploy/all.yaml:8:13: spec.key: expected string, int, integer, long, double, json, short, float, boolean, bytes, uuid, schema, avro, protobuf, json-schema, found "sting". Did you mean "string"?
  8 | spec: {key: sting, value: json}
    |             ^^^^^
deploy/all.yaml:12:15: the environment variable UNSET is not set. Set it, or write a default: \${UNSET:-default}
  12 | spec: {topic: "\${UNSET}"}
     |               ^^^^^^^^^^`);
  expect(mistakesIn('kind: Topic\n---\nkind: [Topic\n')).toContain('deploy/all.yaml:4:1: ');
});
