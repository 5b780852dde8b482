import { expect, test } from 'vitest';

import { VARIABLE_DEPTH_MAX } from '../execute/plain-variables.ts';
import { cutDeepMessage } from './deep-message.ts';

const nested = (levels: number, inner = ''): string =>
  '['.repeat(levels) + inner + ']'.repeat(levels);
const KEPT = 3 + VARIABLE_DEPTH_MAX + 1;

test.each([
  ['a shallow text', '{"a":[1,"]{[\\"",{}]}', '{"a":[1,"]{[\\"",{}]}'],
  ['brackets in a text', JSON.stringify(nested(1_000)), JSON.stringify(nested(1_000))],
  ['one level too many', nested(KEPT, '1'), nested(KEPT, '1')],
  ['two levels too many', nested(KEPT, '1,[2],"[",{},3'), nested(KEPT, '1,null,"[",null,3')],
  ['many levels', nested(100_000), nested(KEPT, 'null')],
  [
    'text behind them',
    `[${nested(100_000)},"\\\\",{"a":2}]`,
    `[${nested(KEPT - 1, 'null')},"\\\\",{"a":2}]`,
  ],
  ['levels that do not end', '['.repeat(100_000), `${'['.repeat(KEPT)}null`],
  ['ends without levels', ']]]]', ']]]]'],
])('a message keeps all but its deepest levels: %s', (_what, text, expected) => {
  expect(cutDeepMessage(text)).toBe(expected);
});
