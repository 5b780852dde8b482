import type { RunnableRow } from '../grammar/command-call.ts';
import type { GroupRow } from '../grammar/command-row.ts';
import { BAKDATA_ROWS } from './bakdata-rows.ts';
import { DATA_ROWS } from './data-rows.ts';
import { KEY_ROWS } from './key-rows.ts';
import { LOOK_ROWS } from './look-rows.ts';
import { PROJECT_ROWS } from './project-rows.ts';
import { SELF_ROWS } from './self-rows.ts';
import { START_ROWS } from './start-rows.ts';
import { TOPIC_ROWS } from './topic-rows.ts';

/** All commands, in the order of the documentation. */
export const COMMANDS: readonly RunnableRow[] = [
  ...START_ROWS,
  ...PROJECT_ROWS,
  ...LOOK_ROWS,
  ...KEY_ROWS,
  ...DATA_ROWS,
  ...SELF_ROWS,
  ...TOPIC_ROWS,
  ...BAKDATA_ROWS,
];

export const GROUPS: readonly GroupRow[] = [
  { path: 'context', summary: 'Manage quick configuration' },
  { path: 'key', summary: 'Manage API keys' },
  { path: 'topic', summary: 'Manage topics' },
  { path: 'schema', summary: 'Generate schemas' },
  { path: 'gateway', summary: 'Manage gateways' },
  {
    path: 'mirror',
    summary: 'Manage mirrors',
    description:
      'A mirror makes a topic queryable. These commands control which topics gateways can query.',
  },
  {
    path: 'app',
    summary: 'Manage streams applications',
    description:
      'An application is a program that works on topics: a command on the machine of the manager, or an image.',
  },
];
