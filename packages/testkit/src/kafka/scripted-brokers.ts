import type {
  BrokerAddress,
  BrokerConnection,
  BrokerConnector,
  ConnectOptions,
  FetchRequest,
  MetadataAnswer,
  ProduceAnswer,
  ProduceRequest,
  SequencedBatch,
} from '@quicksilver/kafka/cluster/broker';

export const SCRIPTED_TOPIC = 'scripted';
export const SCRIPTED_TOPIC_ID = '01234567-89ab-cdef-0123-456789abcdef';

type Answer<T> = T | Promise<T>;

export interface Script {
  /** The leader of each partition of the one topic, by broker. */
  leaders: readonly number[];
  connect?: (nodeId: number) => Answer<void>;
  fetch?: (nodeId: number, request: FetchRequest) => Answer<Buffer>;
  produce?: (nodeId: number, request: ProduceRequest) => Answer<ProduceAnswer[]>;
}

/**
 * Brokers that do as a test says, for what a single real broker cannot be made to do: several
 * leaders, answers that refuse, answers that never come. A broker's port is its node id.
 */
export class ScriptedBrokers implements BrokerConnector {
  readonly script: Script;
  /** All batches that reached a broker, attempts included. */
  readonly produced: SequencedBatch[] = [];
  readonly fetches: { readonly nodeId: number; readonly request: FetchRequest }[] = [];
  connections = 0;
  #nextOffset = 0n;

  constructor(script: Script) {
    this.script = script;
  }

  async connect({ port }: BrokerAddress, { signal }: ConnectOptions): Promise<BrokerConnection> {
    await this.script.connect?.(port);
    signal.throwIfAborted();
    this.connections += 1;
    return new ScriptedConnection(this, port);
  }

  metadata(): MetadataAnswer {
    const { leaders } = this.script;
    const nodeIds = [...new Set([1, ...leaders])].filter((nodeId) => nodeId >= 0);
    return {
      controllerId: 1,
      brokers: nodeIds.map((nodeId) => ({ nodeId, host: '127.0.0.1', port: nodeId })),
      topics: [
        {
          errorCode: 0,
          topic: SCRIPTED_TOPIC,
          topicId: SCRIPTED_TOPIC_ID,
          leaders: new Map(leaders.map((leader, partition) => [partition, leader])),
        },
      ],
    };
  }

  /** What a broker without a script answers: every batch is appended. */
  append({ batches }: ProduceRequest): ProduceAnswer[] {
    return batches.map(({ topic, partition, records }) => {
      const baseOffset = this.#nextOffset;
      this.#nextOffset += BigInt(records.length);
      return { topic, partition, errorCode: 0, baseOffset };
    });
  }
}

class ScriptedConnection implements BrokerConnection {
  readonly #brokers: ScriptedBrokers;
  readonly #nodeId: number;
  readonly #ended = Promise.withResolvers<never>();
  isOpen = true;

  constructor(brokers: ScriptedBrokers, nodeId: number) {
    this.#brokers = brokers;
    this.#nodeId = nodeId;
    this.#ended.promise.catch(() => undefined);
  }

  metadata(): Promise<MetadataAnswer> {
    return Promise.resolve(this.#brokers.metadata());
  }

  listOffsets(): Promise<never> {
    return Promise.reject(new Error('offsets are not scripted'));
  }

  fetch(request: FetchRequest): Promise<Buffer> {
    this.#brokers.fetches.push({ nodeId: this.#nodeId, request });
    const { fetch } = this.#brokers.script;
    return this.#answer(() => fetch?.(this.#nodeId, request) ?? Buffer.alloc(0));
  }

  initProducerId(): Promise<{ errorCode: number; producerId: bigint }> {
    return Promise.resolve({ errorCode: 0, producerId: 1000n });
  }

  produce(request: ProduceRequest): Promise<ProduceAnswer[]> {
    this.#brokers.produced.push(...request.batches);
    const { produce } = this.#brokers.script;
    return this.#answer(() => produce?.(this.#nodeId, request) ?? this.#brokers.append(request));
  }

  createTopic(): Promise<never> {
    return Promise.reject(new Error('topics are not scripted'));
  }

  deleteTopic(): Promise<never> {
    return Promise.reject(new Error('topics are not scripted'));
  }

  describeConfigs(): Promise<never> {
    return Promise.reject(new Error('topics are not scripted'));
  }

  describeLogDirs(): Promise<never> {
    return Promise.reject(new Error('topics are not scripted'));
  }

  destroy(): void {
    this.isOpen = false;
    this.#ended.reject(new Error('the connection was closed'));
  }

  #answer<T>(make: () => Answer<T>): Promise<T> {
    return Promise.race([Promise.resolve().then(make), this.#ended.promise]);
  }
}
