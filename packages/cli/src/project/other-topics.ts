import { parseDefinition } from '@quicksilver/definition/parse-definition';

import type { Overview } from '../manager/manager-client.ts';
import { deletionsBeyond } from './plan.ts';
import type { ResourceSpec } from './resource-specs.ts';

/**
 * Says what happens to the live topics that the project neither has nor uses, such as the old one
 * after a rename. Undefined if there are none.
 */
export function otherTopicsText(
  specs: readonly ResourceSpec[],
  live: Overview,
): string | undefined {
  const used = new Set(specs.flatMap(usedTopics));
  const unusedTopics = deletionsBeyond(specs, live)
    .filter(({ kind, name }) => kind === 'topic' && !used.has(name))
    .map(({ name }) => name);
  return unusedTopics.length === 0 ? undefined : `${keptText(unusedTopics)} ${PRUNE}\n`;
}

const PRUNE = 'To delete everything that is not in the project, use --prune.';

/** What becomes of topics that are not in the project any more. */
export function keptText(topics: readonly string[]): string {
  return topics.length === 1
    ? `Topic ${topics[0]} is not in the project. It stays in Kafka with its records, and its mirror keeps running.`
    : `Topics ${topics.join(', ')} are not in the project. They stay in Kafka with their records, and their mirrors keep running.`;
}

function usedTopics({ kind, body, uses }: ResourceSpec): readonly string[] {
  const schema = kind === 'gateway' ? body['schema'] : undefined;
  return [
    ...uses.map(({ name }) => name),
    ...(typeof schema === 'string'
      ? parseDefinition(schema).bindings.map(({ topic }) => topic)
      : []),
  ];
}
