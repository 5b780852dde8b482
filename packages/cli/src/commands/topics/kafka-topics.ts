import { z } from 'zod';

import type { CommandCall } from '../../grammar/command-call.ts';
import type { ManagerClient } from '../../manager/manager-client.ts';
import { CliError, EXIT, usageError } from '../../output/cli-error.ts';

const side = z.object({
  format: z.string(),
  certainty: z.number(),
  records: z.number(),
  envelope: z.string().optional(),
  recordNames: z.boolean().optional(),
});

const kafkaTopic = z.looseObject({
  name: z.string(),
  partitions: z.number(),
  bytes: z.number().nullable(),
  offsets: z.number().nullable(),
  recordsPerSecond: z.number().nullable(),
  cleanupPolicy: z.string(),
  key: side.nullable(),
  value: side.nullable(),
  partitioner: z
    .looseObject({ partitioner: z.string(), certainty: z.number(), keys: z.number() })
    .nullable(),
  isRegistered: z.boolean(),
  mirror: z.string().nullable(),
  problem: z.string().optional(),
});

export type KafkaTopic = Readonly<z.infer<typeof kafkaTopic>>;
export type KafkaSide = Readonly<z.infer<typeof side>>;

/** Topics of the broker with their detected formats. Without a choice all of them. */
export async function readKafkaTopics(
  manager: ManagerClient,
  query: URLSearchParams,
): Promise<readonly KafkaTopic[]> {
  return manager.readAs(z.array(kafkaTopic), `/kafka/topics?${query.toString()}`);
}

/**
 * The topics that a command names, or that match `--match`. Throws `CliError` if there are neither
 * names nor a pattern, if a topic does not exist, or if no topic matches.
 */
export async function chosenTopics(
  manager: ManagerClient,
  names: readonly string[],
  match: string | undefined,
): Promise<readonly KafkaTopic[]> {
  if (names.length === 0 && match === undefined) {
    throw usageError('Name the topics, or a pattern with --match, such as --match "shop.*".');
  }
  const topics = await readKafkaTopics(manager, queryOf(names, match));
  const missing = names.filter((name) => !topics.some((topic) => topic.name === name));
  if (missing.length > 0) {
    throw new CliError(`Topic ${missing.join(', ')} does not exist in Kafka.`, {
      code: 'TOPIC_NOT_FOUND',
      exitCode: EXIT.notFound,
      hint: 'For the names, run: quick topic ls --all',
    });
  }
  if (topics.length === 0) {
    throw new CliError(`No topic matches ${match}.`, {
      code: 'TOPIC_NOT_FOUND',
      exitCode: EXIT.notFound,
      hint: 'For the names, run: quick topic ls --all. A pattern in quotes has * for any characters and ? for one.',
    });
  }
  return topics;
}

export function queryOf(names: readonly string[], match: string | undefined): URLSearchParams {
  return new URLSearchParams({
    // An empty list of names would mean no topic.
    ...(names.length === 0 ? {} : { topics: names.join(',') }),
    ...(match === undefined ? {} : { match }),
  });
}

/** As `json (99 %)`. */
export function sideText(detected: KafkaSide | null): string {
  if (detected === null) {
    return '-';
  }
  const { format, certainty, envelope, records } = detected;
  const name = envelope === undefined ? format : `${format} in ${envelope}`;
  return records === 0 && certainty === 0 ? name : `${name} (${percent(certainty)})`;
}

export function partitionerText({ partitioner }: KafkaTopic): string {
  if (partitioner === null) {
    return '-';
  }
  const { partitioner: name, certainty } = partitioner;
  return name === 'unknown' ? name : `${name} (${percent(certainty)})`;
}

/** Rounds down: less than certain is never 100 %. */
export function percent(share: number): string {
  return `${Math.floor(share * 100)} %`;
}

/** Prints why topics could not be read. For people only. */
export function printProblems({ around }: CommandCall, topics: readonly KafkaTopic[]): void {
  for (const { name, problem } of topics) {
    if (problem !== undefined) {
      around.stderr.write(`Warning: topic/${name}: ${problem}\n`);
    }
  }
}
