import fc from 'fast-check';
import { expect, test } from 'vitest';

import { diffText, lineDiff } from './diff-text.ts';

test('the differences of a schema are lines with some context', () => {
  const text = diffText(
    [
      {
        kind: 'gateway',
        name: 'shop',
        result: 'configured',
        before: { replicas: 1, schema: 'a\nb\nc\nd\ne\nf\n' },
        after: { replicas: 3, schema: 'a\nb\nc\nd\nx\nf\n' },
        warnings: [],
      },
      { kind: 'topic', name: 't', result: 'unchanged', warnings: [] },
      { kind: 'application', name: 'a', result: 'deleted', warnings: [] },
    ],
    (_style, line) => line,
  );
  expect(text).toBe(`~ gateway/shop
    replicas: 1 -> 3
    schema:
       c
       d
      -e
      +x
       f
- app/a
`);
});

test('trusted documents are shown one by one', () => {
  const documents = { 'a.graphql': 'query {\n  a\n}\n', 'b.graphql': '{ b }' };
  const change = {
    kind: 'gateway',
    name: 'shop',
    result: 'configured',
    before: { documents, replicas: 1 },
    after: { documents: { 'a.graphql': 'query {\n  c\n}\n', 'd.graphql': '{ d }' }, replicas: 1 },
    warnings: [],
  } as const;
  expect(diffText([change], (_style, line) => line)).toBe(`~ gateway/shop
    documents/a.graphql:
       query {
      -  a
      +  c
       }
    documents/b.graphql: { b } -> (none)
    documents/d.graphql: { d }
`);
});

test('variables are shown by their names, and never their values', () => {
  const application = { kind: 'application', name: 'a', warnings: [] } as const;
  const created = {
    ...application,
    result: 'created',
    after: { environment: { TOKEN: 'secret' }, replicas: 1 },
  } as const;
  const configured = {
    ...application,
    result: 'configured',
    before: { environment: { GONE: '[hidden]', SAME: '[hidden]', TOKEN: '[hidden]' } },
    after: {
      environment: { NEW: '[hidden, changed]', SAME: '[hidden]', TOKEN: '[hidden, changed]' },
    },
  } as const;
  expect(diffText([created, configured], (_style, line) => line)).toBe(`+ app/a
    replicas: 1
    environment.TOKEN: [hidden]
~ app/a
    environment.GONE: [hidden] -> (none)
    environment.TOKEN: [hidden] -> [hidden, changed]
    environment.NEW: [hidden, changed]
`);
});

test('removed and added lines account for the difference in length', () => {
  const lines = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 5 });
  fc.assert(
    fc.property(lines, lines, (from, to) => {
      const changes = lineDiff(from, to);
      const same = JSON.stringify(from) === JSON.stringify(to);
      expect(changes.length === 0).toBe(same);
      const count = (sign: string) => changes.filter((each) => each.sign === sign).length;
      expect(from.length - count('-')).toBe(to.length - count('+'));
    }),
  );
});
