import { pause } from '@quicksilver/common/flow/deadline';
import { mirrorNameOf } from '@quicksilver/common/control/resource-name';
import { isPortFree } from '@quicksilver/local-kafka/free-port';

import { labelOf } from '../commands/kinds.ts';
import type { ManagerClient, Overview } from '../manager/manager-client.ts';
import type { Desired } from '../project/desired-resources.ts';
import { DevError } from './dev-error.ts';
import type { Display } from '../output/display.ts';

export interface AwaitRunningOptions {
  readonly manager: ManagerClient;
  readonly wanted: readonly Wanted[];
  readonly display: Display;
  /** Milliseconds that a failure lasts before it is believed: what ended is started again. */
  readonly failedForMs?: number;
  /** Milliseconds without any change after which it is given up. */
  readonly stuckAfterMs?: number;
}

type Wanted = Pick<Desired, 'kind' | 'name'> & Partial<Pick<Desired, 'body'>>;
type Found = Overview['resources'][number];

const ASK_EVERY_MS = 100;

/**
 * Waits until everything that was asked for runs, and shows how far it is. Throws `DevError` where
 * something fails or nothing moves any more; returns early when the signal aborts.
 */
export async function awaitRunning(
  options: AwaitRunningOptions,
  signal: AbortSignal,
): Promise<void> {
  const { manager, wanted, display, failedForMs = 5_000, stuckAfterMs = 60_000 } = options;
  const names = new Set(wanted.map(({ kind, name }) => `${kind}/${name}`));
  for (const { name } of wanted.filter(({ kind }) => kind === 'topic')) {
    names.add(`mirror/${mirrorNameOf(name)}`);
  }
  let before = '';
  let failedAt: number | undefined;
  let deadline = performance.now() + stuckAfterMs;
  while (!signal.aborted) {
    const { resources, manager: who } = await manager.overview();
    // Until it has looked, what it says is of an earlier run.
    const isCurrent = who?.isCurrent !== false;
    const meant = resources.filter(({ kind, name }) => names.has(`${kind}/${name}`));
    const missing = meant.filter((found) => !isRunning(found));
    if (missing.length === 0 && isCurrent) {
      return;
    }
    const failed = missing.find(({ status }) => status?.state === 'Failed');
    failedAt = failed === undefined || !isCurrent ? undefined : (failedAt ?? performance.now());
    if (failedAt !== undefined && performance.now() - failedAt > failedForMs) {
      throw await notRunning(failed, 'failed', wanted);
    }
    const now = isCurrent ? missing.map(toldOf).join(', ') : 'the manager looks at everything';
    if (now !== before) {
      before = now;
      deadline = performance.now() + stuckAfterMs;
      display.status(`Starting what the project wants`, now);
    }
    if (performance.now() > deadline) {
      if (who?.isLeader === false) {
        throw new DevError('The manager that was started here does not lead.', {
          whatToDo: 'Another one works on the same Kafka: stop that one, or use another Kafka.',
        });
      }
      const how = `does not run after ${stuckAfterMs / 1_000} seconds`;
      throw await notRunning(missing[0], how, wanted);
    }
    await pause(ASK_EVERY_MS, signal);
  }
}

/** As it was asked for last, and not as it was before. */
function isRunning({ version, status }: Found): boolean {
  return status?.state === 'Running' && (status.observedVersion ?? version) >= version;
}

function toldOf({ kind, name, status }: Found): string {
  const { state = 'Pending', progress } = status ?? {};
  const share = progress === undefined ? '' : ` ${Math.floor(progress * 100)} %`;
  return `${labelOf(kind, name)} ${state.toLowerCase()}${share}`;
}

async function notRunning(
  found: Found | undefined,
  how: string,
  wanted: readonly Wanted[],
): Promise<DevError> {
  const label = found === undefined ? 'Something' : labelOf(found.kind, found.name);
  const message = `${label} ${how}: ${found?.status?.reason ?? 'no reason was given'}.`;
  const port = wanted.find((each) => each.kind === found?.kind && each.name === found.name)?.body?.[
    'port'
  ];
  // It does not run, so whoever listens there is another.
  if (found?.kind === 'application' && typeof port === 'number' && !(await isPortFree(port))) {
    return new DevError(`${label} ${how}: port ${port}, which it listens on, is in use.`, {
      whatToDo: `Does this project run already, from another directory perhaps? Stop what listens there ("ss -ltnp 'sport = :${port}'" or "lsof -i :${port}" shows it), or give the app another port. ${message}`,
    });
  }
  return new DevError(message, {
    whatToDo: found === undefined ? '' : `quick logs ${found.kind} ${found.name} says more.`,
  });
}
