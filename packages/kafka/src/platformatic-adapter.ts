import { isIP } from 'node:net';

import {
  apiVersionsV3,
  Connection,
  createRecordsBatch,
  createTopicsV7,
  deleteTopicsV6,
  describeConfigsV4,
  describeLogDirsV4,
  fetchV13,
  initProducerIdV4,
  listOffsetsV7,
  metadataV12,
  NumericMap,
  produceV9,
  ResponseError,
  Writer,
  type ConnectionOptions,
  type MessageRecord,
  type Reader,
} from '@platformatic/kafka';

import type {
  BrokerAddress,
  BrokerConnection,
  BrokerConnector,
  ConfigsAnswer,
  FetchRequest,
  ListOffsetsRequest,
  LogDirsAnswer,
  MetadataAnswer,
  OffsetAnswer,
  ProduceAnswer,
  ProducerIdAnswer,
  ProduceRequest,
  SequencedBatch,
  TopicAnswer,
} from './cluster/broker.ts';
import { limitOf, within } from './cluster/limit.ts';
import { requireVersions } from './cluster/required-versions.ts';
import type { KafkaClientOptions, KafkaSasl, NewTopic } from './ports.ts';
import { connectFailure } from './security/connect-failure.ts';
import { rejectionOf } from './security/oauth-challenge.ts';

/** Callers set the deadlines, so the library's own timeout must never come first. */
const LIBRARY_TIMEOUT_MS = 2_147_483_647;
const ACKS_ALL = -1;
const READ_UNCOMMITTED = 0;
const READ_COMMITTED = 1;
const NO_SESSION_ID = 0;
const NO_SESSION_EPOCH = -1;
const ANY_EPOCH = -1;
const CONSUMER_REPLICA = -1;
const TOPIC_RESOURCE = 2 as const;
const EARLIEST = -2n;
const LATEST = -1n;

interface Api {
  readonly key: number;
  readonly version: number;
}

type Parser<T> = (correlationId: number, key: number, version: number, reader: Reader) => T;

/**
 * Kafka through `@platformatic/kafka`: its connection and its low-level requests, but not its
 * consumer and producer. These retry without end and have their own broker state. They also decode
 * all partitions of a response at once, so that one damaged or huge batch fails them all.
 */
export function platformaticConnector(options: KafkaClientOptions): BrokerConnector {
  return {
    connect: async (address, { timeoutMs, signal }) => {
      const security = (await options.security?.()) ?? {};
      const { tls, sasl } = security;
      const connection = new Connection(options.clientId, {
        connectTimeout: timeoutMs,
        requestTimeout: LIBRARY_TIMEOUT_MS,
        // By default the library sends no server name (SNI). RFC 6066 allows no address as name.
        ...(tls && { tls, tlsServerName: tls.servername ?? isIP(address.host) === 0 }),
        ...(sasl && { sasl: credentialsOf(sasl) }),
      });
      // Pending requests reject. Without a listener the event would end the process.
      // It is also the only place that has the alert by which a broker rejects a certificate.
      let failure: unknown;
      connection.on('error', (error) => {
        failure ??= error;
      });
      const broker = new PlatformaticBroker(connection);
      try {
        const limit = limitOf(timeoutMs, signal);
        await within(broker.connect(address), limit, 'connecting to the broker');
      } catch (error) {
        broker.destroy();
        throw connectFailure(failure ?? error, address, security);
      }
      return broker;
    },
  };
}

function credentialsOf(sasl: KafkaSasl): NonNullable<ConnectionOptions['sasl']> {
  return sasl.mechanism === 'OAUTHBEARER'
    ? {
        ...sasl,
        authBytesValidator: (bytes, callback) => {
          const rejection = rejectionOf(bytes);
          callback(rejection === undefined ? null : new Error(rejection), bytes);
        },
      }
    : sasl;
}

