import { randomUUID } from 'node:crypto';
import { parseBytesText } from './bytes-text.ts';
import { runTool, runToolToItsEnd, toolFailed } from './run-tool.ts';

export interface ToolTarget {
  readonly bootstrapServer: string;
  readonly jarsDir: string;
  readonly topic: string;
  readonly timeoutMs?: number | undefined;
  readonly javaPath?: string | undefined;
}

export interface ConsoleRecord {
  readonly partition: number;
  readonly offset: bigint;
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

export interface ConsoleConsumeOptions extends ToolTarget {
  readonly isolation?: 'read_committed' | 'read_uncommitted' | undefined;
  /**
   * Milliseconds without a record after which the topic counts as read. Needed if a partition ends
   * with offsets that no reader sees, such as control records or records of aborted transactions.
   * Without it, such an end is an error after the timeout.
   */
  readonly idleMs?: number | undefined;
}

/**
 * All records of a topic as Kafka's console consumer reads them, byte for byte, by offset within a
 * partition. Includes at least the records that existed at the time of the call, and ends when it
 * has them. Throws if the topic does not exist.
 */
export async function consoleConsume(
  options: ConsoleConsumeOptions,
): Promise<readonly ConsoleRecord[]> {
  const records: ConsoleRecord[] = [];
  const seenUpTo = new Map<number, bigint>();
  const nullText = `null-${randomUUID()}`;
  const stop = new AbortController();
  let ends: ReadonlyMap<number, bigint> | undefined;
  const stopWhenRead = (): void => {
    if (
      ends !== undefined &&
      [...ends].every(([partition, end]) => (seenUpTo.get(partition) ?? 0n) >= end)
    ) {
      stop.abort();
    }
  };

  let rest = '';
  const consumer = runToolToItsEnd({
    ...options,
    mainClass: CONSUMER,
    args: consumerArguments(options, nullText),
    signal: stop.signal,
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
    onStdout: (chunk) => {
      // The output is ASCII, so a chunk may end anywhere.
      const lines = (rest + chunk.toString('latin1')).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const record = parseRecord(line, nullText);
        if (record !== undefined) {
          records.push(record);
          seenUpTo.set(record.partition, record.offset + 1n);
        }
      }
      stopWhenRead();
    },
  });
  try {
    // Both Java programs start at the same time, so the request for the ends costs no extra second.
    ends = await endOffsets(options);
    stopWhenRead();
  } catch (error) {
    stop.abort();
    await consumer;
    throw error;
  }
  const outcome = await consumer;
  // The exit code is also 1 if the consumer waited for more records in vain. With `idleMs` that is
  // the expected end. Otherwise records are missing.
  const waitedInVain =
    options.idleMs !== undefined && outcome.stderr.includes('Processed a total of');
  if (outcome.timedOut || (!stop.signal.aborted && !waitedInVain)) {
    throw toolFailed(CONSUMER, outcome);
  }
  return records;
}

/** The offset after the last one of every partition, including open and aborted transactions. */
export async function endOffsets(target: ToolTarget): Promise<ReadonlyMap<number, bigint>> {
  const outcome = await runTool({
    ...target,
    mainClass: 'org.apache.kafka.tools.GetOffsetShell',
    args: [
      '--bootstrap-server',
      target.bootstrapServer,
      '--topic-partitions',
      escapePattern(target.topic),
    ],
  });
  const ends = new Map<number, bigint>();
  for (const line of outcome.stdout.toString('utf8').split('\n')) {
    const [topic, partition, offset] = line.split(':');
    if (topic === target.topic && partition !== undefined && offset !== undefined) {
      ends.set(Number(partition), BigInt(offset));
    }
  }
  if (ends.size === 0) {
    throw toolFailed('org.apache.kafka.tools.GetOffsetShell', outcome);
  }
  return ends;
}

export interface ConsoleProduceOptions extends ToolTarget {
  /** Text without line feeds. For other bytes, write a Java program. Null is Kafka's null. */
  readonly records: Iterable<{ readonly key: string | null; readonly value: string | null }>;
  readonly compression?: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd' | undefined;
  /** Producer settings, such as `{'batch.size': 100}`. */
  readonly settings?: Readonly<Record<string, string | number>> | undefined;
}

