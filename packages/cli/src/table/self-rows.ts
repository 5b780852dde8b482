import type { RunnableRow } from '../grammar/command-call.ts';
import { LIST_FORMATS, NAME, ONE_FORMATS } from './row-parts.ts';

/** Commands that change the settings of this command. */
export const SELF_ROWS: readonly RunnableRow[] = [
  {
    path: 'completion',
    summary: 'Print a completion script for a shell',
    group: 'self',
    reach: 'local',
    args: [{ name: 'SHELL', text: 'bash, zsh or fish' }],
    examples: [
      'source <(quick completion bash)',
      'quick completion zsh > "${fpath[1]}/_quick"',
      'quick completion fish > ~/.config/fish/completions/quick.fish',
    ],
    load: () => import('../commands/completion.ts'),
  },
  {
    path: 'version',
    summary: 'Print the version of quick',
    group: 'self',
    reach: 'local',
    load: () => import('../commands/version.ts'),
  },
  {
    path: 'context create',
    summary: 'Create a new context',
    group: 'self',
    reach: 'local',
    options: [
      { flags: '--host <host>', text: 'Name of the host (prompted if it is missing)' },
      {
        flags: '--key <api-key>',
        text: 'API key of this quick instance (prompted if it is missing)',
      },
      { flags: '--key-file <file>', text: 'File with the API key; - reads it from standard input' },
      { flags: '--context <context>', text: 'Name of the context (defaults to host)' },
      { flags: '--brokers <host:port,...>', text: 'Addresses of Kafka, for quick tail' },
      { flags: '--registry <url>', text: 'Address of the schema registry, for quick tail' },
      {
        flags: '--kafka-config <file>',
        text: 'File in the form of client.properties, with the access to Kafka and the schema registry',
      },
    ],
    examples: ['quick context create --host http://localhost:8080 --context local --key-file key'],
    load: () => import('../commands/context/context-create.ts'),
  },
  {
    path: 'context describe',
    summary: 'Display a context configuration',
    description: 'Prints the context with its key, like quick-cli. With -o it omits the key.',
    group: 'self',
    reach: 'local',
    options: [{ flags: '--context <context>', text: 'Select context (defaults to current one)' }],
    formats: ONE_FORMATS,
    load: () => import('../commands/context/context-describe.ts'),
  },
  {
    path: 'context list',
    summary: 'List all context configurations',
    description: 'Prints the contexts with their keys, like quick-cli. With -o it omits the keys.',
    group: 'self',
    reach: 'local',
    formats: LIST_FORMATS,
    load: () => import('../commands/context/context-list.ts'),
  },
  {
    path: 'context activate',
    summary: 'Activate context',
    group: 'self',
    reach: 'local',
    args: NAME('Name of the context to activate'),
    load: () => import('../commands/context/context-activate.ts'),
  },
  {
    path: 'context use',
    summary: 'Same as context activate',
    group: 'self',
    reach: 'local',
    args: NAME('Name of the context to activate'),
    load: () => import('../commands/context/context-activate.ts'),
  },
  {
    path: 'context rename',
    summary: 'Rename a context',
    group: 'self',
    reach: 'local',
    args: [
      { name: 'NAME', text: 'Name of the context' },
      { name: 'NEW_NAME', text: 'New name of the context' },
    ],
    load: () => import('../commands/context/context-rename.ts'),
  },
  {
    path: 'context delete',
    summary: 'Delete a context',
    group: 'self',
    reach: 'local',
    args: NAME('Name of the context'),
    load: () => import('../commands/context/context-delete.ts'),
  },
  {
    path: 'context import',
    summary: 'Import the contexts of quick-cli',
    description:
      'Reads ~/.config/quick.conf, the file of bakdata Quick. Existing contexts stay unchanged.',
    group: 'self',
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
