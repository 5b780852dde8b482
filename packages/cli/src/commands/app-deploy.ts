import { openManager } from '../manager/manager-client.ts';
import { usageError } from '../run/cli-error.ts';
import type { CallOptions, RunCommand } from '../run/command-call.ts';
import { sayingOnFailure } from './quick-words.ts';
import { splitCommandLine } from './split-command-line.ts';

export const run: RunCommand = async (call) => {
  const [name = ''] = call.args;
  const { options, around } = call;
  const command = options.text('command');
  const manager = await openManager(call);
  const replicas = Number(options.text('replicas') ?? '1');
  const programArguments = pairs('--args', options.list('args'));
  const port = options.text('port');
  const common = { replicas, ...(port === undefined ? {} : { port: Number(port) }) };
  if (command === undefined) {
    const pullSecret = options.text('imagePullSecret');
    const environment = pairs('--env', options.list('env'));
    await sayingOnFailure(
      `Could not create application: ${name}`,
      manager.call('/application', {
        method: 'POST',
        json: {
          name,
          ...imageOf(options),
          ...common,
          ...(pullSecret === undefined ? {} : { imagePullSecret: pullSecret }),
          arguments: programArguments,
          ...(Object.keys(environment).length === 0 ? {} : { environment }),
        },
      }),
    );
  } else {
    const spec = {
      command: splitCommandLine(command),
      ...common,
      environment: pairs('--env', options.list('env')),
      arguments: programArguments,
    };
    await sayingOnFailure(
      `Could not create application: ${name}`,
      manager.put('application', name, spec, false),
    );
  }
  around.stdout.write(`Deployed application ${name}\n`);
  return undefined;
};

function imageOf(options: CallOptions): Readonly<Record<string, string>> {
  const registry = options.text('registry');
  const imageName = options.text('image');
  const tag = options.text('tag');
  if (registry === undefined || imageName === undefined || tag === undefined) {
    throw usageError(
      'Expected an image with --registry, --image and --tag, or a program with --command.',
      "See 'quick app deploy --help' for examples.",
    );
  }
  return { registry, imageName, tag };
}

function pairs(flag: string, given: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    given.map((entry) => {
      const at = entry.indexOf('=');
      if (at < 1) {
        throw usageError(`Expected ${flag} with name=value, found "${entry}".`);
      }
      return [entry.slice(0, at), entry.slice(at + 1)];
    }),
  );
}
