import { DEFINITIONS, type ResourceKind } from '@quicksilver/resources/kinds';
import type { ResourceId } from '@quicksilver/resources/members';
import { Deadline, pause } from '@quicksilver/common/flow/deadline';
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

/** A resource that does not run. */
export interface SickResource {
  readonly kind: ResourceKind;
  readonly name: string;
  readonly error: CliError;
}

type ExpectedResource = Pick<ResourceSpec, 'kind' | 'name'> & Partial<Pick<ResourceSpec, 'body'>>;
type LiveResource = Overview['resources'][number];

const POLL_EVERY_MS = 100;

/**
 * Waits until all resources run, and shows the progress. Returns the resources that fail, and those
 * that do not run although nothing changes any more. The others run. Returns early if the signal
 * aborts. Throws `CliError` if this manager does not act.
 */
export async function awaitRunning(
  options: AwaitRunningOptions,
  signal: AbortSignal,
): Promise<readonly SickResource[]> {
  const { manager, specs, display, failedForMs = 5_000, stuckAfterMs = 60_000 } = options;
  const names = namesOf(specs);
  const failedSince = new Map<string, number>();
  let lastProgress = '';
  let deadline = Deadline.in(stuckAfterMs);
  while (!signal.aborted) {
    const { resources, manager: instance } = await manager.overview();
    // Before its first reconciliation the manager reports the states of an earlier run.
    const isCurrent = instance?.isCurrent !== false;
    const waiting = resources.filter((each) => names.has(keyOf(each)) && !isRunning(each));
    const now = performance.now();
    for (const each of resources) {
      const hasFailed = isCurrent && waiting.includes(each) && each.status?.state === 'Failed';
      if (!hasFailed) {
        failedSince.delete(keyOf(each));
      } else if (!failedSince.has(keyOf(each))) {
        failedSince.set(keyOf(each), now);
      }
    }
    const isFailed = (each: LiveResource): boolean =>
      now - (failedSince.get(keyOf(each)) ?? Infinity) > failedForMs;
    // The mirror of a topic that fails does not serve, and its own state says less.
    const held = new Set(
      waiting
        .filter(isFailed)
        .flatMap(({ kind, name }) => DEFINITIONS[kind].brings(name).map(keyOf)),
    );
    if (isCurrent && waiting.every((each) => isFailed(each) || held.has(keyOf(each)))) {
      return await Promise.all(
        waiting.map((each) => notRunning(each, isFailed(each) ? 'failed' : 'does not run', specs)),
      );
    }
    const progress = isCurrent
      ? waiting.map(progressOf).join(', ')
      : 'the manager reconciles all resources';
    if (progress !== lastProgress) {
      lastProgress = progress;
      deadline = Deadline.in(stuckAfterMs);
      display.status('Starting the resources of the project', progress);
    }
    if (deadline.isOver) {
      if (instance?.isLeader === false) {
        throw notLeader();
      }
      const problem = `does not run after ${stuckAfterMs / 1_000} seconds`;
      return await Promise.all(waiting.map((each) => notRunning(each, problem, specs)));
    }
    await pause(POLL_EVERY_MS, signal);
  }
  return [];
}

function namesOf(specs: readonly ExpectedResource[]): ReadonlySet<string> {
  const brought = specs.flatMap(({ kind, name }) => DEFINITIONS[kind].brings(name));
  return new Set([...specs, ...brought].map(keyOf));
}

function keyOf({ kind, name }: ResourceId): string {
  return `${kind}/${name}`;
}

function notLeader(): CliError {
  return new CliError('The manager of this run is not the leader.', {
    code: 'NOT_LEADER',
    hint: 'Another manager uses the same Kafka. Stop that manager, or use another Kafka.',
  });
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
  live: LiveResource,
  problem: string,
  specs: readonly ExpectedResource[],
): Promise<SickResource> {
  const { kind, name } = live;
  return { kind, name, error: await errorOf(live, problem, specs) };
}

async function errorOf(
  { kind, name, status }: LiveResource,
  problem: string,
  specs: readonly ExpectedResource[],
): Promise<CliError> {
  const code = 'NOT_RUNNING';
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
