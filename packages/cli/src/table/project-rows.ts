import type { RunnableRow } from '../grammar/command-call.ts';
import type { OptionRow } from '../grammar/command-row.ts';
import { ALLOW_BREAKING, ENVIRONMENT, KIND } from './row-parts.ts';

const SOURCES =
  'Project file or a directory with quick.yaml, or manifests (apiVersion, kind, metadata, spec) or a directory with them; - reads standard input. Can be repeated';
const FILE: OptionRow = {
  flags: '-f, --file <file>',
  text: `${SOURCES} (default: quick.yaml)`,
  isRepeatable: true,
};
const RECURSIVE: OptionRow = {
  flags: '-R, --recursive',
  text: 'Also read the directories below a directory',
};
/** Commands for all resources of a project. */
export const PROJECT_ROWS: readonly RunnableRow[] = [
  {
    path: 'apply',
    summary: 'Apply a project file to a deployment',
    description:
      'Creates and changes topics, mirrors, gateways and applications in the order of their dependencies. A second run changes nothing. If a run fails, it prints its progress, and the next run completes it.',
    group: 'project',
    reach: 'deployment',
    isChange: true,
    options: [
      FILE,
      RECURSIVE,
      ENVIRONMENT,
      { flags: '--dry-run', text: 'Only print what would change' },
      ALLOW_BREAKING,
      {
        flags: '--prune',
        text: 'Delete everything in the deployment that is not in the file. Before it deletes topics it asks for a confirmation',
      },
    ],
    formats: ['table', 'name', 'json', 'jsonl', 'yaml'],
    examples: [
      'quick apply -f quick.yaml',
      'quick apply -f quick.yaml --environment production --dry-run',
      'quick apply -f deploy/ -R',
    ],
    load: () => import('../commands/project/apply.ts'),
  },
  {
    path: 'diff',
    summary: 'Show what apply would change',
    group: 'project',
    reach: 'deployment',
    options: [
      FILE,
      RECURSIVE,
      ENVIRONMENT,
      { flags: '--prune', text: 'Also show what apply --prune would delete' },
    ],
    formats: ['table', 'name', 'json', 'jsonl', 'yaml'],
    examples: ['quick diff -f quick.yaml', 'quick diff && echo "nothing to do"'],
    exits:
      '0 no differences · 1 differences · 2 wrong usage or failed · 3 not found · 4 conflict · 130 interrupted',
    load: () => import('../commands/project/diff.ts'),
  },
  {
    path: 'delete',
    summary: 'Delete one resource, or all resources of a project',
    description:
      'With -f it deletes all resources of the file, in the reverse order of apply. Deleting a topic also deletes its data, so it requires --yes, or a confirmation at a terminal.',
    group: 'project',
    reach: 'deployment',
    isChange: true,
    args: [
      { ...KIND, isOptional: true },
      { name: 'NAME', text: 'Name of the resource', isOptional: true },
    ],
    options: [
      { ...FILE, text: SOURCES },
      RECURSIVE,
      ENVIRONMENT,
      { flags: '--force', text: 'Delete a topic even if a gateway uses it' },
    ],
    formats: ['table', 'name', 'json', 'jsonl'],
    examples: [
      'quick delete gateway shop',
      'quick delete topic products --yes',
      'quick delete -f quick.yaml',
    ],
    load: () => import('../commands/project/delete.ts'),
  },
];
