import { VALUE_TYPES, type ValueType } from '@quicksilver/codec/codec';
import { codecFor } from '@quicksilver/codec/codecs';
import { AppError } from '@quicksilver/common/errors/app-error';
import { pause } from '@quicksilver/common/flow/deadline';
import { PartitionWatch } from '@quicksilver/kafka/partition-watch';
import type { FetchedPartition, KafkaRecord, RecordSource } from '@quicksilver/kafka/ports';
import type { ValueReader } from '@quicksilver/codec/registry/schema-values';
import {
  readablesOf,
  ValueReaders,
  type Envelope,
} from '@quicksilver/codec/registry/value-readers';

import { kafkaAccessOf } from '../../context/kafka-access.ts';
import { findTarget } from '../../context/target.ts';
import type { CommandCall, RunCommand } from '../../grammar/command-call.ts';
import { openManager, type Description } from '../../manager/manager-client.ts';
import { CliError, EXIT, usageError } from '../../output/cli-error.ts';
import { detectedReader } from './detected-json.ts';
import { renderHeaders, tailFilter, type RenderedRecord } from './tail-filter.ts';
import { parseTailStart, startOffsets } from './tail-start.ts';

const FETCH = { maxWaitMs: 500, maxBytesPerPartition: 1_048_576 };
const PAUSE_MS = 500;
const START_MS = 20_000;

/** Undefined for a topic without types, whose formats are detected. */
interface Types {
  readonly key: ValueType | undefined;
  readonly value: ValueType | undefined;
  readonly recordNames: boolean;
  /** Change events are printed as they are in the topic. */
  readonly envelope?: Envelope;
}

interface Readers {
  readonly key: ValueReader;
  readonly value: ValueReader;
}

/** The first byte of a value that names a schema of the registry. */
const SCHEMA_ID_MARK = 0;

export const run: RunCommand = async (call) => {
  const [topic = ''] = call.args;
  const { options, around } = call;
  const { brokers, registry, client } = kafkaAccessOf(await findTarget(options, around));
  if (brokers.length === 0) {
    throw new CliError('The addresses of Kafka are not known.', {
      code: 'NO_BROKERS',
      exitCode: EXIT.usage,
      hint: 'Set them with -X brokers=localhost:9092, in the context (quick context create --brokers …), in QUICK_KAFKA_BOOTSTRAP_SERVER, or in the file of QUICK_KAFKA_CONFIG.',
    });
  }
  const types = await typesOf(call, topic);
  const source = client().source({ hasHeaders: true });
  const values = new ValueReaders(registry);
  try {
    await follow(call, source, topic, (records) =>
      readersOf(types, records, values, registry.schemaRegistry !== undefined),
    );
  } finally {
    await Promise.all([source.close(), values.stop()]);
  }
  return undefined;
};

async function follow(
  { options, around: { signal }, output: { format = 'table', stdout } }: CommandCall,
  source: RecordSource,
  topic: string,
  readersFor: (records: readonly KafkaRecord[]) => Promise<Readers>,
): Promise<void> {
  const starting = AbortSignal.any([signal, AbortSignal.timeout(START_MS)]);
  const ends = await source.offsets(topic, 'latest', starting);
  const start = parseTailStart(options.text('from'));
  const partition = options.text('partition');
  const earliest = await source.offsets(topic, 'earliest', starting);
  const positions = new Map(
    [...startOffsets(start, earliest, ends)].filter(
      ([each]) => partition === undefined || each === Number(partition),
    ),
  );
  if (positions.size === 0) {
    throw usageError(`Topic ${topic} has no partition ${partition}.`);
  }
  const matches = tailFilter({
    key: options.text('key'),
    header: options.text('header'),
    contains: options.text('contains'),
    where: options.text('where'),
  });
  const isEnding = !options.flag('follow');
  const watch = new PartitionWatch(source, topic);
  let remaining = Number(options.text('limit') ?? Infinity);
  const isJson = format !== 'table';
  const hasHeaders = options.flag('headers');
  for (;;) {
    if (!isEnding && partition === undefined) {
      await watch.addTo(positions, signal);
    }
    const open = [...positions].filter(
      ([partition, offset]) => !isEnding || offset < (ends.get(partition) ?? 0n),
    );
    if (open.length === 0 || remaining <= 0) {
      return;
    }
    const requests = open.map(([partition, offset]) => ({ topic, partition, offset }));
    const parts = await source.fetch(requests, { ...FETCH, signal });
    signal.throwIfAborted();
    for (const part of parts) {
      assertReadable(part);
      const readers = await readersFor(part.records);
      for (const record of part.records) {
        const isBeyond = isEnding && record.offset >= (ends.get(part.partition) ?? 0n);
        const isEarly = start.kind === 'time' && record.timestamp < start.timestamp;
        if (remaining <= 0 || isBeyond || isEarly) {
          continue;
        }
        const rendered = render(record, readers);
        if (matches(rendered)) {
          const place = { topic, partition: part.partition, record };
          stdout.write(isJson ? jsonLine(place, rendered) : plainLine(place, rendered, hasHeaders));
          remaining -= 1;
        }
      }
      positions.set(part.partition, part.nextOffset);
    }
    if (parts.every(({ failure }) => failure !== undefined)) {
      await pause(PAUSE_MS, signal);
    }
  }
}

