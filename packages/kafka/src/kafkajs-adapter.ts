import type { KafkaConfig, Mechanism } from 'kafkajs';

import type {
  BrokerAddress,
  BrokerConnection,
  BrokerConnector,
  ConfigsAnswer,
  ConnectOptions,
  FetchRequest,
  ListOffsetsRequest,
  LogDirsAnswer,
  MetadataAnswer,
  OffsetAnswer,
  ProduceAnswer,
  ProducerIdAnswer,
  ProduceRequest,
  TopicAnswer,
} from './cluster/broker.ts';
import { limitOf, within } from './cluster/limit.ts';
import { requireVersions } from './cluster/required-versions.ts';
import {
  loadKafkajsInternals,
  type KafkajsConnection,
  type KafkajsInternals,
  type KafkajsProtocol,
  type KafkajsRequest,
} from './kafkajs-adapter-internals.ts';
import {
  KafkajsRequests,
  readLogDirsResponse,
  readMetadataResponse,
} from './kafkajs-adapter-requests.ts';
import type { KafkaClientOptions, KafkaSasl, KafkaSecurity, NewTopic } from './ports.ts';
import { connectFailure } from './security/connect-failure.ts';
import { bearerMessage, rejectionOf } from './security/oauth-challenge.ts';
import { WireReader } from './records/wire-reader.ts';

/** The security settings of kafkajs, including authentication plug-ins. */
export type KafkajsSettings = Pick<
  KafkaConfig,
  'ssl' | 'sasl' | 'socketFactory' | 'reauthenticationThreshold'
>;

/** Callers set the deadlines, so the library's own timeout must never come first. */
const LIBRARY_TIMEOUT_MS = 2_147_483_647;
const CONSUMER_REPLICA = -1;
const TOPIC_RESOURCE = 2;
const READ_UNCOMMITTED = 0;
const READ_COMMITTED = 1;
const EARLIEST = -2;
const LATEST = -1;
const SASL_AUTHENTICATE = 36;

/**
 * Kafka through `kafkajs`: its connection, its authentication, and its requests if it has the
 * required version. Nothing joins a group, so nothing is left behind on the broker.
 */
export function kafkajsConnector(
  options: KafkaClientOptions,
  settings: KafkajsSettings = {},
): BrokerConnector {
  const internals = loadKafkajsInternals();
  return {
    connect: async (address, connectOptions) => {
      const { host, port } = address;
      const security = (await options.security?.()) ?? {};
      const connection = new internals.Connection({
        socketFactory: internals.socketFactory(),
        ...securityOf(security),
        ...settings,
        host,
        port,
        clientId: options.clientId,
        connectionTimeout: connectOptions.timeoutMs,
        requestTimeout: LIBRARY_TIMEOUT_MS,
        // It would poll the requests ten times a second for the life of the connection.
        enforceRequestTimeout: false,
        logger: internals.silentLogger(),
      });
      keepQueueQuiet(connection);
      try {
        return await open(new KafkajsBroker(connection, internals), address, connectOptions);
      } catch (error) {
        throw connectFailure(error, address, security);
      }
    },
  };
}

async function open(
  broker: KafkajsBroker,
  address: BrokerAddress,
  { timeoutMs, signal }: ConnectOptions,
): Promise<KafkajsBroker> {
  try {
    const limit = limitOf(timeoutMs, signal);
    await within(broker.negotiate(address), limit, 'connecting to the broker');
    return broker;
  } catch (error) {
    broker.destroy();
    throw error;
  }
}

function securityOf({ tls, sasl }: KafkaSecurity): KafkajsSettings {
  return { ...(tls && { ssl: tls }), ...(sasl && { sasl: credentialsOf(sasl) }) };
}

/** A case for each mechanism, because kafkajs has a separate type for each. */
function credentialsOf(sasl: KafkaSasl): NonNullable<KafkajsSettings['sasl']> {
  switch (sasl.mechanism) {
    case 'PLAIN':
      return { ...sasl, mechanism: 'plain' };
    case 'SCRAM-SHA-256':
      return { ...sasl, mechanism: 'scram-sha-256' };
    case 'SCRAM-SHA-512':
      return { ...sasl, mechanism: 'scram-sha-512' };
    case 'OAUTHBEARER':
      return { mechanism: sasl.mechanism, authenticationProvider: bearerProvider(sasl.token) };
  }
}

/** The library's own provider ignores the challenge by which a broker rejects a token. */
function bearerProvider(token: () => Promise<string>): Mechanism['authenticationProvider'] {
  return ({ saslAuthenticate }) => ({
    authenticate: async () => {
      const message = bearerMessage(await token());
      const length = Buffer.alloc(4);
      length.writeInt32BE(message.length);
      const encode = (): Buffer => Buffer.concat([length, message]);
      const rejection = await saslAuthenticate({
        request: { encode },
        // The library passes the bytes behind their length.
        response: { decode: (bytes) => bytes.subarray(4), parse: rejectionOf },
      });
      if (rejection !== undefined) {
        throw new Error(rejection);
      }
    },
  });
}

/** After the first response the library would poll the queue every millisecond. */
function keepQueueQuiet({ requestQueue }: KafkajsConnection): void {
  const schedule = requestQueue.scheduleCheckPendingRequests.bind(requestQueue);
  requestQueue.scheduleCheckPendingRequests = () => {
    if (requestQueue.pending.length > 0) {
      schedule();
    }
  };
}

class KafkajsBroker implements BrokerConnection {
  readonly #connection: KafkajsConnection;
  readonly #internals: KafkajsInternals;
  readonly #requests: KafkajsRequests;
  #isDestroyed = false;

