import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import type { Environment } from '@quicksilver/common/config/option';
import { programFile } from '@quicksilver/processes/program-file';
import { runProgram } from '@quicksilver/processes/run-program';

import { CliError } from '../output/cli-error.ts';
import { childEnv } from './child-env.ts';

export interface EndLeftoversOptions {
  /** Directory of the processes that the manager ran. */
  readonly runtimeDir: string;
  readonly nodePath: string;
  readonly env: Environment;
  /** Between SIGTERM and SIGKILL. */
  readonly graceMs: number;
}

const PROGRAM = fileURLToPath(
  programFile('services/manager/src/runtime/process/end-leftovers/main.ts'),
);
const BEYOND_GRACE_MS = 10_000;

/** Ends the orphaned processes of a manager and returns their number. Throws `CliError`. */
export async function endLeftovers(options: EndLeftoversOptions): Promise<number> {
  const { runtimeDir, nodePath, env, graceMs } = options;
  if ((await stat(runtimeDir).catch(() => undefined)) === undefined) {
    return 0;
  }
  const { exitCode, stdout, stderr } = await runProgram({
    command: nodePath,
    args: [PROGRAM, runtimeDir, String(graceMs)],
    env: childEnv(env, {}),
    timeoutMs: graceMs + BEYOND_GRACE_MS,
  });
  if (exitCode !== 0) {
    throw new CliError(`The processes that run from ${runtimeDir} could not be ended.`, {
      code: 'LEFTOVERS',
      hint: 'The reason follows.',
      log: stderr,
    });
  }
  return stdout
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '').length;
}
