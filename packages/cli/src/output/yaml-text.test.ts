import { parseSpelledJson } from '@quicksilver/common/numbers/parse-json';
import { expect, test } from 'vitest';

import { yamlText } from './yaml-text.ts';

test('numbers keep their digits in YAML', () => {
  const answer = parseSpelledJson(
    '{"data":{"long":9007199254740993,"list":[1,0.10000000000000000055,1e400,-0],"text":"9007199254740993"}}',
  );
  expect(yamlText(answer)).toBe(
    [
      'data:',
      '  long: 9007199254740993',
      '  list:',
      '    - 1',
      '    - 0.10000000000000000055',
      '    - 1e400',
      '    - -0',
      '  text: "9007199254740993"',
      '',
    ].join('\n'),
  );
});
