import { DEFINITIONS } from '@quicksilver/resources/kinds';
import { pause } from '@quicksilver/common/flow/deadline';
import { isPortFree } from '@quicksilver/local-kafka/free-port';

import type { ManagerClient, Overview } from '../manager/manager-client.ts';
import { CliError } from '../output/cli-error.ts';
import type { Display } from '../output/display.ts';
import { labelOf } from '../output/resource-label.ts';
import type { ResourceSpec } from '../project/resource-specs.ts';

export interface AwaitRunningOptions {
  readonly manager: ManagerClient;
  readonly specs: readonly ExpectedResource[];
  readonly display: Display;
  /** A failure counts only after so many milliseconds, because the manager restarts processes. */
  readonly failedForMs?: number;
  /** Give up after so many milliseconds without a change. */
  readonly stuckAfterMs?: number;
}

type ExpectedResource = Pick<ResourceSpec, 'kind' | 'name'> & Partial<Pick<ResourceSpec, 'body'>>;
type LiveResource = Overview['resources'][number];

const POLL_EVERY_MS = 100;

/**
 * Waits until all resources run, and shows the progress. Throws `CliError` if one fails, or if
 * nothing changes for too long. Returns early if the signal aborts.
 */
export async function awaitRunning(
  options: AwaitRunningOptions,
  signal: AbortSignal,
): Promise<void> {
  const { manager, specs, display, failedForMs = 5_000, stuckAfterMs = 60_000 } = options;
  const names = new Set(specs.map(({ kind, name }) => `${kind}/${name}`));
  for (const { kind, name } of specs) {
    for (const brought of DEFINITIONS[kind].brings(name)) {
      names.add(`${brought.kind}/${brought.name}`);
    }
  }
  let lastProgress = '';
  let failedAt: number | undefined;
  let deadline = performance.now() + stuckAfterMs;
  while (!signal.aborted) {
    const { resources, manager: instance } = await manager.overview();
    // Before its first reconciliation the manager reports the states of an earlier run.
    const isCurrent = instance?.isCurrent !== false;
    const waiting = resources.filter(
      (each) => names.has(`${each.kind}/${each.name}`) && !isRunning(each),
    );
    if (waiting.length === 0 && isCurrent) {
      return;
    }
    const failed = waiting.find(({ status }) => status?.state === 'Failed');
    failedAt = failed === undefined || !isCurrent ? undefined : (failedAt ?? performance.now());
    if (failedAt !== undefined && performance.now() - failedAt > failedForMs) {
      throw await notRunning(failed, 'failed', specs);
    }
    const progress = isCurrent
      ? waiting.map(progressOf).join(', ')
      : 'the manager reconciles all resources';
    if (progress !== lastProgress) {
      lastProgress = progress;
      deadline = performance.now() + stuckAfterMs;
      display.status('Starting the resources of the project', progress);
    }
    if (performance.now() > deadline) {
      if (instance?.isLeader === false) {
        throw new CliError('The manager of this run is not the leader.', {
          code: 'NOT_LEADER',
          hint: 'Another manager uses the same Kafka. Stop that manager, or use another Kafka.',
        });
      }
      const problem = `does not run after ${stuckAfterMs / 1_000} seconds`;
      throw await notRunning(waiting[0], problem, specs);
    }
    await pause(POLL_EVERY_MS, signal);
  }
}

/** Whether the latest version runs, and not an earlier one. */
function isRunning({ version, status }: LiveResource): boolean {
  return status?.state === 'Running' && (status.observedVersion ?? version) >= version;
}

function progressOf({ kind, name, status }: LiveResource): string {
  const { state = 'Pending', progress } = status ?? {};
  const share = progress === undefined ? '' : ` ${Math.floor(progress * 100)} %`;
  return `${labelOf(kind, name)} ${state.toLowerCase()}${share}`;
}

async function notRunning(
  live: LiveResource | undefined,
  problem: string,
  specs: readonly ExpectedResource[],
): Promise<CliError> {
  const code = 'NOT_RUNNING';
  if (live === undefined) {
    return new CliError(`Something ${problem}.`, { code });
  }
  const { kind, name, status } = live;
  const label = labelOf(kind, name);
  const message = `${label} ${problem}: ${status?.reason ?? 'the manager reports no reason'}.`;
  const spec = specs.find((each) => each.kind === kind && each.name === name);
  const port = spec?.body?.['port'];
  // The resource does not run, so another program listens on its port.
  if (typeof port === 'number' && !(await isPortFree(port))) {
    return new CliError(`${label} ${problem}: port ${port}, which it listens on, is in use.`, {
      code,
      hint: `This project may already run from another directory. Stop the program that uses the port ("ss -ltnp 'sport = :${port}'" or "lsof -i :${port}" shows it), or change the port of the app. ${message}`,
    });
  }
  const hint = DEFINITIONS[kind].hasLogs
    ? `For its log, run: quick logs ${kind} ${name}`
    : `For its state, run: quick describe ${kind} ${name}`;
  return new CliError(message, { code, hint });
}
