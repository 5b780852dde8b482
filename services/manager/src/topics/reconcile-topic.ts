import type { Resource } from '@quicksilver/resources/kinds';
import type { TopicAdmin } from '@quicksilver/kafka/ports';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';

import type { Observation } from '../reconcile/resource-state.ts';
import type { DoStep } from '../reconcile/steps.ts';
import { currentTypes, type PrintType } from './current-types.ts';
import { mirrorsOf, type MirrorLookup } from '@quicksilver/resources/mirror-lookup';
import { readRetention, retentionWarnings } from './topic-configs.ts';
import { entryOf, isSameEntry } from './topic-projection.ts';

export interface TopicDeps {
  readonly printType: PrintType;
  readonly resources: MirrorLookup & {
    get(kind: 'gateway', name: string): Resource<'gateway'> | undefined;
    change(change: {
      readonly kind: 'topic' | 'mirror';
      readonly name: string;
      readonly base: number;
      readonly spec: Resource<'mirror'>['spec'] | Resource<'topic'>['spec'] | null;
      readonly isDeleting?: boolean;
    }): Promise<boolean>;
  };
  readonly registry: { get(name: string): TopicEntry | undefined };
  readonly admin: TopicAdmin;
  readonly writeEntry: (entry: TopicEntry, signal: AbortSignal) => Promise<unknown>;
  readonly removeEntry: (name: string, signal: AbortSignal) => Promise<unknown>;
  readonly step: DoStep;
}

/**
 * Takes the next steps for a topic. The Kafka topic is created before its registry entry and
 * deleted after it. So an entry without a topic means that the topic was deleted outside of the
 * manager.
 */
export async function reconcileTopic(
  topic: Resource<'topic'>,
  deps: TopicDeps,
  signal: AbortSignal,
): Promise<Observation> {
  if (topic.isDeleting) {
    return removeTopic(topic, deps, signal);
  }
  const { name, spec } = topic;
  const { admin, registry, step } = deps;
  const types = await currentTypes(
    spec,
    (gateway) => deps.resources.get('gateway', gateway),
    deps.printType,
  );
  if (types.spec !== spec) {
    const change = { kind: 'topic', name, base: topic.version, spec: types.spec } as const;
    await deps.resources.change(change);
    // The change wakes the topic again.
    return { finding: 'starting' };
  }
  const registryEntry = registry.get(name);
  const described = await admin.describe(name, signal);
  if (described === undefined && (registryEntry !== undefined || spec.isRegistered)) {
    return {
      finding: 'failed',
      reason: `Topic ${name} no longer exists in Kafka, but the manager did not delete it. Create it again in Kafka, for example with ${registryEntry?.partitions ?? spec.partitions} partitions, or delete the topic here too.`,
    };
  }
  if (described === undefined) {
    const { partitions, replicationFactor, configs } = spec;
    await step('create-kafka-topic', () =>
      admin.create({ topic: name, partitions, replicationFactor, configs }, signal),
    );
  }
  // Partitions can be added to a topic at any time, so Kafka has the right number.
  const entry = { ...entryOf(topic), partitions: described?.partitions ?? spec.partitions };
  if (registryEntry === undefined || !isSameEntry(registryEntry, entry)) {
    await step('write-registry-entry', () => deps.writeEntry(entry, signal));
  }
  if (
    registryEntry === undefined ||
    !isSameEntry({ ...registryEntry, partitions: entry.partitions }, entry)
  ) {
    // When the entry arrives through the registry, it wakes the topic again.
    return { finding: 'starting' };
  }
  const warnings = [...types.warnings, ...(await warningsOf(topic, deps, signal))];
  return { finding: 'serving', warnings };
}

/**
 * Warnings about a topic that was created outside of the manager, with configs that the manager did
 * not choose.
 */
async function warningsOf(
  { name, spec }: Resource<'topic'>,
  { admin, resources }: TopicDeps,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const configs = spec.isRegistered ? await readRetention(name, admin, signal) : undefined;
  const hasRange = mirrorsOf(name, resources).some(
    (mirror) => mirror.spec.mirrorArguments.rangeField !== undefined,
  );
  return configs === undefined
    ? []
    : retentionWarnings(name, configs, { writeType: spec.writeType, hasRange });
}

async function removeTopic(
  topic: Resource<'topic'>,
  { resources, registry, admin, removeEntry, step }: TopicDeps,
  signal: AbortSignal,
): Promise<Observation> {
  const { name, version, spec } = topic;
  const mirrors = mirrorsOf(name, resources);
  for (const mirror of mirrors.filter(({ isDeleting }) => !isDeleting)) {
    const change = { ...mirror, base: mirror.version, isDeleting: true };
    await step('mark-mirror-deleting', () => resources.change(change));
  }
  if (mirrors.length > 0) {
    return {
      finding: 'deleting',
      reason: `Waiting until its mirror ${mirrors[0]?.name} is deleted.`,
    };
  }
  if (registry.get(name) !== undefined) {
    await step('remove-registry-entry', () => removeEntry(name, signal));
  }
  if (!spec.isRegistered) {
    await step('delete-kafka-topic', () => admin.delete(name, signal));
  }
  await step('remove-resource', () =>
    resources.change({ kind: 'topic', name, base: version, spec: null }),
  );
  return { finding: 'deleting' };
}