/**
 * Writes records with Kafka's console producer, acks=all and its partitioner. Throws if a record
 * failed.
 */
export async function consoleProduce(options: ConsoleProduceOptions): Promise<void> {
  const nullText = `null-${randomUUID()}`;
  const { topic, bootstrapServer, compression = 'none', settings = {}, records, ...tool } = options;
  const outcome = await runTool({
    ...tool,
    mainClass: PRODUCER,
    args: [
      ...[
        '--bootstrap-server',
        bootstrapServer,
        '--topic',
        topic,
        '--request-required-acks',
        'all',
      ],
      ...['--compression-codec', compression],
      ...each('--command-property', { 'request.timeout.ms': 30_000, ...settings }),
      ...each('--reader-property', {
        'parse.key': true,
        'key.separator': SEPARATOR,
        'null.marker': nullText,
      }),
    ],
    input: [...producerLines(records, nullText)].join(''),
  });
  // A record that failed is only logged, and the exit code is 0.
  if (/\bERROR\b/.test(outcome.stdout.toString('utf8') + outcome.stderr)) {
    throw toolFailed(PRODUCER, outcome);
  }
}

const CONSUMER = 'org.apache.kafka.tools.consumer.ConsoleConsumer';
const PRODUCER = 'org.apache.kafka.tools.ConsoleProducer';
const BYTES = 'org.apache.kafka.common.serialization.BytesDeserializer';
const TIMEOUT_MS = 120_000;
const SEPARATOR = '\u001F';
const NOT_FOR_A_LINE = ['\n', '\r', SEPARATOR];

function consumerArguments(options: ConsoleConsumeOptions, nullText: string): readonly string[] {
  const { bootstrapServer, topic, isolation = 'read_committed' } = options;
  // Without `idleMs` the consumer waits for all records. On a busy machine the first record may
  // take seconds, and the topic would seem empty.
  const idleMs = options.idleMs ?? TIMEOUT_MS;
  return [
    ...['--bootstrap-server', bootstrapServer, '--topic', topic, '--from-beginning'],
    ...['--isolation-level', isolation, '--timeout-ms', String(idleMs)],
    // The default name of the group is a random number below 100,000. Two readers with one name
    // would share the partitions of a topic.
    ...['--group', `console-${randomUUID()}`],
    ...each('--command-property', { 'enable.auto.commit': false }),
    ...each('--formatter-property', {
      'print.timestamp': true,
      'print.partition': true,
      'print.offset': true,
      'print.key': true,
      'key.separator': '\t',
      'null.literal': nullText,
      'key.deserializer': BYTES,
      'value.deserializer': BYTES,
    }),
  ];
}

const LINE =
  /^(?:CreateTime|LogAppendTime|NO_TIMESTAMP):?(-?\d*)\tPartition:(\d+)\tOffset:(\d+)\t([^\t]*)\t([^\t]*)$/;

function parseRecord(line: string, nullText: string): ConsoleRecord | undefined {
  const [, timestamp, partition, offset, key, value] = LINE.exec(line) ?? [];
  if (partition === undefined || offset === undefined || key === undefined || value === undefined) {
    return undefined;
  }
  return {
    partition: Number(partition),
    offset: BigInt(offset),
    timestampMs: Number(timestamp),
    key: key === nullText ? null : parseBytesText(key),
    value: value === nullText ? null : parseBytesText(value),
  };
}

function* producerLines(
  records: ConsoleProduceOptions['records'],
  nullText: string,
): Generator<string> {
  for (const { key, value } of records) {
    for (const text of [key, value]) {
      if (text !== null && NOT_FOR_A_LINE.some((mark) => text.includes(mark))) {
        throw new TypeError('the console producer cannot write line ends or U+001F');
      }
    }
    yield `${key ?? nullText}${SEPARATOR}${value ?? nullText}\n`;
  }
}

function each(
  option: string,
  properties: Readonly<Record<string, string | number | boolean>>,
): readonly string[] {
  return Object.entries(properties).flatMap(([name, value]) => [option, `${name}=${value}`]);
}

/** The consumer reads a topic's name as a pattern, in which dots would match any character. */
function escapePattern(topic: string): string {
  return topic.replaceAll('.', '\\.');
}
