import { expect, test } from 'vitest';

import { aclCommands, rightsOf } from './kafka-rights.ts';

const OPTIONS = {
  internalPrefix: '__quick-',
  otherInternal: ['my-registry'],
  topics: ['a', 'b.*'],
};
const START = 'kafka-acls --bootstrap-server k:9 --command-config admin.properties --add';

test('the rights of a mirror are as few commands as possible', () => {
  const commands = aclCommands('User:CN=m, O=x', rightsOf('mirror', OPTIONS), 'k:9');
  const user = "--allow-principal 'User:CN=m, O=x'";
  const when = '   # only for mirrors with retentionTombstones';
  expect(commands).toEqual([
    `${START} ${user} --operation Read --resource-pattern-type prefixed --topic __quick- --topic b.`,
    `${START} ${user} --operation Read --topic my-registry --topic a`,
    `${START} ${user} --operation Write --topic a${when}`,
    `${START} ${user} --operation Write --resource-pattern-type prefixed --topic b.${when}`,
  ]);
});

test('all topics are a literal pattern in quotes, and a program without rights has no command', () => {
  const all = { internalPrefix: '__quick-', otherInternal: [], topics: ['*'] };
  expect(aclCommands('User:i', rightsOf('ingest', all), 'k:9').at(-1)).toBe(
    `${START} --allow-principal User:i --operation Write --topic '*'`,
  );
  expect(rightsOf('cli', { ...all, topics: [] })).toEqual([]);
});
