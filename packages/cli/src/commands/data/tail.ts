import { DATA_TYPES, type DataType, type ValueType } from '@quicksilver/codec/codec';
import { codecFor } from '@quicksilver/codec/codecs';
import { readRegistryAddresses } from '@quicksilver/common/config/registry-address';
import { AppError } from '@quicksilver/common/errors/app-error';
import { pause } from '@quicksilver/common/flow/deadline';
import { PartitionWatch } from '@quicksilver/kafka/partition-watch';
import type { FetchedPartition, KafkaRecord, RecordSource } from '@quicksilver/kafka/ports';
import type { ValueReader } from '@quicksilver/codec/registry/avro-values';
import {
  schemaBytesOf,
  ValueReaders,
  type Envelope,
} from '@quicksilver/codec/registry/value-readers';

import { kafkaClientFor } from '../../context/kafka-client-for.ts';
import { findTarget } from '../../context/target.ts';
import type { CommandCall, RunCommand } from '../../grammar/command-call.ts';
import { openManager, type Description } from '../../manager/manager-client.ts';
import { CliError, EXIT, usageError } from '../../output/cli-error.ts';
import { detectedReader } from './detected-json.ts';
import { parseTailStart, startOffsets } from './tail-start.ts';

const FETCH = { maxWaitMs: 500, maxBytesPerPartition: 1_048_576 };
const PAUSE_MS = 500;
const START_MS = 20_000;
const REGISTRY_MS = 5_000;

/** Undefined for a topic without types, whose formats are detected. */
interface Types {
  readonly key: DataType | undefined;
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
  const { brokers, schemaRegistry } = await findTarget(options, around);
  if (brokers.length === 0) {
    throw new CliError('The addresses of Kafka are not known.', {
      code: 'NO_BROKERS',
      exitCode: EXIT.usage,
      hint: 'Set them with -X brokers=localhost:9092, in the context (quick context create --brokers …), or in QUICK_KAFKA_BOOTSTRAP_SERVER.',
    });
  }
  const types = await typesOf(call, topic);
  const source = kafkaClientFor('platformatic', brokers).source();
  const values = new ValueReaders({
    schemaRegistry: registryOf(schemaRegistry ?? ''),
    schemaRegistryTimeoutMs: REGISTRY_MS,
  });
  try {
    await follow(call, source, topic, (records) =>
      readersOf(types, records, values, schemaRegistry !== undefined),
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
  const key = options.text('key');
  const isEnding = !options.flag('follow');
  const watch = new PartitionWatch(source, topic);
  let remaining = Number(options.text('limit') ?? Infinity);
  const isJson = format !== 'table';
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
        if (remaining > 0 && !isBeyond && !isEarly && hasKey(record, key, readers)) {
          stdout.write(
            isJson
              ? jsonLine(topic, part.partition, record, readers)
              : plainLine(part.partition, record, readers),
          );
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

/** Undefined without a registry. Throws `CliError` if the text is no address. */
function registryOf(text: string): ReturnType<typeof readRegistryAddresses> {
  const addresses = text === '' ? undefined : readRegistryAddresses(text);
  if (text !== '' && addresses === undefined) {
    throw new CliError('QUICK_KAFKA_SCHEMA_REGISTRY_URL is not a list of http URLs.', {
      code: 'CONFIG_INVALID',
      exitCode: EXIT.usage,
      hint: 'Set it to http://host:port, or to http://a:8081,http://b:8081 for several servers.',
    });
  }
  return addresses;
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

function jsonLine(topic: string, partition: number, record: KafkaRecord, readers: Readers): string {
  const key = jsonOf(record.key, readers.key);
  const value = jsonOf(record.value, readers.value, record.schemaHeader);
  return `{"topic":${JSON.stringify(topic)},"partition":${partition},"offset":${record.offset},"timestamp":${record.timestamp},"key":${key},"value":${value}}\n`;
}

/** Compares with the key as it is printed, with or without the quotes of a string. */
function hasKey(record: KafkaRecord, key: string | undefined, readers: Readers): boolean {
  const text = key === undefined ? undefined : jsonOf(record.key, readers.key);
  return text === undefined || text === key || text === JSON.stringify(key);
}

function plainLine(partition: number, record: KafkaRecord, readers: Readers): string {
  const value =
    record.value === null ? '(deleted)' : jsonOf(record.value, readers.value, record.schemaHeader);
  return `${partition}:${record.offset}   ${jsonOf(record.key, readers.key)}   ${value}\n`;
}

/** A value that does not fit the type is printed as base64, so that the tail can continue. */
function jsonOf(bytes: Buffer | null, reader: ValueReader, schemaHeader?: string): string {
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
  const key = dataType(call.options.text('keyType'));
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
    key: key ?? dataType(description['keyType']) ?? 'JSON',
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
  const key = types.key === undefined ? detectedReader : codecFor(types.key);
  const isMarked = (value: Buffer | null): boolean => value?.[0] === SCHEMA_ID_MARK;
  const isAvro = hasRegistry && records.some(({ value }) => isMarked(value));
  const valueType = types.value ?? (isAvro ? 'AVRO' : undefined);
  if (valueType === undefined) {
    return { key, value: detectedReader };
  }
  const form = { ...types, valueType };
  try {
    const value = await values.readerOf(form, schemaBytesOf(form, records));
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
    toJson: (bytes) =>
      bytes[0] === SCHEMA_ID_MARK ? reader.toJson(bytes) : codecFor('JSON').toJson(bytes),
  };
}

function valueType(word: unknown): ValueType | undefined {
  return String(word).toUpperCase() === 'AVRO' ? 'AVRO' : dataType(word);
}

function dataType(word: unknown): DataType | undefined {
  return DATA_TYPES.find((type) => type === String(word).toUpperCase());
}
