import type { z } from 'zod';

import { application } from './application.ts';
import type { KindDefinition } from './definition.ts';
import { gateway } from './gateway.ts';
import { mirror } from './mirror.ts';
import { topic } from './topic.ts';

/**
 * All kinds of resources, in the order in which new ones are applied. They are deleted in the
 * opposite order.
 */
export const KINDS = { topic, mirror, gateway, application } as const;

export type ResourceKind = keyof typeof KINDS;
export const RESOURCE_KINDS = Object.keys(KINDS) as readonly ResourceKind[];

/** The same, for code that works with any kind. */
export const DEFINITIONS: Readonly<Record<ResourceKind, KindDefinition>> = KINDS;

/** The sections of the project file. */
export type Section = (typeof KINDS)[ResourceKind]['section'];
/** The members of a resource in a section of the project file. */
export type ProjectResource<S extends Section> = Readonly<
  z.infer<Extract<(typeof KINDS)[ResourceKind], { readonly section: S }>['project']>
>;

export type SpecOf = { readonly [K in ResourceKind]: Readonly<z.infer<(typeof KINDS)[K]['spec']>> };

export interface Resource<K extends ResourceKind = ResourceKind> {
  readonly kind: K;
  readonly name: string;
  /** Increases by one with every accepted change, and never restarts for a name. */
  readonly version: number;
  readonly spec: SpecOf[K];
  /** Set after a request to delete it, while its remains are being removed. */
  readonly isDeleting: boolean;
}
