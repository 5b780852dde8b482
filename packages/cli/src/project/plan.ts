import { mirrorNameOf } from '@quicksilver/common/control/resource-name';
import type { ResourceKind } from '@quicksilver/common/control/resource';

import type { ManagerClient, Overview } from '../manager/manager-client.ts';
import { CliError } from '../run/cli-error.ts';
import type { Desired } from './desired-resources.ts';

export interface Change {
  readonly kind: ResourceKind;
  readonly name: string;
  readonly result: 'created' | 'configured' | 'unchanged' | 'deleted';
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
  readonly warnings: readonly string[];
}

/** What deleting goes by: what uses something goes before it. */
const DELETE_ORDER: readonly ResourceKind[] = ['application', 'gateway', 'mirror', 'topic'];

/** Asks the manager what each thing would become, and changes nothing. */
export async function plan(
  manager: ManagerClient,
  wanted: readonly Desired[],
  live: Overview,
): Promise<readonly Change[]> {
  const isLive = ({ kind, name }: Pick<Desired, 'kind' | 'name'>): boolean =>
    live.resources.some((each) => each.kind === kind && each.name === name);
  const changes: Change[] = [];
  for (const desired of wanted) {
    const { kind, name, body } = desired;
    if (!isLive(desired) && needsWhatIsNotThere(desired, wanted, isLive)) {
      // The manager would refuse it, since what comes before it in the order is not there yet.
      changes.push({ kind, name, result: 'created', after: body, warnings: [] });
      continue;
    }
    const { result, resource, warnings } = await manager.put(kind, name, body, true);
    const before = result === 'configured' ? await specOf(manager, kind, name) : undefined;
    changes.push({
      kind,
      name,
      result,
      ...(before === undefined ? {} : { before }),
      after: result === 'created' || before === undefined ? body : resource.spec,
      warnings,
    });
  }
  return changes;
}

/** What there is and the project does not want, in the order of deleting. */
export function leftOver(wanted: readonly Desired[], live: Overview): readonly Change[] {
  const named = new Set(wanted.map(({ kind, name }) => `${kind}/${name}`));
  // A topic has a mirror without being asked for it, and loses it with its deletion.
  for (const { name } of [...wanted, ...live.resources].filter(({ kind }) => kind === 'topic')) {
    named.add(`mirror/${mirrorNameOf(name)}`);
  }
  const extra = live.resources.filter(
    ({ kind, name, isDeleting }) => !isDeleting && !named.has(`${kind}/${name}`),
  );
  return DELETE_ORDER.flatMap((kind) =>
    extra
      .filter((each) => each.kind === kind)
      .map(({ name }) => ({ kind, name, result: 'deleted' as const, warnings: [] })),
  );
}

/** Everything that the project wants and is there, in the order of deleting. */
export function toDelete(wanted: readonly Desired[], live: Overview): readonly Change[] {
  const named = new Set(wanted.map(({ kind, name }) => `${kind}/${name}`));
  return DELETE_ORDER.flatMap((kind) =>
    live.resources
      .filter((each) => each.kind === kind && named.has(`${kind}/${each.name}`))
      .map(({ name }) => ({ kind, name, result: 'deleted' as const, warnings: [] })),
  );
}

function needsWhatIsNotThere(
  { kind, body }: Desired,
  wanted: readonly Desired[],
  isLive: (thing: Pick<Desired, 'kind' | 'name'>) => boolean,
): boolean {
  const { schema, topic } = body;
  const needed =
    kind === 'topic' && typeof schema === 'string'
      ? { kind: 'gateway' as const, name: schema.split('.')[0] ?? '' }
      : kind === 'mirror' && typeof topic === 'string'
        ? { kind: 'topic' as const, name: topic }
        : undefined;
  return (
    needed !== undefined &&
    !isLive(needed) &&
    wanted.some((each) => each.kind === needed.kind && each.name === needed.name)
  );
}

/** As it is now; undefined where the manager does not tell. */
async function specOf(
  manager: ManagerClient,
  kind: ResourceKind,
  name: string,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    const { spec } = await manager.describe(kind, name);
    return typeof spec === 'object' && spec !== null
      ? Object.fromEntries(Object.entries(spec))
      : undefined;
  } catch (error) {
    if (error instanceof CliError && error.code !== 'UNREACHABLE') {
      return undefined;
    }
    throw error;
  }
}
