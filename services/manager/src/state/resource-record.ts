import {
  KINDS,
  RESOURCE_KINDS,
  type Resource,
  type ResourceKind,
} from '@quicksilver/resources/kinds';
import { z } from 'zod';

import type { Versioned } from './fold.ts';

const body = z.object({ spec: z.unknown(), isDeleting: z.boolean() });

export function entityOf(kind: ResourceKind, name: string): string {
  return `${kind}/${name}`;
}

/** Undefined if the entity is not a resource, was deleted, or has an unknown format. */
export function resourceOf(entity: string, versioned: Versioned): Resource | undefined {
  const slash = entity.indexOf('/');
  const kind = RESOURCE_KINDS.find((known) => known === entity.slice(0, slash));
  if (kind === undefined || versioned.body === null) {
    return undefined;
  }
  const read = body.safeParse(versioned.body);
  const spec = read.success ? KINDS[kind].spec.safeParse(read.data.spec) : undefined;
  if (!read.success || spec?.success !== true) {
    return undefined;
  }
  return {
    kind,
    name: entity.slice(slash + 1),
    version: versioned.version,
    spec: spec.data,
    isDeleting: read.data.isDeleting,
  };
}

export function isKind<K extends ResourceKind>(
  resource: Resource | undefined,
  kind: K,
): resource is Resource<K> {
  return resource?.kind === kind;
}
