import { createRequire } from 'node:module';
import type { Socket } from 'node:net';

import type { KafkaConfig } from 'kafkajs';

/**
 * The parts of kafkajs below its public interface. The public interface cannot read a partition
 * without joining a group, and has no topic ids. The connection below it can send any request, and
 * supports all ways to authenticate.
 *
 * The library has had no release since 2.2.4 and is pinned to that version, so its internals do not
 * change. Only this file declares their types.
 */

export interface KafkajsRequest {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly apiName: string;
  readonly encode: () => Promise<KafkajsEncoder>;
}

export interface KafkajsResponse<T> {
  readonly decode: (body: Buffer) => Promise<T>;
  readonly parse: (data: T) => Promise<T>;
}

export interface KafkajsProtocol<T> {
  readonly request: KafkajsRequest;
  readonly response: KafkajsResponse<T>;
  readonly logResponseError?: boolean;
}

export interface KafkajsEncoder {
  writeInt8(value: number): this;
  writeInt16(value: number): this;
  writeInt32(value: number): this;
  writeInt64(value: bigint | number): this;
  writeString(value: string | null): this;
  writeBuffer(value: Buffer): this;
  writeEncoder(value: KafkajsEncoder): this;
  writeUVarInt(value: number): this;
  writeUVarIntString(value: string | null): this;
  size(): number;
}

export interface KafkajsConnection {
  readonly socket: Socket | undefined;
  readonly requestQueue: KafkajsRequestQueue;
  connect(): Promise<unknown>;
  authenticate(): Promise<void>;
  isConnected(): boolean;
  setVersions(versions: KafkajsVersions): void;
  setSupportAuthenticationProtocol(isSupported: boolean): void;
  send<T>(protocol: KafkajsProtocol<T>): Promise<T>;
}

export interface KafkajsRequestQueue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests(): void;
}

export type KafkajsVersions = Readonly<
  Record<number, { readonly minVersion: number; readonly maxVersion: number }>
>;

export interface KafkajsConnectionOptions extends Pick<
  KafkaConfig,
  'ssl' | 'sasl' | 'clientId' | 'reauthenticationThreshold'
> {
  readonly host: string;
  readonly port: number;
  readonly socketFactory: NonNullable<KafkaConfig['socketFactory']>;
  readonly connectionTimeout: number;
  readonly requestTimeout: number;
  readonly enforceRequestTimeout: boolean;
  readonly logger: unknown;
}

interface KafkajsRecord {
  readonly offsetDelta: number;
  readonly timestampDelta: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, readonly Buffer[]>>;
}

interface KafkajsBatch {
  readonly records: readonly KafkajsEncoder[];
  readonly firstTimestamp: number;
  readonly maxTimestamp: number;
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly firstSequence: number;
  readonly lastOffsetDelta: number;
}

export interface CodedTopic {
  readonly errorCode: number;
  readonly errorMessage?: string | null;
}

/** The requests that kafkajs can encode in the required versions. */
interface KafkajsRequests {
  readonly ApiVersions: Versioned<void, { readonly apiVersions: readonly ApiRange[] }>;
  readonly ListOffsets: Versioned<ListOffsetsArguments, ListOffsetsData>;
  readonly InitProducerId: Versioned<
    { readonly transactionalId: null; readonly transactionTimeout: number },
    { readonly errorCode: number; readonly producerId: string }
  >;
  readonly CreateTopics: Versioned<CreateTopicsArguments, TopicsData>;
  readonly DeleteTopics: Versioned<
    { readonly topics: readonly string[]; readonly timeout: number },
    TopicsData
  >;
  readonly DescribeConfigs: Versioned<DescribeConfigsArguments, DescribeConfigsData>;
}

interface Versioned<A, T> {
  readonly protocol: (of: { readonly version: number }) => (args: A) => KafkajsProtocol<T>;
}

interface ApiRange {
  readonly apiKey: number;
  readonly minVersion: number;
  readonly maxVersion: number;
}

interface ListOffsetsArguments {
  readonly replicaId: number;
  readonly isolationLevel: number;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly partition: number; readonly timestamp: number }[];
  }[];
}

interface ListOffsetsData {
  readonly responses: readonly {
    readonly partitions: readonly {
      readonly partition: number;
      readonly errorCode: number;
      readonly offset: string;
    }[];
  }[];
}

interface CreateTopicsArguments {
  readonly topics: readonly {
    readonly topic: string;
    readonly numPartitions: number;
    readonly replicationFactor: number;
    readonly configEntries: readonly { readonly name: string; readonly value: string }[];
  }[];
  readonly timeout: number;
  readonly validateOnly?: boolean;
}

interface TopicsData {
  readonly topicErrors: readonly CodedTopic[];
}

interface DescribeConfigsArguments {
  readonly resources: readonly {
    readonly type: number;
    readonly name: string;
    readonly configNames: readonly string[];
  }[];
  readonly includeSynonyms: boolean;
}

interface DescribeConfigsData {
  readonly resources: readonly (CodedTopic & {
    readonly configEntries: readonly {
      readonly configName: string;
      readonly configValue: string | null;
    }[];
  })[];
}

export interface KafkajsInternals {
  readonly Connection: new (options: KafkajsConnectionOptions) => KafkajsConnection;
  readonly Encoder: new () => KafkajsEncoder;
  readonly requests: KafkajsRequests;
  readonly decodeProduce: KafkajsResponse<ProduceData>['decode'];
  readonly encodeRecord: (record: KafkajsRecord) => KafkajsEncoder;
  readonly encodeBatch: (batch: KafkajsBatch) => Promise<KafkajsEncoder>;
  readonly socketFactory: () => NonNullable<KafkaConfig['socketFactory']>;
  readonly silentLogger: () => unknown;
}

interface ProduceData {
  readonly topics: readonly {
    readonly topicName: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly errorCode: number;
      readonly baseOffset: string;
    }[];
  }[];
}

export function loadKafkajsInternals(): KafkajsInternals {
  const load = createRequire(import.meta.url);
  const { createLogger } = load('kafkajs/src/loggers');
  return {
    Connection: load('kafkajs/src/network/connection'),
    Encoder: load('kafkajs/src/protocol/encoder'),
    requests: load('kafkajs/src/protocol/requests').requests,
    decodeProduce: load('kafkajs/src/protocol/requests/produce/v7/response').decode,
    encodeRecord: load('kafkajs/src/protocol/recordBatch/record/v0'),
    encodeBatch: load('kafkajs/src/protocol/recordBatch/v0').RecordBatch,
    socketFactory: load('kafkajs/src/network/socketFactory'),
    silentLogger: () => createLogger({ level: 0, logCreator: () => () => undefined }),
  };
}
