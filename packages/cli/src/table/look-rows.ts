import type { RunnableRow } from '../grammar/command-call.ts';
import { KIND, LIST_FORMATS } from './row-parts.ts';

/** Commands that show the state of a deployment. */
export const LOOK_ROWS: readonly RunnableRow[] = [
  {
    path: 'get',
    summary: 'List resources and their states',
    description: 'Without a kind it lists all resources. With -w it prints every change.',
    group: 'look',
    reach: 'deployment',
    args: [
      { ...KIND, text: `${KIND.text}, or all`, isOptional: true },
      { name: 'NAME', text: 'Show only the resource with this name', isOptional: true },
    ],
    options: [{ flags: '-w, --watch', text: 'Print every change until Ctrl-C' }],
    formats: LIST_FORMATS,
    examples: ['quick get', 'quick get topics -o wide', 'quick get gw shop -w -o jsonl'],
    load: () => import('../commands/look/get.ts'),
  },
  {
    path: 'describe',
    summary: 'Show all details of one resource',
    group: 'look',
    reach: 'deployment',
    args: [KIND, { name: 'NAME', text: 'Name; or write kind/name', isOptional: true }],
    formats: ['yaml', 'json', 'jsonl', 'name'],
    examples: ['quick describe gateway shop', 'quick describe t products -o json'],
    load: () => import('../commands/look/describe.ts'),
  },
  {
    path: 'logs',
    summary: 'Print the log of a replica',
    group: 'look',
    reach: 'deployment',
    args: [KIND, { name: 'NAME', text: 'Name; or write kind/name', isOptional: true }],
    options: [
      { flags: '-f, --follow', text: 'Keep printing new lines' },
      {
        flags: '--lines <count>',
        text: 'Number of previous lines (default: 100)',
        isNumber: true,
      },
      {
        flags: '--replica <ordinal>',
        text: 'Ordinal of the replica, from 0 (default: 0)',
        isNumber: true,
      },
    ],
    examples: ['quick logs gateway shop -f', 'quick logs app enrich --replica 1 --lines 20'],
    load: () => import('../commands/look/logs.ts'),
  },
];