  constructor(connection: KafkajsConnection, internals: KafkajsInternals) {
    this.#connection = connection;
    this.#internals = internals;
    this.#requests = new KafkajsRequests(internals);
  }

  get isOpen(): boolean {
    return !this.#isDestroyed && this.#connection.isConnected();
  }

  /** Connects, negotiates versions and authenticates. */
  async negotiate(address: BrokerAddress): Promise<void> {
    await this.#connection.connect();
    const protocol = this.#internals.requests.ApiVersions.protocol({ version: 2 })();
    const { apiVersions } = await this.#connection.send(protocol);
    requireVersions(address, apiVersions);
    this.#connection.setVersions(Object.fromEntries(apiVersions.map((api) => [api.apiKey, api])));
    this.#connection.setSupportAuthenticationProtocol(
      apiVersions.some((api) => api.apiKey === SASL_AUTHENTICATE),
    );
    await this.#connection.authenticate();
  }

  metadata(topics: readonly string[] | null, operations = false): Promise<MetadataAnswer> {
    return this.#send(this.#requests.metadata(topics, operations), readMetadataResponse);
  }

  async listOffsets({ topic, partitions, which }: ListOffsetsRequest): Promise<OffsetAnswer[]> {
    const timestamp = which === 'earliest' ? EARLIEST : LATEST;
    const timestamps = partitions.map((partition) => ({ partition, timestamp }));
    const { responses } = await this.#connection.send(
      codesAsAnswer(
        this.#internals.requests.ListOffsets.protocol({ version: 3 })({
          replicaId: CONSUMER_REPLICA,
          isolationLevel: which === 'high-watermark' ? READ_UNCOMMITTED : READ_COMMITTED,
          topics: [{ topic, partitions: timestamps }],
        }),
      ),
    );
    return responses.flatMap((answer) => {
      return answer.partitions.map(({ partition, errorCode, offset }) => {
        return { partition, errorCode, offset: BigInt(offset) };
      });
    });
  }

  fetch(request: FetchRequest): Promise<Buffer> {
    return this.#send(this.#requests.fetch(request), (body) => {
      const reader = new WireReader(body);
      reader.skipTags();
      return reader.rest();
    });
  }

  async initProducerId(): Promise<ProducerIdAnswer> {
    const { InitProducerId } = this.#internals.requests;
    const protocol = InitProducerId.protocol({ version: 1 })({
      transactionalId: null,
      transactionTimeout: 0,
    });
    const { errorCode, producerId } = await this.#connection.send(codesAsAnswer(protocol));
    return { errorCode, producerId: BigInt(producerId) };
  }

  async produce(request: ProduceRequest): Promise<ProduceAnswer[]> {
    const { decodeProduce: decode } = this.#internals;
    const { topics } = await this.#connection.send({
      request: this.#requests.produce(request),
      response: { decode, parse: (data) => Promise.resolve(data) },
    });
    return topics.flatMap(({ topicName: topic, partitions }) => {
      return partitions.map(({ partition, errorCode, baseOffset }) => {
        return { topic, partition, errorCode, baseOffset: BigInt(baseOffset) };
      });
    });
  }

  async createTopic(topic: NewTopic, timeoutMs: number, isDryRun = false): Promise<TopicAnswer> {
    const { topic: name, partitions: numPartitions, replicationFactor, configs = {} } = topic;
    const configEntries = Object.entries(configs).map(([config, value]) => {
      return { name: config, value };
    });
    const protocol = this.#internals.requests.CreateTopics.protocol({ version: 3 })({
      topics: [{ topic: name, numPartitions, replicationFactor, configEntries }],
      timeout: timeoutMs,
      validateOnly: isDryRun,
    });
    return only((await this.#connection.send(codesAsAnswer(protocol))).topicErrors);
  }

  async deleteTopic(topic: string, timeoutMs: number): Promise<TopicAnswer> {
    const { DeleteTopics } = this.#internals.requests;
    const protocol = DeleteTopics.protocol({ version: 1 })({ topics: [topic], timeout: timeoutMs });
    return only((await this.#connection.send(codesAsAnswer(protocol))).topicErrors);
  }

  async describeConfigs(topic: string, names: readonly string[]): Promise<ConfigsAnswer> {
    const protocol = this.#internals.requests.DescribeConfigs.protocol({ version: 2 })({
      resources: [{ type: TOPIC_RESOURCE, name: topic, configNames: names }],
      includeSynonyms: false,
    });
    const answer = only((await this.#connection.send(codesAsAnswer(protocol))).resources);
    const { errorCode, errorMessage, configEntries } = answer;
    return {
      errorCode,
      errorMessage,
      configs: configEntries.map(({ configName, configValue }) => [configName, configValue]),
    };
  }

  describeLogDirs(): Promise<LogDirsAnswer> {
    return this.#send(this.#requests.logDirs(), readLogDirsResponse);
  }

  destroy(): void {
    this.#isDestroyed = true;
    // The library rejects pending requests and stops its timers only if the socket fails.
    this.#connection.socket?.destroy(new Error('the connection was closed by this client'));
  }

  #send<T>(request: KafkajsRequest, read: (body: Buffer) => T): Promise<T> {
    return this.#connection.send({
      request,
      response: {
        decode: (body) => Promise.resolve(read(body)),
        parse: (data) => Promise.resolve(data),
      },
    });
  }
}

/** The library throws if a response has an error code. Here the caller reads the code. */
function codesAsAnswer<T>({ request, response }: KafkajsProtocol<T>): KafkajsProtocol<T> {
  return { request, response: { ...response, parse: (data) => Promise.resolve(data) } };
}

function only<T>(items: readonly T[]): T {
  const [item] = items;
  if (item === undefined) {
    throw new Error('the response of the broker lacks the topic');
  }
  return item;
}
