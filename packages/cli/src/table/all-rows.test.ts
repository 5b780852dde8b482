import { execFileSync } from 'node:child_process';

import { expect, test } from 'vitest';

import { commonOptions } from '../grammar/common-options.ts';
import { completionScript, SHELLS } from '../grammar/completion-script.ts';
import { commandHelp, rootHelp } from '../grammar/help-text.ts';
import { COMMANDS, GROUPS } from './all-rows.ts';

/** Commands of quick-cli 0.8.0, their arguments and their flags. */
const QUICK_CLI: Readonly<Record<string, string>> = {
  'context create': '--host --key --context --debug',
  'context describe': '--context --debug',
  'context list': '--debug',
  'context activate': 'NAME --debug',
  'topic create':
    'NAME -k --key-type -v --value-type -s --schema --immutable --retention-time --range-field --context --debug',
  'topic delete': 'NAME --context --debug',
  'topic list': '--context --debug',
  'topic describe': 'NAME --context --debug',
  'gateway create': 'NAME --replicas --tag -s --schema --context --debug',
  'gateway delete': 'NAME --context --debug',
  'gateway apply': 'NAME -f --file --context --debug',
  'gateway list': '--context --debug',
  'gateway describe': 'NAME --context --debug',
  'gateway schema': 'NAME TYPE --avro --context --debug',
  'mirror create': 'TOPIC --tag --replicas --range-field --context --debug',
  'mirror delete': 'TOPIC --context --debug',
  'app deploy':
    'NAME --registry --image --tag --image-pull-secret --replicas --args --port --context --debug',
  'app delete': 'NAME --context --debug',
};

test.each(Object.entries(QUICK_CLI))(
  'quick %s has all arguments and flags of quick-cli',
  (path, words) => {
    const row = COMMANDS.find((each) => each.path === path);
    if (row === undefined) {
      throw new Error(`there is no quick ${path}`);
    }
    const flags = [...(row.options ?? []), ...commonOptions(row)].flatMap(({ flags: text }) =>
      text.split(', ').map((flag) => flag.split(' ')[0]),
    );
    const known = new Set([...(row.args ?? []).map(({ name }) => name), ...flags]);
    expect(words.split(' ').filter((word) => !known.has(word))).toEqual([]);
  },
);

test.each(COMMANDS.map((row) => [row.path, row] as const))(
  'quick %s has code, and help with lines that fit a terminal',
  async (_path, row) => {
    expect((await row.load()).run).toBeTypeOf('function');
    const lines = commandHelp(row, COMMANDS).split('\n');
    const isExample = (line: string): boolean => (row.examples ?? []).includes(line.trim());
    expect(
      lines.filter((line) => line.length > 120 && !isExample(line) && !line.startsWith('Usage')),
    ).toEqual([]);
  },
);

test('the help names every first word once, with its summary', () => {
  const help = rootHelp(COMMANDS, GROUPS);
  const lines = help.split('\n').filter((line) => /^ {2}[a-z-]+ {2,}/.test(line));
  const summaries = new Map([...GROUPS, ...COMMANDS].map(({ path, summary }) => [path, summary]));
  const words = [...new Set(COMMANDS.map(({ path }) => path.split(' ')[0] ?? ''))];
  expect(lines.map((line) => line.trim().replace(/ {2,}/, ': ')).toSorted()).toEqual(
    words.map((word) => `${word}: ${summaries.get(word)}`).toSorted(),
  );
});

test('the help of a command lists its subcommands', () => {
  const row = COMMANDS.find(({ path }) => path === 'dev');
  expect(row && commandHelp(row, COMMANDS)).toMatch(/^ {2}stop {2,}/m);
});

test.each(SHELLS)('the completion of %s has all commands', (shell) => {
  const script = completionScript(shell, COMMANDS);
  for (const { path } of COMMANDS) {
    expect(script).toContain(path.split(' ').at(-1));
  }
});

test('bash completes with the script', () => {
  const script = completionScript('bash', COMMANDS);
  const complete = `${script}\nCOMP_WORDS=(quick topic cr); COMP_CWORD=2; _quick; echo "\${COMPREPLY[@]}"`;
  expect(execFileSync('bash', ['-c', complete], { encoding: 'utf8' })).toBe('create\n');
});
