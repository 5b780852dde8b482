import type { CallOptions, RunCommand } from '../../grammar/command-call.ts';
import { openManager } from '../../manager/manager-client.ts';
import { usageError } from '../../output/cli-error.ts';
import { withFailureSentence } from './failure-sentence.ts';
import { splitCommandLine } from './split-command-line.ts';

export const run: RunCommand = async (call) => {
  const [name = ''] = call.args;
  const { options, around } = call;
  const manager = await openManager(call);
  const port = options.text('port');
  const common = {
    replicas: Number(options.text('replicas') ?? '1'),
    ...(port === undefined ? {} : { port: Number(port) }),
    arguments: pairs('--args', options.list('args')),
  };
  const command = options.text('command');
  const environment = pairs('--env', options.list('env'));
  const secret = options.text('imagePullSecret');
  if (command === undefined && Object.keys(environment).length === 0) {
    const json = {
      name,
      ...imageOf(options),
      ...common,
      ...(secret === undefined ? {} : { imagePullSecret: secret }),
    };
    await withFailureSentence(
      `Could not create application: ${name}`,
      manager.call('/application', { method: 'POST', json }),
    );
  } else {
    if (secret !== undefined) {
      throw usageError(
        'Use --image-pull-secret only with an image, and without --env and --command.',
      );
    }
    // The API of bakdata Quick has neither a program nor an environment, so this uses ours.
    const { registry, imageName, tag } = command === undefined ? imageOf(options) : NO_IMAGE;
    const program =
      command === undefined
        ? { image: `${registry}/${imageName}:${tag}` }
        : { command: splitCommandLine(command) };
    await withFailureSentence(
      `Could not create application: ${name}`,
      manager.put('application', name, { ...program, ...common, environment }, false),
    );
  }
  around.stdout.write(`Deployed application ${name}\n`);
  return undefined;
};

interface Image {
  readonly registry: string;
  readonly imageName: string;
  readonly tag: string;
}

const NO_IMAGE: Image = { registry: '', imageName: '', tag: '' };

function imageOf(options: CallOptions): Image {
  const registry = options.text('registry');
  const imageName = options.text('image');
  const tag = options.text('tag');
  if (registry === undefined || imageName === undefined || tag === undefined) {
    throw usageError(
      'Expected an image with --registry, --image and --tag, or a program with --command.',
      "For examples, see 'quick app deploy --help'.",
    );
  }
  return { registry, imageName, tag };
}

function pairs(flag: string, entries: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    entries.map((entry) => {
      const at = entry.indexOf('=');
      if (at < 1) {
        throw usageError(`Expected ${flag} with name=value, found "${entry}".`);
      }
      return [entry.slice(0, at), entry.slice(at + 1)];
    }),
  );
}
