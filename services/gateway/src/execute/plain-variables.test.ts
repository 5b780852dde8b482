import { buildSchema, execute, parse } from 'graphql';
import { expect, test } from 'vitest';

import { parseJson } from '@quicksilver/common/numbers/parse-json';
import { withPlainVariables } from './plain-variables.ts';

const schema = buildSchema(`
  type Query { put(odd: Odd, list: [Odd!]): Int }
  input Odd { valueOf: Int = 3 constructor: Odd hasOwnProperty: String }
`);

test('row 102: a member named as one of a prototype is absent unless it was given', async () => {
  const { variables } = withPlainVariables({
    variables: parseJson(
      '{"odd":{"constructor":{}},"list":[{"hasOwnProperty":"x","constructor":{"valueOf":1}}]}',
    ),
  });
  let given: unknown;
  const answer = await execute({
    schema,
    document: parse('query ($odd: Odd, $list: [Odd!]) { put(odd: $odd, list: $list) }'),
    variableValues: variables as Record<string, unknown>,
    rootValue: { put: (args: unknown) => ((given = args), 1) },
  });
  expect(answer.errors).toBeUndefined();
  expect(JSON.stringify(given)).toBe(
    '{"odd":{"valueOf":3,"constructor":{"valueOf":3}},"list":[{"valueOf":3,"constructor":{"valueOf":1},"hasOwnProperty":"x"}]}',
  );
});

test('row 102: __proto__ among variables is a member like any other, and numbers keep their digits', () => {
  const text = '{"a":{"__proto__":{"admin":true},"n":9007199254740993},"__proto__":{"b":[{}]}}';
  const { variables } = withPlainVariables({ variables: parseJson(text) });
  expect(JSON.stringify(variables)).toBe(text);
  expect(Object.prototype).not.toHaveProperty('admin');
});

test.each([undefined, null, 'text', 7, [{}]])(
  'variables that are %j are left for others to refuse',
  (variables) => {
    expect(withPlainVariables({ variables })).toEqual({ variables });
  },
);

test('variables of 100,000 levels or members are no trouble', () => {
  const deep = '['.repeat(100_000) + ']'.repeat(100_000);
  const wide = `[${'{},'.repeat(100_000)}{}]`;
  const { variables } = withPlainVariables({ variables: parseJson(`{"a":${deep},"b":${wide}}`) });
  expect((variables as { b: object[] }).b).toHaveLength(100_001);
});
