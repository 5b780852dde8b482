import type { CommandCall, RunCommand } from '../../grammar/command-call.ts';
import { openManager, type ManagerClient } from '../../manager/manager-client.ts';
import { CliError, EXIT } from '../../output/cli-error.ts';
import { printChange } from '../project/print-change.ts';
import { chosenTopics, partitionerText, sideText, type KafkaTopic } from './kafka-topics.ts';

/** Below this certainty, the command warns. */
const CERTAINTY_MIN = 0.9;

export const run: RunCommand = async (call) => {
  const { args, options, around } = call;
  const manager = await openManager(call);
  const topics = await chosenTopics(manager, args, options.text('match'));
  const failures: CliError[] = [];
  for (const topic of topics) {
    around.signal.throwIfAborted();
    try {
      await add(call, manager, topic);
    } catch (error) {
      if (!(error instanceof CliError)) {
        throw error;
      }
      failures.push(error);
      around.stderr.write(`Error: topic/${topic.name}: ${withHint(error)}\n`);
    }
  }
  if (failures.length > 0) {
    throw new CliError(`${failures.length} of ${topics.length} topics were not registered.`, {
      code: 'NOT_REGISTERED',
      exitCode: failures.length === 1 ? (failures[0]?.exitCode ?? EXIT.failure) : EXIT.failure,
      hint: 'The others are registered. After a fix, run the command again.',
    });
  }
  return undefined;
};

async function add(call: CommandCall, manager: ManagerClient, topic: KafkaTopic): Promise<void> {
  const { name, isRegistered } = topic;
  const isDryRun = call.options.flag('dryRun');
  const note = isDryRun ? ' (dry run)' : '';
  if (isRegistered) {
    // Its types were decided when it was registered, and cannot change.
    printChange(call, { kind: 'topic', name, result: 'unchanged', warnings: [] }, note);
    return;
  }
  const manifest = manifestOf(call, topic);
  const { result, warnings } = await manager.put('topic', name, manifest, isDryRun);
  const types = `: key ${sideText(topic.key)}, value ${sideText(topic.value)}, partitioner ${partitionerText(topic)}`;
  const detected = {
    kind: 'topic',
    name,
    result,
    warnings: [...warnings, ...doubts(call, topic)],
  } as const;
  printChange(call, detected, `${types}${note}`);
}

/** The manifest of the topic. Throws `CliError` if a type is neither detected nor set. */
export function manifestOf(
  { options }: CommandCall,
  topic: KafkaTopic,
): Readonly<Record<string, unknown>> {
  const { partitioner, problem } = topic;
  const envelope = options.text('valueType') === undefined ? topic.value?.envelope : undefined;
  const key = options.text('keyType') ?? typeOf(topic, 'key');
  const format = options.text('valueType') ?? typeOf(topic, 'value');
  const hasRecordNames =
    options.flag('recordNames') ||
    (options.text('valueType') === undefined && topic.value?.recordNames === true);
  const value = envelope === undefined ? format : { format, envelope };
  if (partitioner === null) {
    throw new CliError(problem ?? 'Its records could not be read.', { code: 'TOPIC_UNREADABLE' });
  }
  return {
    key,
    value,
    register: true,
    partitioner: partitioner.partitioner,
    ...(hasRecordNames ? { recordNames: true } : {}),
  };
}

function typeOf({ problem, ...topic }: KafkaTopic, side: 'key' | 'value'): string {
  const { format } = topic[side] ?? { format: 'unreadable' };
  const why = {
    unreadable: problem ?? `The ${side}s could not be read.`,
    unknown: `The topic has no records, so the format of its ${side}s is unknown.`,
    null: `All ${side}s of its newest records are null.`,
  }[format];
  if (why !== undefined) {
    throw new CliError(why, {
      code: 'FORMAT_UNKNOWN',
      hint: `Set --${side}-type, or write a record first.`,
    });
  }
  return format;
}

function doubts({ options }: CommandCall, topic: KafkaTopic): string[] {
  const sides = (['key', 'value'] as const).flatMap((side) => {
    const detected = topic[side];
    const isDoubtful =
      detected !== null &&
      detected.certainty < CERTAINTY_MIN &&
      options.text(`${side}Type`) === undefined;
    return isDoubtful
      ? [
          `The format of its ${side}s is a guess from ${detected.records} records. If it is wrong, delete the topic here (it stays in Kafka) and add it with --${side}-type.`,
        ]
      : [];
  });
  return topic.partitioner?.partitioner === 'unknown' && topic.partitioner.keys > 0
    ? [
        ...sides,
        'Its keys fit no known partitioner, or are too few to decide. Lookups ask all partitions if a key is in another partition than expected.',
      ]
    : sides;
}

function withHint({ message, hint }: CliError): string {
  return hint === undefined ? message : `${message} ${hint}`;
}
