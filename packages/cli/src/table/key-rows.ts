import type { RunnableRow } from '../grammar/command-call.ts';
import type { ArgumentRow } from '../grammar/command-row.ts';
import { LIST_FORMATS } from './row-parts.ts';

const NAME: ArgumentRow = { name: 'NAME', text: 'Name of the key' };

/** Commands for API keys with limited rights. */
export const KEY_ROWS: readonly RunnableRow[] = [
  {
    path: 'key create',
    summary: 'Create an API key with limited rights',
    description:
      'Prints the key once. Only its SHA-256 is stored. Services accept it within seconds, without a restart. A key for a web page is public, so limit it to a gateway.',
    group: 'look',
    reach: 'deployment',
    isChange: true,
    args: [NAME],
    options: [
      { flags: '--read', text: 'The key may read' },
      { flags: '--write', text: 'The key may write records' },
      { flags: '--admin', text: 'The key may do everything' },
      {
        flags: '--gateway <pattern>',
        text: 'Only through gateways with such a name; * stands for any text',
        isRepeatable: true,
      },
      {
        flags: '--topic <pattern>',
        text: 'Only for topics with such a name; * stands for any text',
        isRepeatable: true,
      },
      { flags: '--scope <scope>', text: 'A scope for @requiresScopes', isRepeatable: true },
    ],
    examples: [
      'quick key create web --read --gateway shop',
      "quick key create sensors --write --topic 'sensor-*'",
    ],
    load: () => import('../commands/key/key-create.ts'),
  },
  {
    path: 'key list',
    summary: 'List API keys and their rights',
    group: 'look',
    reach: 'deployment',
    formats: LIST_FORMATS,
    examples: ['quick key list', 'quick key list -o wide'],
    load: () => import('../commands/key/key-list.ts'),
  },
  {
    path: 'key rotate',
    summary: 'Replace an API key by a new one with the same rights',
    description: 'Prints the new key once. The previous one stays valid for --grace seconds.',
    group: 'look',
    reach: 'deployment',
    isChange: true,
    args: [NAME],
    options: [
      {
        flags: '--grace <seconds>',
        text: 'Seconds that the previous key stays valid (default: 3600)',
        isNumber: true,
      },
    ],
    examples: ['quick key rotate web', 'quick key rotate web --grace 0'],
    load: () => import('../commands/key/key-rotate.ts'),
  },
  {
    path: 'key revoke',
    summary: 'Revoke an API key',
    description: 'Services reject the key within seconds and close its WebSockets.',
    group: 'look',
    reach: 'deployment',
    isChange: true,
    args: [NAME],
    examples: ['quick key revoke web'],
    load: () => import('../commands/key/key-revoke.ts'),
  },
];
