import { describeError } from '@quicksilver/common/errors/describe';

import { endLeftovers } from '../end-leftovers.ts';
import { machineEnvironment } from '../machine-environment.ts';

// node main.ts <directory>: ends what runs from there, and prints a line of JSON for each replica that still ran.
try {
  const [directory] = process.argv.slice(2);
  if (directory === undefined) {
    throw new Error('The directory of a process runtime is needed as the only argument.');
  }
  const ended = await endLeftovers(directory, {
    machineEnvironment: machineEnvironment(process.env),
  });
  for (const replica of ended) {
    process.stdout.write(`${JSON.stringify(replica)}\n`);
  }
} catch (error) {
  process.stderr.write(`${describeError(error)}\n`);
  process.exitCode = 1;
}
