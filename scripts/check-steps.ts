import type { Step } from './step.ts';

const DEADLINE_MS = 5 * 60_000;

export const CHECK_STEPS: readonly Step[] = [
  {
    name: 'format',
    command: 'oxfmt',
    args: ['--check', '.'],
    deadlineMs: DEADLINE_MS,
    advice: 'To format: npm run check -- --fix',
  },
  {
    name: 'lint',
    command: 'oxlint',
    args: ['--type-aware', '--deny-warnings', '--report-unused-disable-directives', '.'],
    deadlineMs: DEADLINE_MS,
  },
  { name: 'types', command: 'tsc', args: ['-p', '.'], deadlineMs: DEADLINE_MS },
  {
    name: 'words',
    command: 'node',
    args: ['scripts/words/main.ts'],
    deadlineMs: DEADLINE_MS,
    advice: 'The rules are in docs/writing.md. To see all counts: npm run check -- words --print',
  },
];

/** What `--fix` does before the steps run. */
export const FIX_STEPS: readonly Step[] = [
  { name: 'fix format', command: 'oxfmt', args: ['.'], deadlineMs: DEADLINE_MS },
  {
    name: 'fix lint',
    command: 'oxlint',
    args: ['--type-aware', '--fix', '.'],
    deadlineMs: DEADLINE_MS,
  },
];

export const UNIT = 'unit tests';
