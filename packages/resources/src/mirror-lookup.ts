import type { Resource } from './kinds.ts';
import { isAlone, POOL } from './mirror.ts';

export interface MirrorLookup {
  list(kind: 'mirror'): readonly Resource<'mirror'>[];
}

export function mirrorsOf(topic: string, resources: MirrorLookup): readonly Resource<'mirror'>[] {
  return resources.list('mirror').filter(({ spec }) => spec.topic === topic);
}

/** The process that hosts a mirror: one of its own, or the pool. */
export function processOf({ name, spec }: Pick<Resource<'mirror'>, 'name' | 'spec'>): string {
  return isAlone(spec) ? name : POOL;
}