/** Throws `CliError` for a failure that a retry cannot fix, unlike a change of the leader. */
function assertReadable({ topic, partition, failure }: FetchedPartition): void {
  if (failure !== undefined && failure.reason !== 'retriable') {
    throw new CliError(
      `Partition ${partition} of topic ${topic} cannot be read: ${failure.detail} (${failure.reason}).`,
      { code: 'TOPIC_UNREADABLE', hint: 'To read it from the start, run the command again.' },
    );
  }
}

interface RecordPlace {
  readonly topic: string;
  readonly partition: number;
  readonly record: KafkaRecord;
}

function render(record: KafkaRecord, readers: Readers): RenderedRecord {
  return {
    key: jsonOf(record.key, readers.key, record.keySchemaHeader),
    value: jsonOf(record.value, readers.value, record.schemaHeader),
    headers: renderHeaders(record),
  };
}

function jsonLine(
  { topic, partition, record: { offset, timestamp } }: RecordPlace,
  { key, value, headers }: RenderedRecord,
): string {
  const more = headers.length === 0 ? '' : `,"headers":${JSON.stringify(headers)}`;
  return `{"topic":${JSON.stringify(topic)},"partition":${partition},"offset":${offset},"timestamp":${timestamp},"key":${key},"value":${value}${more}}\n`;
}

function plainLine(
  { partition, record }: RecordPlace,
  { key, value, headers }: RenderedRecord,
  hasHeaders: boolean,
): string {
  const more = hasHeaders && headers.length > 0 ? `   ${headers.map(headerText).join(' ')}` : '';
  const text = record.value === null ? '(deleted)' : value;
  return `${partition}:${record.offset}   ${key}   ${text}${more}\n`;
}

function headerText({ key, value }: RenderedRecord['headers'][number]): string {
  return `${key}=${JSON.stringify(value)}`;
}

/** A value that does not fit the type is printed as base64, so that the tail can continue. */
function jsonOf(
  bytes: Buffer | null,
  reader: ValueReader,
  schemaHeader?: KafkaRecord['schemaHeader'],
): string {
  if (bytes === null) {
    return 'null';
  }
  try {
    return reader.toJson(bytes, schemaHeader).toString('utf8');
  } catch {
    return JSON.stringify({ base64: bytes.toString('base64') });
  }
}

async function typesOf(call: CommandCall, topic: string): Promise<Types> {
  const key = valueType(call.options.text('keyType'));
  const value = valueType(call.options.text('valueType'));
  if (key !== undefined && value !== undefined) {
    return { key, value, recordNames: false };
  }
  const description = await describeTopic(call, topic);
  if (description === undefined) {
    call.around.stderr.write(
      `Topic ${topic} is not registered, so its formats are detected. To set them, add --key-type and --value-type.\n`,
    );
    return { key, value, recordNames: false };
  }
  return {
    key: key ?? valueType(description['keyType']) ?? 'JSON',
    // A value of a schema type is JSON in the topic.
    value: value ?? valueType(description['valueType']) ?? 'JSON',
    recordNames: description['recordNames'] === true,
    ...(description['envelope'] === 'debezium' ? { envelope: 'debezium' } : {}),
  };
}

/** Undefined if the topic is not registered. */
async function describeTopic(call: CommandCall, topic: string): Promise<Description | undefined> {
  try {
    return await (await openManager(call)).describe('topic', topic);
  } catch (error) {
    if (error instanceof CliError && error.exitCode === EXIT.notFound) {
      return undefined;
    }
    throw error;
  }
}

async function readersOf(
  types: Types,
  records: readonly KafkaRecord[],
  values: ValueReaders,
  hasRegistry: boolean,
): Promise<Readers> {
  const isMarked = (value: Buffer | null): boolean => value?.[0] === SCHEMA_ID_MARK;
  const isAvro = hasRegistry && records.some(({ value }) => isMarked(value));
  const valueType = types.value ?? (isAvro ? 'AVRO' : undefined);
  try {
    const keys = records.map(({ key: value, keySchemaHeader: schemaHeader }) =>
      schemaHeader === undefined ? { value } : { value, schemaHeader },
    );
    const key =
      types.key === undefined
        ? detectedReader
        : await values.readerOf({ valueType: types.key }, keys);
    if (valueType === undefined) {
      return { key, value: detectedReader };
    }
    const form = { ...types, valueType };
    const value = await values.readerOf(form, readablesOf(form, records));
    return { key: types.envelope === undefined ? key : keyReaderOf(value), value };
  } catch (cause) {
    if (cause instanceof AppError) {
      throw new CliError(cause.message, { code: cause.code, cause });
    }
    throw cause;
  }
}

/** The keys of change events name a schema, or are JSON. */
function keyReaderOf(reader: ValueReader): ValueReader {
  return {
    toJson: (bytes, schemaHeader) =>
      schemaHeader !== undefined || bytes[0] === SCHEMA_ID_MARK
        ? reader.toJson(bytes, schemaHeader)
        : codecFor('JSON').toJson(bytes),
  };
}

function valueType(word: unknown): ValueType | undefined {
  return VALUE_TYPES.find((type) => type === String(word).toUpperCase().replace('-', '_'));
}
