import { expect, test } from 'vitest';

import { COMMANDS } from '../table/all-rows.ts';
import { expandFlags } from './expand-flags.ts';

test.each([
  [
    'topic create x --key string --val schema',
    'topic create x --key-type string --value-type schema',
  ],
  ['topic create x --imm --range-f=a', 'topic create x --immutable --range-field=a'],
  ['context create --h a --key b', 'context create --host a --key b'],
  ['--cont c gateway apply g --fi f', '--context c gateway apply g --file f'],
  // Two of these begin so.
  ['topic create x --range a', 'topic create x --range a'],
  // A value and what follows -- are no flags.
  ['produce t --value --del', 'produce t --value --del'],
  ['topic delete -- --deb', 'topic delete -- --deb'],
  ['topic list --nothing', 'topic list --nothing'],
])('quick %s is quick %s', (line, whole) => {
  expect(expandFlags(line.split(' '), COMMANDS)).toEqual(whole.split(' '));
});

test('every flag of every command is accepted with any beginning that no other one has', () => {
  for (const row of COMMANDS) {
    const flags = (row.options ?? []).flatMap(({ flags: text }) =>
      text.split(', ').map((flag) => flag.split(' ')[0] ?? ''),
    );
    for (const flag of flags.filter((each) => each.startsWith('--'))) {
      for (let length = 3; length < flag.length; length += 1) {
        const beginning = flag.slice(0, length);
        const isClear = flags.filter((each) => each.startsWith(beginning)).length === 1;
        // A common flag of exactly this name stays.
        if (isClear && !['--key', '--output'].includes(beginning)) {
          expect(expandFlags([...row.path.split(' '), beginning], COMMANDS).at(-1)).toBe(flag);
        }
      }
    }
  }
});
