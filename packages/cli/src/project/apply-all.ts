import { isLive, type ManagerClient, type Overview } from '../manager/manager-client.ts';
import { CliError } from '../output/cli-error.ts';
import { labelOf } from '../output/resource-label.ts';
import type { Change } from './plan.ts';
import type { ResourceSpec } from './resource-specs.ts';

export interface ApplyAllOptions {
  readonly specs: readonly ResourceSpec[];
  /** State of the deployment before the first change. */
  readonly live: Overview;
  /** Deletions, made after all specs are applied. */
  readonly removals: readonly Change[];
  readonly manager: ManagerClient;
  readonly signal: AbortSignal;
  readonly onChange: (change: Change) => void;
}

/** Applies all specs, then the removals. Throws `CliError` that states the progress. */
export async function applyAll(options: ApplyAllOptions): Promise<void> {
  const { specs, live, removals, manager, signal, onChange } = options;
  const total = specs.length + removals.length;
  let done = 0;
  const step = async (label: string, work: () => Promise<Change>): Promise<void> => {
    signal.throwIfAborted();
    try {
      onChange(await work());
      done += 1;
    } catch (error) {
      throw withProgress(error, label, done, total);
    }
  };
  for (const [at, { kind, name, body }] of specs.entries()) {
    await step(labelOf(kind, name), async () => {
      const { result, warnings } = await manager.put(kind, name, body, false);
      // A new topic brings its mirror, so the manager reports that mirror as an existing one.
      const isNew = !isLive(live, kind, name);
      return {
        kind,
        name,
        result: isNew ? 'created' : result,
        warnings: warnings.filter(isAbout(specs.slice(at + 1))),
      };
    });
  }
  for (const change of removals) {
    await step(labelOf(change.kind, change.name), async () => {
      await manager.remove(change.kind, change.name, false);
      return change;
    });
  }
}

/**
 * Drops warnings about topics that are still to be applied, or whose mirror is: a gateway may come
 * before a topic and before the range of a mirror.
 */
function isAbout(later: readonly ResourceSpec[]): (warning: string) => boolean {
  const pending = later
    .flatMap(({ kind, name, uses }) => [{ kind, name }, ...uses])
    .filter(({ kind }) => kind === 'topic')
    .map(({ name }) => name);
  return (warning) => !pending.some((name) => warning.includes(name));
}

function withProgress(error: unknown, label: string, done: number, total: number): unknown {
  if (!(error instanceof CliError)) {
    return error;
  }
  const progress = `${done} of ${total} are done. Correct the problem and run the same command again: it continues from there.`;
  return error.with({
    message: `${label}: ${error.message}`,
    hint: error.hint === undefined ? progress : `${error.hint}\n${progress}`,
  });
}
