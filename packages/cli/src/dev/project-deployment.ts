import { compareProject } from '../project/open-project.ts';
import type { ManagerClient } from '../manager/manager-client.ts';
import { applyAll } from '../project/apply-all.ts';
import type { LoadedProject } from '../project/load-project.ts';
import { plan, type Change } from '../project/plan.ts';
import { awaitRunning } from './await-running.ts';
import type { Display } from '../output/display.ts';

export interface DeployOptions {
  readonly loaded: LoadedProject;
  readonly manager: ManagerClient;
  readonly display: Display;
  /** Hears what will change before anything does. */
  readonly onPlan?: (changes: readonly Change[]) => void;
}

/** Applies a project as `quick apply` does, and waits until it runs. Throws `CliError`, `DevError`. */
export async function deployProject(
  { loaded, manager, display, onPlan }: DeployOptions,
  signal: AbortSignal,
): Promise<void> {
  const { wanted, live } = await compareProject(loaded, manager);
  onPlan?.(await plan(manager, wanted, live));
  await applyAll({
    wanted,
    live,
    extra: [],
    manager,
    signal,
    onChange: ({ warnings }) => warnings.forEach((warning) => display.line(`warning: ${warning}`)),
  });
  await awaitRunning({ manager, wanted, display }, signal);
}
