import { printYaml } from '../../context/config-file.ts';
import type { RunCommand } from '../../grammar/command-call.ts';
import { printList } from '../../output/print.ts';
import { openContexts } from './open-contexts.ts';

export const run: RunCommand = async (call) => {
  const { file } = await openContexts(call);
  if (call.output.format === undefined) {
    call.output.stdout.write(
      `${printYaml(file.contexts)}currentContext: ${file.currentContext ?? ''}\n`,
    );
    return undefined;
  }
  const items = Object.entries(file.contexts).map(([name, { host, brokers, apiKey }]) => ({
    name,
    host,
    ...(brokers === undefined ? {} : { brokers }),
    hasKey: (apiKey ?? '') !== '',
    isActive: name === file.currentContext,
  }));
  printList(call.output, items, {
    defaultFormat: 'table',
    nameOf: ({ name }) => name,
    fields: [
      {
        header: 'ACTIVE',
        text: '* for the active context',
        read: (each) => (each.isActive ? '*' : ''),
      },
      { header: 'NAME', text: 'Name', read: ({ name }) => name },
      { header: 'HOST', text: 'Address of the manager', read: ({ host }) => host },
      {
        header: 'KEY',
        text: 'Whether the context has a key',
        read: ({ hasKey }) => (hasKey ? 'yes' : 'no'),
      },
      {
        header: 'BROKERS',
        text: 'Addresses of Kafka',
        isWide: true,
        read: ({ brokers }) => brokers ?? '-',
      },
    ],
  });
  return undefined;
};
