import { labelOf } from '../commands/kinds.ts';
import { isLive, type ManagerClient, type Overview } from '../manager/manager-client.ts';
import { CliError } from '../output/cli-error.ts';
import type { Desired } from './desired-resources.ts';
import type { Change } from './plan.ts';

export interface ApplyAllOptions {
  readonly wanted: readonly Desired[];
  /** As it was before. */
  readonly live: Overview;
  /** What is deleted afterwards. */
  readonly extra: readonly Change[];
  readonly manager: ManagerClient;
  readonly signal: AbortSignal;
  readonly onChange: (change: Change) => void;
}

/** Makes the deployment what a project wants. Throws `CliError` that says how far it came. */
export async function applyAll(options: ApplyAllOptions): Promise<void> {
  const { wanted, live, extra, manager, signal, onChange } = options;
  const total = wanted.length + extra.length;
  let done = 0;
  const step = async (label: string, work: () => Promise<Change>): Promise<void> => {
    signal.throwIfAborted();
    try {
      onChange(await work());
      done += 1;
    } catch (error) {
      throw halfway(error, label, done, total);
    }
  };
  for (const [at, { kind, name, body }] of wanted.entries()) {
    await step(labelOf(kind, name), async () => {
      const { result, warnings } = await manager.put(kind, name, body, false);
      // A topic has brought its mirror with it a moment ago.
      const isNew = !isLive(live, kind, name);
      return {
        kind,
        name,
        result: isNew ? 'created' : result,
        warnings: warnings.filter(isAbout(wanted.slice(at))),
      };
    });
  }
  for (const change of extra) {
    await step(labelOf(change.kind, change.name), async () => {
      await manager.remove(change.kind, change.name, false);
      return change;
    });
  }
}

/** A gateway may come before a topic with one of its types: that this is not there yet is as it should be. */
function isAbout(later: readonly Desired[]): (warning: string) => boolean {
  const toCome = later.filter(({ kind }) => kind === 'topic').map(({ name }) => name);
  return (warning) => !toCome.some((name) => warning.includes(name));
}

/** Says how far it came, and that a second time completes it. */
function halfway(error: unknown, label: string, done: number, total: number): unknown {
  if (!(error instanceof CliError)) {
    return error;
  }
  const { code, exitCode, requestId, hint } = error;
  const progress = `${done} of ${total} are done. Once this is repaired, run the same command again: it goes on where it ended.`;
  return new CliError(`${label}: ${error.message}`, {
    code,
    exitCode,
    hint: hint === undefined ? progress : `${hint}\n${progress}`,
    ...(requestId === undefined ? {} : { requestId }),
    cause: error,
  });
}
