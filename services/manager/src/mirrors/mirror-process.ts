import type { Resource } from '@quicksilver/contracts/control/resource';
import type { MirrorEntry } from '@quicksilver/contracts/control/service-entry';

import { processOf } from './mirror-names.ts';

type Hosted = MirrorEntry['topics'][number];

/** What a mirror process should be; without topics it should not be. */
export interface ProcessPlan {
  readonly replicas: number;
  readonly topics: readonly Hosted[];
}

export interface ProcessPlanOptions {
  readonly mirrors: readonly Resource<'mirror'>[];
  /** Whether the data plane knows the topic: a mirror comes after its topic and goes before it. */
  readonly isRegistered: (topic: string) => boolean;
  /** Whether a mirror runs in the process that it belongs to now. */
  readonly isServed: (mirror: Resource<'mirror'>) => boolean;
  /** What the process is known to host. */
  readonly current: MirrorEntry | undefined;
}

/**
 * Pure: what a process should host. A mirror that moves to another process stays until it is served
 * there, so that its topic can be read all the time.
 */
export function planProcess(process: string, facts: ProcessPlanOptions): ProcessPlan {
  const wanted = facts.mirrors.filter(
    ({ isDeleting, spec }) => !isDeleting && facts.isRegistered(spec.topic),
  );
  const own = wanted.filter((mirror) => processOf(mirror) === process);
  const leaving = wanted.filter(
    (mirror) => processOf(mirror) !== process && !facts.isServed(mirror),
  );
  const held = (facts.current?.topics ?? []).filter(({ topic }) =>
    leaving.some(({ spec }) => spec.topic === topic),
  );
  const topics = [...own.map(hostedBy), ...held].toSorted((a, b) => (a.topic < b.topic ? -1 : 1));
  const replicas = Math.max(1, ...own.map(({ spec }) => spec.replicas));
  const kept = own.length === 0 ? (facts.current?.addresses.length ?? 1) : replicas;
  return { topics, replicas: Math.max(1, kept) };
}

/** The entry to write, or undefined where the current one says the same. */
export function changedEntry(
  name: string,
  wanted: ProcessPlan,
  addresses: readonly string[],
  current: MirrorEntry | undefined,
): MirrorEntry | undefined {
  const said = { topics: [...wanted.topics], addresses: [...addresses], copies: 1 };
  if (current !== undefined) {
    const { topics, addresses: known, copies } = current;
    if (JSON.stringify({ topics, addresses: known, copies }) === JSON.stringify(said)) {
      return undefined;
    }
  }
  return { kind: 'mirror', name, version: (current?.version ?? 0) + 1, ...said };
}

function hostedBy({ spec }: Resource<'mirror'>): Hosted {
  return { topic: spec.topic, ...spec.mirrorArguments };
}
