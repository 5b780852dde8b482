import { buildSchema, execute, parse } from 'graphql';
import { expect, test } from 'vitest';

import { parseJson } from '@quicksilver/common/numbers/parse-json';
import { withPlainVariables } from './plain-variables.ts';

const schema = buildSchema(`
  type Query { put(odd: Odd, list: [Odd!]): Int }
  input Odd { valueOf: Int = 3 constructor: Odd hasOwnProperty: String }
`);

test('row 102: a member with the name of an inherited one is absent unless the client sent it', async () => {
  const { variables } = withPlainVariables({
    variables: parseJson(
      '{"odd":{"constructor":{}},"list":[{"hasOwnProperty":"x","constructor":{"valueOf":1}}]}',
    ),
  });
  let values: unknown;
  const answer = await execute({
    schema,
    document: parse('query ($odd: Odd, $list: [Odd!]) { put(odd: $odd, list: $list) }'),
    variableValues: variables as Record<string, unknown>,
    rootValue: { put: (args: unknown) => ((values = args), 1) },
  });
  expect(answer.errors).toBeUndefined();
  expect(JSON.stringify(values)).toBe(
    '{"odd":{"valueOf":3,"constructor":{"valueOf":3}},"list":[{"valueOf":3,"constructor":{"valueOf":1},"hasOwnProperty":"x"}]}',
  );
});

test('row 102: __proto__ in variables is an ordinary member, and numbers keep their digits', () => {
  const text = '{"a":{"__proto__":{"admin":true},"n":9007199254740993},"__proto__":{"b":[{}]}}';
  const { variables } = withPlainVariables({ variables: parseJson(text) });
  expect(JSON.stringify(variables)).toBe(text);
  expect(Object.prototype).not.toHaveProperty('admin');
});

test.each([undefined, null, 'text', 7, [{}]])(
  'variables that are %j do not change',
  (variables) => {
    expect(withPlainVariables({ variables })).toEqual({ variables });
  },
);

test('variables may have 100,000 members, and too many levels are rejected without recursion', () => {
  const deep = '['.repeat(100_000) + ']'.repeat(100_000);
  expect(() => withPlainVariables({ variables: parseJson(`{"a":${deep}}`) })).toThrow('64 levels');
  const wide = `[${'{},'.repeat(100_000)}{}]`;
  const { variables } = withPlainVariables({ variables: parseJson(`{"b":${wide}}`) });
  expect((variables as { b: object[] }).b).toHaveLength(100_001);
});
