import { setTimeout as pause } from 'node:timers/promises';

import { Deadline } from '@quicksilver/common/flow/deadline';
import { endProcesses } from '@quicksilver/processes/end-processes';
import { isRunning } from '@quicksilver/processes/process-identity';

import { removeContainer } from './container-engine.ts';
import { endMarked } from './run-mark.ts';
import type { RunRecord } from './run-record.ts';

export interface EndRunOptions {
  /** Between SIGTERM and SIGKILL. */
  readonly graceMs: number;
  /** The environment for the container engine. */
  readonly environment: Readonly<Record<string, string>>;
  /** Whether the record is from an earlier manager, which may have been killed during a start. */
  readonly isInherited: boolean;
}

// A process shows its mark only after its program is loaded. If its manager was killed right before
// that, a busy machine may take this long until then.
const SEARCH_MS = 1_000;
const SEARCH_EVERY_MS = 50;

/**
 * Ends everything in a record: the process, its descendants and its container. Resolves once
 * nothing of it runs, and returns whether anything still ran.
 */
export async function endRun(
  { run, container }: RunRecord,
  { graceMs, environment, isInherited }: EndRunOptions,
): Promise<boolean> {
  const wasRunning = run?.process !== undefined && (await isRunning(run.process));
  if (run?.process !== undefined && wasRunning) {
    await endProcesses([run.process], { graceMs, isGroup: true });
  }
  if (container !== undefined) {
    await removeContainer(container, environment);
  }
  let left = run === undefined ? 0 : await endMarked(run.id, { graceMs });
  if (run !== undefined && run.process === undefined && isInherited) {
    const deadline = Deadline.in(SEARCH_MS);
    while (left === 0 && !deadline.isOver) {
      await pause(SEARCH_EVERY_MS);
      left = await endMarked(run.id, { graceMs });
    }
  }
  return wasRunning || left > 0;
}
