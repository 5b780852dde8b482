import type { ResourceKind } from '@quicksilver/contracts/control/resource';

/** A resource in texts for people: `topic/products`, as kubectl writes it. */
export function labelOf(kind: ResourceKind, name: string): string {
  return `${kind === 'application' ? 'app' : kind}/${name}`;
}
