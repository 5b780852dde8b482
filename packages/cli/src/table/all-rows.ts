import type { RunnableRow } from '../grammar/command-call.ts';
import type { GroupRow } from '../grammar/command-row.ts';
import { CONTEXT_ROWS } from './context-rows.ts';
import { DEV_ROWS } from './start-rows.ts';
import { RESOURCE_ROWS } from './bakdata-rows.ts';
import { OWN_ROWS } from './project-rows.ts';

/** Every command, in the order of the help. */
export const COMMANDS: readonly RunnableRow[] = [
  ...DEV_ROWS,
  ...OWN_ROWS,
  ...CONTEXT_ROWS,
  ...RESOURCE_ROWS,
];

export const GROUPS: readonly GroupRow[] = [
  { path: 'context', summary: 'Manage quick configuration' },
  { path: 'topic', summary: 'Manage topics' },
  { path: 'gateway', summary: 'Manage gateways' },
  {
    path: 'mirror',
    summary: 'Manage mirrors',
    description:
      'Mirrors make topics queryable. With these commands, you can control which topic can be queried through gateway.',
  },
  {
    path: 'app',
    summary: 'Manage streams applications',
    description:
      'Applications are programs that work on topics: a command of the machine, or an image.',
  },
];
