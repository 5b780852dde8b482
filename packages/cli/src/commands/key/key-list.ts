import { z } from 'zod';

import type { RunCommand } from '../../grammar/command-call.ts';
import { openManager } from '../../manager/manager-client.ts';
import { printList } from '../../output/print.ts';
import { listedKey, rightText } from './key-form.ts';

export const run: RunCommand = async (call) => {
  const manager = await openManager(call);
  const keys = await manager.readAs(z.array(listedKey), '/keys');
  printList(call.output, keys, {
    defaultFormat: 'table',
    nameOf: ({ name }) => name,
    fields: [
      { header: 'NAME', text: 'Name', read: ({ name }) => name },
      {
        header: 'RIGHTS',
        text: 'Rights with their limits',
        read: ({ grants }) => grants.map(rightText).join('; '),
      },
      {
        header: 'SCOPES',
        text: 'Scopes for @requiresScopes',
        read: ({ scopes }) => (scopes.length === 0 ? '-' : scopes.join(' ')),
      },
      {
        header: 'IDS',
        text: 'First digits of the SHA-256 of each valid key',
        isWide: true,
        read: ({ ids }) => ids.join(' '),
      },
      {
        header: 'CREATED',
        text: 'Time of creation',
        isWide: true,
        read: ({ createdAt }) => createdAt,
      },
    ],
  });
  return undefined;
};
