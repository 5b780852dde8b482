import type { RunCommand } from '../../grammar/command-call.ts';
import { openManager } from '../../manager/manager-client.ts';
import { usageError } from '../../output/cli-error.ts';
import { printList, type Field } from '../../output/print.ts';
import { fieldsOf } from '../resource-fields.ts';
import {
  partitionerText,
  printProblems,
  queryOf,
  readKafkaTopics,
  sideText,
  type KafkaTopic,
} from './kafka-topics.ts';

const FIELDS: readonly Field<KafkaTopic>[] = [
  { header: 'NAME', text: 'Name', read: ({ name }) => name },
  { header: 'PARTITIONS', text: 'Number of partitions', read: (topic) => String(topic.partitions) },
  { header: 'SIZE', text: 'Bytes of one copy in Kafka', read: ({ bytes }) => sizeText(bytes) },
  {
    header: 'OFFSETS',
    text: 'From the start to the end of all partitions: at least the number of records',
    isWide: true,
    read: ({ offsets }) => textOf(offsets),
  },
  {
    header: 'REC/S',
    text: 'How many records per second were written last',
    read: ({ recordsPerSecond }) => textOf(recordsPerSecond),
  },
  {
    header: 'CLEANUP',
    text: 'The cleanup.policy of Kafka: delete, compact or both',
    read: ({ cleanupPolicy }) => cleanupPolicy || '-',
  },
  { header: 'KEY', text: 'Detected format of the keys', read: ({ key }) => sideText(key) },
  { header: 'VALUE', text: 'Detected format of the values', read: ({ value }) => sideText(value) },
  {
    header: 'PARTITIONER',
    text: 'How producers choose the partition of a key',
    read: partitionerText,
  },
  { header: 'MIRROR', text: 'Name of its mirror', read: ({ mirror }) => mirror ?? '-' },
];

export const run: RunCommand = async (call) => {
  const { options, output, around } = call;
  const match = options.text('match');
  if (!options.flag('all') && match !== undefined) {
    throw usageError('--match selects topics of the broker. Add --all.');
  }
  const manager = await openManager(call);
  if (!options.flag('all')) {
    printList(output, await manager.list('topic'), {
      fields: fieldsOf('topic'),
      nameOf: ({ name }) => name,
      defaultFormat: 'table',
    });
    return undefined;
  }
  const topics = await readKafkaTopics(manager, queryOf([], match));
  printList(output, topics, {
    fields: FIELDS,
    nameOf: ({ name }) => name,
    defaultFormat: 'table',
  });
  if (['table', 'wide'].includes(output.format ?? 'table')) {
    printProblems(call, topics);
    if (topics.length === 0) {
      around.stderr.write('The broker has no topics that match, or none that this user may see.\n');
    }
  }
  return undefined;
};

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

function sizeText(bytes: number | null): string {
  if (bytes === null) {
    return '-';
  }
  let size = bytes;
  let unit = 0;
  while (size >= 1_000 && unit < UNITS.length - 1) {
    size /= 1_000;
    unit += 1;
  }
  return `${unit === 0 ? size : size.toPrecision(3)} ${UNITS[unit] ?? ''}`;
}

function textOf(value: number | null): string {
  return value === null ? '-' : String(value);
}
