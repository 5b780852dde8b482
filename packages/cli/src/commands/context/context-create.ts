import { resolve } from 'node:path';

import { configPath, readContexts, writeContexts } from '../../context/config-file.ts';
import { keyOfOption, managerUrlOf } from '../../context/target.ts';
import type { RunCommand } from '../../grammar/command-call.ts';
import { usageError } from '../../output/cli-error.ts';
import { ask, canAsk } from '../ask.ts';

export const run: RunCommand = async ({ options, around }) => {
  const isInteractive = canAsk(options, around);
  const host =
    options.text('host') ??
    (isInteractive
      ? await ask('Enter your host address (example: https://hostaddress.com): ', around)
      : undefined);
  if (host === undefined || host.trim() === '') {
    throw usageError(
      'The address of the deployment is missing.',
      'For example: quick context create --host http://localhost:8080',
    );
  }
  const managerUrl = managerUrlOf(host.trim());
  const apiKey =
    options.text('key') ??
    (await keyOfOption(options, around)) ??
    (isInteractive ? await ask(`Enter the API key for ${host}: `, around, true) : '');
  const name = options.text('context') ?? nameFromHost(host);
  const path = configPath(around);
  const existing = await readContexts(path);
  const brokers = options.text('brokers');
  const schemaRegistry = options.text('registry');
  const kafkaConfig = options.text('kafkaConfig');
  const context = {
    host: /^https?:\/\//.test(host) ? managerUrl : managerUrl.replace('http://', ''),
    apiKey,
    ...(brokers === undefined ? {} : { brokers }),
    ...(schemaRegistry === undefined ? {} : { schemaRegistry }),
    ...(kafkaConfig === undefined ? {} : { kafkaConfig: resolve(around.cwd, kafkaConfig) }),
  };
  const currentContext = existing?.currentContext ?? name;
  await writeContexts(path, {
    currentContext,
    contexts: { ...existing?.contexts, [name]: context },
  });
  around.stderr.write(
    currentContext === name
      ? `context/${name} ${existing?.contexts[name] === undefined ? 'created' : 'configured'}\n`
      : `context/${name} created. To use it, run: quick context activate ${name}\n`,
  );
  return undefined;
};

function nameFromHost(host: string): string {
  return host
    .replace(/https?:\/\/(www\.)?/, '')
    .trim()
    .replaceAll(/^\/+|\/+$/g, '');
}
