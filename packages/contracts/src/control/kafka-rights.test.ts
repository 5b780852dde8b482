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

test('the registry of an earlier version needs the rights of the other internal topics, except Create', () => {
  const options = { internalPrefix: '__quick-', otherInternal: [], topics: [] };
  const former = { ...options, formerRegistry: '__topic-registry' };
  const when = '   # only if __topic-registry of an earlier version is in use';
  const rest = `--allow-principal User:a --operation Read`;
  expect(aclCommands('User:a', rightsOf('edge', former), 'k:9')).toEqual([
    `${START} ${rest} --resource-pattern-type prefixed --topic __quick-`,
    `${START} ${rest} --topic __topic-registry${when}`,
  ]);
  expect(aclCommands('User:a', rightsOf('manager', former), 'k:9').at(-1)).toBe(
    `${START} ${rest} --operation Write --topic __topic-registry${when}`,
  );
  expect(rightsOf('cli', former)).toEqual([]);
});
