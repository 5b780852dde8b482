import { mirrorNameOf } from '@quicksilver/common/control/resource-name';
import type { ResourceKind } from '@quicksilver/common/control/resource';

import { isLive, type ManagerClient, type Overview } from '../manager/manager-client.ts';
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

type Thing = Pick<Desired, 'kind' | 'name'>;

/** Asks the manager what each thing would become, and changes nothing. */
export async function plan(
  manager: ManagerClient,
  wanted: readonly Desired[],
  live: Overview,
): Promise<readonly Change[]> {
  const isThere = ({ kind, name }: Thing): boolean => isLive(live, kind, name);
  const changes: Change[] = [];
  for (const desired of wanted) {
    const { kind, name, body } = desired;
    if (!isThere(desired) && needsWhatComesFirst(desired, wanted, isThere)) {
      // The manager would refuse it, since what comes before it in the order is not done yet.
      changes.push({ kind, name, result: 'created', after: body, warnings: [] });
      continue;
    }
    const { result, resource, warnings } = await manager.put(kind, name, body, true);
    // A wish for nothing is granted as it is, and the answer says how that is.
    const now = result === 'configured' ? await manager.put(kind, name, {}, true) : undefined;
    changes.push({
      kind,
      name,
      result,
      ...(now === undefined
        ? { after: body }
        : { before: now.resource.spec, after: resource.spec }),
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

function needsWhatComesFirst(
  { kind, body }: Desired,
  wanted: readonly Desired[],
  isThere: (thing: Thing) => boolean,
): boolean {
  const { schema, topic } = body;
  const isWanted = (kind: string, name: string): boolean =>
    wanted.some((each) => each.kind === kind && each.name === name);
  if (kind === 'topic' && typeof schema === 'string') {
    // The gateway may be there, and get the type only now.
    return isWanted('gateway', schema.split('.')[0] ?? '');
  }
  return (
    kind === 'mirror' &&
    typeof topic === 'string' &&
    isWanted('topic', topic) &&
    !isThere({ kind: 'topic', name: topic })
  );
}
