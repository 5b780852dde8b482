import { removeContainer } from './container-engine.ts';
import { endProcesses } from './end-process.ts';
import { isRunning } from './process-identity.ts';
import { endMarked } from './run-mark.ts';
import type { RunRecord } from './run-record.ts';

/**
 * Ends everything that a record speaks of: the process, what it started, its container. Resolves once
 * nothing of it runs; answers whether the process itself still did.
 */
export async function endRun(
  { run, container }: RunRecord,
  options: {
    readonly graceMs: number;
    /** For the program that runs containers. */
    readonly environment: Readonly<Record<string, string>>;
  },
): Promise<boolean> {
  const wasRunning = run?.process !== undefined && (await isRunning(run.process));
  if (run?.process !== undefined && wasRunning) {
    await endProcesses([run.process], { graceMs: options.graceMs, isGroup: true });
  }
  if (container !== undefined) {
    await removeContainer(container, options.environment);
  }
  const left = run === undefined ? 0 : await endMarked(run.id, options);
  return wasRunning || left > 0;
}
