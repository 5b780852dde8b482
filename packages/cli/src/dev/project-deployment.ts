import type { ManagerClient } from '../manager/manager-client.ts';
import type { Display } from '../output/display.ts';
import { applyAll } from '../project/apply-all.ts';
import type { ProjectSources } from '../project/read-project.ts';
import { compareProject } from '../project/open-project.ts';
import { plan, type Change } from '../project/plan.ts';
import { awaitRunning } from './await-running.ts';

export interface DeployOptions {
  readonly loaded: ProjectSources;
  readonly manager: ManagerClient;
  readonly display: Display;
  /** Called with all changes before the first one is made. */
  readonly onPlan?: (changes: readonly Change[]) => void;
}

/** Applies a project as `quick apply` does, and waits until it runs. Throws `CliError`. */
export async function deployProject(
  { loaded, manager, display, onPlan }: DeployOptions,
  signal: AbortSignal,
): Promise<void> {
  const { specs, live } = await compareProject(loaded, manager);
  onPlan?.(await plan(manager, specs, live));
  await applyAll({
    specs,
    live,
    removals: [],
    manager,
    signal,
    onChange: ({ warnings }) => warnings.forEach((warning) => display.line(`Warning: ${warning}`)),
  });
  await awaitRunning({ manager, specs, display }, signal);
}
