import type { ManagerClient } from '../manager/manager-client.ts';
import type { Display } from '../output/display.ts';
import { applyAll } from '../project/apply-all.ts';
import type { ProjectSources } from '../project/read-project.ts';
import { compareProject } from '../project/open-project.ts';
import { plan, type Change } from '../project/plan.ts';
import { liveBreakingChanges } from '../project/schema-changes.ts';
import type { ResourceSpec } from '../project/resource-specs.ts';
import { awaitRunning, type SickResource } from './await-running.ts';

export interface DeployOptions {
  readonly loaded: ProjectSources;
  readonly manager: ManagerClient;
  readonly display: Display;
  /** Called with all changes before the first one is made. Then only these are waited for. */
  readonly onPlan?: ((changes: readonly Change[]) => void) | undefined;
}

/**
 * Applies a project as `quick apply` does, and waits until it runs. Returns the
 * resources that do not run. Throws `CliError` if the project cannot be applied.
 */
export async function deployProject(
  { loaded, manager, display, onPlan }: DeployOptions,
  signal: AbortSignal,
): Promise<readonly SickResource[]> {
  const { specs, live } = await compareProject(loaded, manager);
  const changes = onPlan === undefined ? undefined : await plan(manager, specs, live);
  onPlan?.(changes ?? []);
  if (changes === undefined) {
    const breaking = await liveBreakingChanges(specs, manager, live);
    breaking.forEach((change) => display.line(`Warning: breaking change: ${change}`));
  }
  await applyAll({
    specs,
    live,
    removals: [],
    manager,
    signal,
    onChange: ({ warnings }) => warnings.forEach((warning) => display.line(`Warning: ${warning}`)),
  });
  // A resource that was sick before a save must not hold up the change of another one.
  const pendingSpecs =
    changes === undefined ? specs : specs.filter((each) => isChanged(each, changes));
  return await awaitRunning({ manager, specs: pendingSpecs, display }, signal);
}

function isChanged({ kind, name }: ResourceSpec, changes: readonly Change[]): boolean {
  return changes.some(
    (each) => each.kind === kind && each.name === name && each.result !== 'unchanged',
  );
}
