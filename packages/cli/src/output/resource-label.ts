import { DEFINITIONS, type ResourceKind } from '@quicksilver/resources/kinds';

/** A resource in texts for people: `topic/products`, as kubectl writes it. */
export function labelOf(kind: ResourceKind, name: string): string {
  return `${DEFINITIONS[kind].label}/${name}`;
}
