import { DEFINITIONS, RESOURCE_KINDS, type ResourceKind } from '@quicksilver/resources/kinds';

import { isLive, type ManagerClient, type Overview } from '../manager/manager-client.ts';
import type { ResourceSpec } from './resource-specs.ts';

export interface Change {
  readonly kind: ResourceKind;
  readonly name: string;
  readonly result: 'created' | 'configured' | 'unchanged' | 'deleted';
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
  readonly warnings: readonly string[];
}

type ResourceId = Pick<ResourceSpec, 'kind' | 'name'>;

/** Asks the manager for the effect of each spec with dry runs. Changes nothing. */
export async function plan(
  manager: ManagerClient,
  specs: readonly ResourceSpec[],
  live: Overview,
): Promise<readonly Change[]> {
  const exists = ({ kind, name }: ResourceId): boolean => isLive(live, kind, name);
  const changes: Change[] = [];
  for (const spec of specs) {
    const { kind, name, body } = spec;
    if (!exists(spec) && dependsOnEarlier(spec, specs, exists)) {
      // The manager would reject a dry run, because the resource that it depends on does not exist.
      changes.push({ kind, name, result: 'created', after: body, warnings: [] });
      continue;
    }
    const { result, resource, warnings } = await manager.put(kind, name, body, true);
    // A dry run of an empty spec returns the current spec.
    const current = result === 'configured' ? await manager.put(kind, name, {}, true) : undefined;
    changes.push({
      kind,
      name,
      result,
      ...(current === undefined
        ? { after: body }
        : { before: current.resource.spec, after: resource.spec }),
      warnings,
    });
  }
  return changes;
}

/** Deletions of all live resources that are not in the specs, in the order of deletion. */
export function deletionsBeyond(specs: readonly ResourceSpec[], live: Overview): readonly Change[] {
  const names = namesOf(specs);
  // A topic brings its mirror with it, and a deletion of the topic deletes the mirror.
  for (const { kind, name } of [...specs, ...live.resources]) {
    for (const brought of DEFINITIONS[kind].brings(name)) {
      names.add(`${brought.kind}/${brought.name}`);
    }
  }
  return deletions(
    live.resources.filter(
      ({ kind, name, isDeleting }) => !isDeleting && !names.has(`${kind}/${name}`),
    ),
  );
}

/** Deletions of all specs that are live, in the order of deletion. */
export function deletionsOf(specs: readonly ResourceSpec[], live: Overview): readonly Change[] {
  const names = namesOf(specs);
  return deletions(live.resources.filter(({ kind, name }) => names.has(`${kind}/${name}`)));
}

function namesOf(specs: readonly ResourceSpec[]): Set<string> {
  return new Set(specs.map(({ kind, name }) => `${kind}/${name}`));
}

function deletions(resources: readonly ResourceId[]): readonly Change[] {
  // A resource is deleted before those that it uses.
  return RESOURCE_KINDS.toReversed().flatMap((kind) =>
    resources
      .filter((each) => each.kind === kind)
      .map(({ name }) => ({ kind, name, result: 'deleted' as const, warnings: [] })),
  );
}

/** Whether a new resource needs one that the project creates, or a part that it adds. */
function dependsOnEarlier(
  { uses }: ResourceSpec,
  specs: readonly ResourceSpec[],
  exists: (id: ResourceId) => boolean,
): boolean {
  return uses.some(({ kind, name, isOfPart }) => {
    const used = specs.find((each) => each.kind === kind && each.name === name);
    return used !== undefined && (isOfPart || !exists(used));
  });
}
