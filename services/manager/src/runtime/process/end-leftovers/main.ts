import { describeError } from '@quicksilver/common/errors/describe';

import { endLeftovers } from '../end-leftovers.ts';
import { machineEnvironment } from '../machine-environment.ts';

// node main.ts <directory> [ms]: stops everything that runs from the directory, with SIGKILL that
// many milliseconds after SIGTERM. Prints a line of JSON for each replica that still ran.
try {
  const [directory, graceMs] = process.argv.slice(2);
  if (directory === undefined) {
    throw new Error('The first argument is missing. Pass the directory of a process runtime.');
  }
  if (graceMs !== undefined && !/^\d{1,6}$/.test(graceMs)) {
    throw new Error(`Expected milliseconds as the second argument, found ${graceMs}.`);
  }
  const ended = await endLeftovers(directory, {
    ...(graceMs === undefined ? {} : { graceMs: Number(graceMs) }),
    machineEnvironment: machineEnvironment(process.env),
  });
  for (const replica of ended) {
    process.stdout.write(`${JSON.stringify(replica)}\n`);
  }
} catch (error) {
  process.stderr.write(`${describeError(error)}\n`);
  process.exitCode = 1;
}
