import type { ResourceKind } from '@quicksilver/resources/kinds';
import { mirrorNameOf } from '@quicksilver/contracts/control/resource-name';

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

/** Order of deletion: a resource is deleted before those that it uses. */
const DELETE_ORDER: readonly ResourceKind[] = ['application', 'gateway', 'mirror', 'topic'];

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
  for (const { name } of [...specs, ...live.resources].filter(({ kind }) => kind === 'topic')) {
    names.add(`mirror/${mirrorNameOf(name)}`);
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
  return DELETE_ORDER.flatMap((kind) =>
    resources
      .filter((each) => each.kind === kind)
      .map(({ name }) => ({ kind, name, result: 'deleted' as const, warnings: [] })),
  );
}

function dependsOnEarlier(
  { kind, body }: ResourceSpec,
  specs: readonly ResourceSpec[],
  exists: (id: ResourceId) => boolean,
): boolean {
  const { schema, topic } = body;
  const isInSpecs = (otherKind: ResourceKind, name: string): boolean =>
    specs.some((each) => each.kind === otherKind && each.name === name);
  if (kind === 'topic' && typeof schema === 'string') {
    // The gateway may exist, but get the type only now.
    return isInSpecs('gateway', schema.split('.')[0] ?? '');
  }
  return (
    kind === 'mirror' &&
    typeof topic === 'string' &&
    isInSpecs('topic', topic) &&
    !exists({ kind: 'topic', name: topic })
  );
}
