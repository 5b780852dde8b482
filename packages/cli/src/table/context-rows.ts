import type { RunnableRow } from '../grammar/command-call.ts';
import { LIST_FORMATS, NAME, ONE_FORMATS } from './row-parts.ts';

/** Where deployments are. */
export const CONTEXT_ROWS: readonly RunnableRow[] = [
  {
    path: 'context create',
    summary: 'Create a new context',
    group: 'own',
    reach: 'local',
    options: [
      { flags: '--host <host>', text: 'Name of the host (prompted if not given)' },
      { flags: '--key <api-key>', text: 'API key of this quick instance (prompted if not given)' },
      { flags: '--key-file <file>', text: 'File with the API key; - reads it from standard input' },
      { flags: '--context <context>', text: 'Name of the context (defaults to host)' },
      { flags: '--brokers <host:port,...>', text: 'Addresses of Kafka, for quick tail' },
    ],
    examples: ['quick context create --host http://localhost:8080 --context local --key-file key'],
    load: () => import('../commands/context/context-create.ts'),
  },
  {
    path: 'context describe',
    summary: 'Display a context configuration',
    description: 'Prints it as quick-cli does, the key with it; with -o the key is left out.',
    group: 'own',
    reach: 'local',
    options: [{ flags: '--context <context>', text: 'Select context (defaults to current one)' }],
    formats: ONE_FORMATS,
    load: () => import('../commands/context/context-describe.ts'),
  },
  {
    path: 'context list',
    summary: 'List all context configurations',
    description:
      'Prints them as quick-cli does, the keys with them; with -o the keys are left out.',
    group: 'own',
    reach: 'local',
    formats: LIST_FORMATS,
    load: () => import('../commands/context/context-list.ts'),
  },
  {
    path: 'context activate',
    summary: 'Activate context',
    group: 'own',
    reach: 'local',
    args: NAME('Name of the context to activate'),
    load: () => import('../commands/context/context-activate.ts'),
  },
  {
    path: 'context use',
    summary: 'The same as context activate',
    group: 'own',
    reach: 'local',
    args: NAME('Name of the context to activate'),
    load: () => import('../commands/context/context-activate.ts'),
  },
  {
    path: 'context rename',
    summary: 'Give a context another name',
    group: 'own',
    reach: 'local',
    args: [
      { name: 'NAME', text: 'Name of the context' },
      { name: 'NEW_NAME', text: 'Its name from now on' },
    ],
    load: () => import('../commands/context/context-rename.ts'),
  },
  {
    path: 'context delete',
    summary: 'Forget a context',
    group: 'own',
    reach: 'local',
    args: NAME('Name of the context'),
    load: () => import('../commands/context/context-delete.ts'),
  },
  {
    path: 'context import',
    summary: "Take over the contexts of Quick's own client",
    description: 'Reads ~/.config/quick.conf. A context that is here already is kept as it is.',
    group: 'own',
    reach: 'local',
    args: [
      {
        name: 'FILE',
        text: 'Another file of quick-cli; quick means ~/.config/quick.conf',
        isOptional: true,
      },
    ],
    load: () => import('../commands/context/context-import.ts'),
  },
];
