import type { Resource } from '@quicksilver/resources/kinds';
import type { MirrorEntry } from '@quicksilver/contracts/control/service-entry';

import { processOf } from '@quicksilver/resources/mirror-lookup';

type Hosted = MirrorEntry['topics'][number];

/** The desired state of a mirror process. A process without topics should not run. */
export interface ProcessPlan {
  readonly replicas: number;
  readonly topics: readonly Hosted[];
}

export interface ProcessPlanOptions {
  readonly mirrors: readonly Resource<'mirror'>[];
  /**
   * Whether the topic is in the registry. A mirror is added after its topic and removed before it.
   */
  readonly isRegistered: (topic: string) => boolean;
  /** Whether the mirror already runs in the process that it belongs to now. */
  readonly isServed: (mirror: Resource<'mirror'>) => boolean;
  /** The published entry of the process. */
  readonly current: MirrorEntry | undefined;
}

/**
 * Plans what a process should host. A mirror that moves to another process stays here until the new
 * process serves it, so that its topic is always readable. Pure.
 */
export function planProcess(process: string, options: ProcessPlanOptions): ProcessPlan {
  const active = options.mirrors.filter(
    ({ isDeleting, spec }) => !isDeleting && options.isRegistered(spec.topic),
  );
  const hosted = active.filter((mirror) => processOf(mirror) === process);
  const leaving = active.filter(
    (mirror) => processOf(mirror) !== process && !options.isServed(mirror),
  );
  const held = (options.current?.topics ?? []).filter(({ topic }) =>
    leaving.some(({ spec }) => spec.topic === topic),
  );
  const topics = [...hosted.map(hostedBy), ...held].toSorted((a, b) =>
    a.topic < b.topic ? -1 : 1,
  );
  const replicas = Math.max(1, ...hosted.map(({ spec }) => spec.replicas));
  const replicaCount = hosted.length === 0 ? (options.current?.addresses.length ?? 1) : replicas;
  return { topics, replicas: Math.max(1, replicaCount) };
}

/** The entry to write. Undefined if it equals the current one. */
export function changedEntry(
  name: string,
  plan: ProcessPlan,
  addresses: readonly string[],
  current: MirrorEntry | undefined,
): MirrorEntry | undefined {
  const content = { topics: [...plan.topics], addresses: [...addresses], copies: 1 };
  if (current !== undefined) {
    const { topics, addresses: currentAddresses, copies } = current;
    if (
      JSON.stringify({ topics, addresses: currentAddresses, copies }) === JSON.stringify(content)
    ) {
      return undefined;
    }
  }
  return { kind: 'mirror', name, version: (current?.version ?? 0) + 1, ...content };
}

function hostedBy({ spec }: Resource<'mirror'>): Hosted {
  return { topic: spec.topic, ...spec.mirrorArguments };
}