class PlatformaticBroker implements BrokerConnection {
  readonly #connection: Connection;
  #isDestroyed = false;
  #metadataVersion: number | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  get isOpen(): boolean {
    return !this.#isDestroyed && this.#connection.isConnected();
  }

  async connect(address: BrokerAddress): Promise<void> {
    await this.#connection.connect(address.host, address.port);
    const { apiKeys, finalizedFeatures } = await apiVersionsV3.api.async(
      this.#connection,
      'quicksilver',
      '1',
    );
    requireVersions(address, apiKeys);
    const feature = finalizedFeatures?.find(({ name }) => name === 'metadata.version');
    this.#metadataVersion = feature?.maxVersionLevel;
  }

  get metadataVersion(): number | undefined {
    return this.#metadataVersion;
  }

  async metadata(topics: readonly string[] | null, operations = false): Promise<MetadataAnswer> {
    const answer = await this.#request(
      metadataV12.api,
      () => metadataV12.createRequest(topics && [...topics], false, operations),
      metadataV12.parseResponse,
    );
    return {
      brokers: answer.brokers,
      controllerId: answer.controllerId,
      topics: answer.topics.map(
        ({ errorCode, name, topicId, partitions, topicAuthorizedOperations }) => ({
          errorCode,
          topic: name ?? '',
          topicId,
          operations: topicAuthorizedOperations,
          leaders: new Map(
            partitions.map(({ partitionIndex, leaderId }) => [partitionIndex, leaderId]),
          ),
        }),
      ),
    };
  }

  async listOffsets({ topic, partitions, which }: ListOffsetsRequest): Promise<OffsetAnswer[]> {
    const timestamp = which === 'earliest' ? EARLIEST : LATEST;
    const isolation = which === 'high-watermark' ? READ_UNCOMMITTED : READ_COMMITTED;
    const timestamps = partitions.map((partitionIndex) => {
      return { partitionIndex, currentLeaderEpoch: ANY_EPOCH, timestamp };
    });
    const { topics } = await this.#request(
      listOffsetsV7.api,
      () =>
        listOffsetsV7.createRequest(CONSUMER_REPLICA, isolation, [
          { name: topic, partitions: timestamps },
        ]),
      listOffsetsV7.parseResponse,
    );
    return topics.flatMap((answer) => {
      return answer.partitions.map(({ partitionIndex: partition, errorCode, offset }) => {
        return { partition, errorCode, offset };
      });
    });
  }

  fetch(request: FetchRequest): Promise<Buffer> {
    const { targets, maxWaitMs, maxBytes, maxBytesPerPartition: partitionMaxBytes } = request;
    const topics = Array.from(
      Map.groupBy(targets, (target) => target.topicId),
      ([topicId, of]) => {
        const partitions = of.map(({ partition, offset: fetchOffset }) => {
          const epochs = { currentLeaderEpoch: ANY_EPOCH, lastFetchedEpoch: ANY_EPOCH };
          return { partition, fetchOffset, partitionMaxBytes, ...epochs };
        });
        return { topicId, partitions };
      },
    );
    return this.#request(
      fetchV13.api,
      () =>
        fetchV13.createRequest(
          maxWaitMs,
          1,
          maxBytes,
          READ_COMMITTED,
          NO_SESSION_ID,
          NO_SESSION_EPOCH,
          topics,
          [],
          '',
        ),
      remainingBytes,
    );
  }

  initProducerId(): Promise<ProducerIdAnswer> {
    return this.#request(
      initProducerIdV4.api,
      () => initProducerIdV4.createRequest(null, 0, -1n, -1),
      initProducerIdV4.parseResponse,
    );
  }

  async produce(request: ProduceRequest): Promise<ProduceAnswer[]> {
    const { responses } = await this.#request(
      produceV9.api,
      () => produceWriter(request),
      produceV9.parseResponse,
    );
    return responses.flatMap(({ name: topic, partitionResponses }) => {
      return partitionResponses.map(({ index: partition, errorCode, errorMessage, baseOffset }) => {
        return { topic, partition, errorCode, errorMessage, baseOffset };
      });
    });
  }

  async createTopic(topic: NewTopic, timeoutMs: number, isDryRun = false): Promise<TopicAnswer> {
    const { topic: name, partitions: numPartitions, replicationFactor, configs = {} } = topic;
    const request = {
      name,
      numPartitions,
      replicationFactor,
      assignments: [],
      configs: Object.entries(configs).map(([config, value]) => ({ name: config, value })),
    };
    const { topics } = await this.#request(
      createTopicsV7.api,
      () => createTopicsV7.createRequest([request], timeoutMs, isDryRun),
      createTopicsV7.parseResponse,
    );
    return only(topics);
  }

  async deleteTopic(name: string, timeoutMs: number): Promise<TopicAnswer> {
    const { responses } = await this.#request(
      deleteTopicsV6.api,
      () => deleteTopicsV6.createRequest([{ name }], timeoutMs),
      deleteTopicsV6.parseResponse,
    );
    return only(responses);
  }

  async describeConfigs(topic: string, names: readonly string[]): Promise<ConfigsAnswer> {
    const configurationKeys = [...names];
    const resource = { resourceType: TOPIC_RESOURCE, resourceName: topic, configurationKeys };
    const { results } = await this.#request(
      describeConfigsV4.api,
      () => describeConfigsV4.createRequest([resource], false, false),
      describeConfigsV4.parseResponse,
    );
    const { errorCode, errorMessage, configs } = only(results);
    return {
      errorCode,
      errorMessage,
      configs: configs.map(({ name, value }) => [name, value ?? null]),
    };
  }

  async describeLogDirs(): Promise<LogDirsAnswer> {
    const { errorCode, results } = await this.#request(
      describeLogDirsV4.api,
      allLogDirs,
      describeLogDirsV4.parseResponse,
    );
    return {
      errorCode: errorCode || (results.find((each) => each.errorCode !== 0)?.errorCode ?? 0),
      partitions: results
        .flatMap(({ topics }) => topics)
        .flatMap(({ name: topic, partitions }) =>
          partitions.map(({ partitionIndex, partitionSize }) => {
            return { topic, partition: partitionIndex, bytes: partitionSize };
          }),
        ),
    };
  }

  destroy(): void {
    this.#isDestroyed = true;
    this.#connection.socket?.destroy();
    // Before it is connected, the library ignores the end of the socket, and would keep a timer
    // until its own deadline.
    if (!this.#connection.isConnected()) {
      this.#connection.emit('close');
    }
  }

  #request<T>(api: Api, create: () => Writer, parse: Parser<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#connection.send(
        api.key,
        api.version,
        create,
        codesAsAnswer(parse),
        true,
        true,
        (error, answer) => {
          if (error !== null || answer === undefined) {
            reject(error ?? new Error('the broker sent an empty response'));
          } else {
            resolve(answer);
          }
        },
      );
    });
  }
}

