import type { RunCommand } from '../../grammar/command-call.ts';
import { openManager } from '../../manager/manager-client.ts';
import { fileText } from '../file-text.ts';
import { withFailureSentence } from './failure-sentence.ts';

export const run: RunCommand = async (call) => {
  const [name = ''] = call.args;
  const { options, around } = call;
  const manager = await openManager(call);
  const replicas = options.text('replicas');
  const tag = options.text('tag');
  const file = options.text('schema');
  const json = {
    name,
    ...(replicas === undefined ? {} : { replicas: Number(replicas) }),
    ...(tag === undefined ? {} : { tag }),
    ...(file === undefined ? {} : { schema: await fileText(file, around) }),
  };
  await withFailureSentence(
    `Could not create gateway ${name}`,
    manager.call('/gateway', { method: 'POST', json }),
  );
  around.stdout.write(`Create gateway ${name} (this may take a few seconds)\n`);
  return undefined;
};
