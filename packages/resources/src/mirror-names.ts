import type { Resource } from '@quicksilver/contracts/control/resource';

export interface MirrorLookup {
  list(kind: 'mirror'): readonly Resource<'mirror'>[];
}

/** The process that small mirrors share. */
export const POOL = 'pool';

export function mirrorsOf(topic: string, resources: MirrorLookup): readonly Resource<'mirror'>[] {
  return resources.list('mirror').filter(({ spec }) => spec.topic === topic);
}

/** The process that hosts a mirror: a dedicated one, or the pool. */
export function processOf({ name, spec }: Pick<Resource<'mirror'>, 'name' | 'spec'>): string {
  return spec.replicas > 1 || spec.isDedicated ? name : POOL;
}