/** The library throws if a response has an error code. Here the caller reads the code. */
function codesAsAnswer<T>(parse: Parser<T>): Parser<T> {
  return (correlationId, key, version, reader) => {
    try {
      return parse(correlationId, key, version, reader);
    } catch (error) {
      if (error instanceof ResponseError) {
        return error['response'] as T;
      }
      throw error;
    }
  };
}

function remainingBytes(_id: number, _key: number, _version: number, reader: Reader): Buffer {
  return reader.buffer.slice(reader.position);
}

/** A null array means all topics. The library's types exclude it. */
function allLogDirs(): Writer {
  return Writer.create()
    .appendArray(null, (writer) => writer)
    .appendTaggedFields();
}

/** The library's own encoder has one producer epoch for all partitions. Here each has its own. */
function produceWriter({ batches, timeoutMs }: ProduceRequest): Writer {
  return Writer.create()
    .appendString(null)
    .appendInt16(ACKS_ALL)
    .appendInt32(timeoutMs)
    .appendArray([...Map.groupBy(batches, (batch) => batch.topic)], (writer, [topic, of]) => {
      writer.appendString(topic).appendArray(of, (inner, batch) => {
        const records = recordsBatch(batch);
        inner
          .appendInt32(batch.partition)
          .appendUnsignedVarInt(records.length + 1)
          .appendFrom(records);
      });
    })
    .appendTaggedFields();
}

/** The library encodes null keys and values, although its types exclude them. */
type NullableRecord = MessageRecord;

function recordsBatch(batch: SequencedBatch): Writer {
  const { topic, partition, producerId, producerEpoch, firstSequence } = batch;
  const messages = batch.records.map(({ key, value, headers = [], timestamp }) => {
    // Buffers as keys of the map keep headers of the same name apart.
    const pairs = headers.map(([name, bytes]): [Buffer, Buffer] => [Buffer.from(name), bytes]);
    const time = timestamp === undefined ? {} : { timestamp };
    return { topic, partition, key, value, headers: new Map(pairs), ...time } as NullableRecord;
  });
  const sequences = new NumericMap([[`${topic}:${partition}`, firstSequence]]);
  return createRecordsBatch(messages, { producerId, producerEpoch, sequences });
}

function only<T>(items: readonly T[]): T {
  const [item] = items;
  if (item === undefined) {
    throw new Error('the response of the broker lacks the topic');
  }
  return item;
}
