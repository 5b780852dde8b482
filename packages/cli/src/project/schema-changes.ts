import { breakingChanges } from '@quicksilver/definition/breaking-changes';

import { isLive, type ManagerClient, type Overview } from '../manager/manager-client.ts';
import { labelOf } from '../output/resource-label.ts';
import type { ResourceSpec } from './resource-specs.ts';

type Members = Readonly<Record<string, unknown>>;

/** What the next spec of a gateway takes away from its clients, as sentences. */
export function breakingChangesOf(current: Members, next: Members): readonly string[] {
  const [from, to] = [current['schema'], next['schema']];
  return typeof from === 'string' && typeof to === 'string' ? breakingChanges(from, to) : [];
}

/** The breaking changes of all gateways that are live, as `gateway/shop: Query.a was removed.` */
export async function liveBreakingChanges(
  specs: readonly Pick<ResourceSpec, 'kind' | 'name' | 'body'>[],
  manager: ManagerClient,
  live: Overview,
): Promise<readonly string[]> {
  const texts: string[] = [];
  for (const { kind, name, body } of specs) {
    if (kind === 'gateway' && isLive(live, kind, name)) {
      // A dry run of an empty spec returns the current spec.
      const { resource } = await manager.put(kind, name, {}, true);
      const changes = breakingChangesOf(resource.spec, body);
      texts.push(...changes.map((change) => `${labelOf(kind, name)}: ${change}`));
    }
  }
  return texts;
}
