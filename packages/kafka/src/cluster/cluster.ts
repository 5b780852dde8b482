import { AppError } from '@quicksilver/common/errors/app-error';
import { describeError } from '@quicksilver/common/errors/describe';
import type { BrokerAddress, BrokerConnection, BrokerConnector, MetadataAnswer } from './broker.ts';
import { LimitReached, limitOf, within, type Limit } from './limit.ts';

export interface ClusterOptions {
  readonly connector: BrokerConnector;
  /** `host:port` entries. */
  readonly bootstrapServers: readonly string[];
  readonly requestTimeoutMs: number;
}

type Work<T> = (connection: BrokerConnection) => Promise<T>;
type Connect = (signal: AbortSignal) => Promise<BrokerConnection>;

interface Slot {
  /** Cancels a connection attempt. */
  readonly giveUp: AbortController;
  readonly opening: Promise<BrokerConnection>;
  connection: BrokerConnection | undefined;
}

/**
 * The connections to the brokers of one cluster. A connection belongs to one broker and one
 * purpose, because a broker answers the requests of a connection in order. A fetch that waits for
 * records would block every other request on its connection.
 *
 * A failed call destroys its connection, so that no later call waits on a dead socket. The next
 * call reconnects.
 */
export class Cluster {
  readonly #options: ClusterOptions;
  readonly #slots = new Map<string, Slot>();
  readonly #addresses = new Map<number, BrokerAddress>();
  #firstCandidate = 0;
  #isClosed = false;

  constructor(options: ClusterOptions) {
    this.#options = options;
  }

  get requestTimeoutMs(): number {
    return this.#options.requestTimeoutMs;
  }

  /** The limit of one request that starts now. */
  limit(signal?: AbortSignal): Limit {
    return limitOf(this.#options.requestTimeoutMs, signal);
  }

  /**
   * Fetches the metadata of the topics from any broker, and caches the addresses of the brokers.
   * Null fetches all topics.
   */
  async metadata(topics: readonly string[] | null, limit: Limit): Promise<MetadataAnswer> {
    // A second attempt, because the first may have used a connection that had died unnoticed.
    const answer = await this.anyBroker((connection) => connection.metadata(topics), limit, 2);
    this.#addresses.clear();
    for (const { nodeId, host, port } of answer.brokers) {
      this.#addresses.set(nodeId, { host, port });
    }
    return answer;
  }

  /**
   * Runs a request on any broker, or throws `KAFKA_UNAVAILABLE`. Use more than one attempt only for
   * idempotent requests.
   */
  async anyBroker<T>(work: Work<T>, limit: Limit, attempts = 1): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#run('any', (signal) => this.#connectAny(signal), work, limit);
      } catch (error) {
        const isOver = limit.signal?.aborted === true || error instanceof LimitReached;
        if (isOver || attempt >= attempts) {
          throw this.asUnavailable(error, limit.signal);
        }
      }
    }
  }

  /**
   * Runs a request on the connection to one broker for one purpose. Rejects with the original
   * error, because only the caller can decide whether other brokers matter.
   */
  broker<T>(purpose: string, nodeId: number, work: Work<T>, limit: Limit): Promise<T> {
    const connect = (signal: AbortSignal): Promise<BrokerConnection> => {
      const address = this.#addresses.get(nodeId);
      return address === undefined
        ? Promise.reject(new Error(`the address of broker ${nodeId} is unknown`))
        : this.#options.connector.connect(address, { timeoutMs: this.requestTimeoutMs, signal });
    };
    return this.#run(`${purpose} ${nodeId}`, connect, work, limit);
  }

  /** Closes the connection for a purpose. Its pending calls reject, and the next one reconnects. */
  drop(purpose: string, nodeId: number): void {
    this.#drop(`${purpose} ${nodeId}`);
  }

  /** Converts a failure to an error for clients. The caller's own abort reason is unchanged. */
  asUnavailable(error: unknown, signal?: AbortSignal): unknown {
    if (signal?.aborted === true || error instanceof AppError) {
      return error;
    }
    const servers = this.#options.bootstrapServers.join(', ');
    const detail = `Kafka at ${servers} cannot be reached: ${describeError(error)}`;
    return new AppError('KAFKA_UNAVAILABLE', detail, { cause: error });
  }

  close(): void {
    this.#isClosed = true;
    for (const name of this.#slots.keys()) {
      this.#drop(name);
    }
  }

  async #run<T>(name: string, connect: Connect, work: Work<T>, limit: Limit): Promise<T> {
    const slot = this.#slot(name, connect);
    try {
      const connection = await within(slot.opening, limit, 'connecting to the broker');
      return await within(work(connection), limit, 'waiting for the response of the broker');
    } catch (error) {
      // After an abort the connection is still good: the late response is ignored.
      if (limit.signal?.aborted !== true && this.#slots.get(name) === slot) {
        this.#drop(name);
      }
      throw error;
    }
  }

  #slot(name: string, connect: Connect): Slot {
    const existing = this.#slots.get(name);
    if (existing !== undefined && existing.connection?.isOpen !== false) {
      return existing;
    }
    const giveUp = new AbortController();
    const opening = this.#isClosed
      ? Promise.reject(new Error('this Kafka client is closed'))
      : connect(giveUp.signal);
    const slot: Slot = { giveUp, opening, connection: undefined };
    opening.then(
      (connection) => {
        slot.connection = connection;
      },
      () => {
        // The waiting caller gets the error. Later calls must not wait for a failed attempt.
        if (this.#slots.get(name) === slot) {
          this.#slots.delete(name);
        }
      },
    );
    this.#slots.set(name, slot);
    return slot;
  }

  #drop(name: string): void {
    const slot = this.#slots.get(name);
    this.#slots.delete(name);
    slot?.giveUp.abort(new Error('the connection was closed'));
    slot?.opening.then(
      (connection) => connection.destroy(),
      () => undefined,
    );
  }

  /** Tries the configured servers and the last known brokers, each for its share of the time. */
  async #connectAny(signal: AbortSignal): Promise<BrokerConnection> {
    const candidates = this.#candidates();
    const first = this.#firstCandidate++;
    const timeoutMs = Math.max(1, Math.floor(this.requestTimeoutMs / candidates.length));
    const errors: unknown[] = [];
    for (let index = 0; index < candidates.length && !signal.aborted; index += 1) {
      const address = candidates[(first + index) % candidates.length];
      if (address !== undefined) {
        try {
          return await this.#options.connector.connect(address, { timeoutMs, signal });
        } catch (error) {
          errors.push(error);
        }
      }
    }
    throw errors.length === 1 ? errors[0] : new AggregateError(errors, 'no broker responds');
  }

  #candidates(): BrokerAddress[] {
    const unique = new Map<string, BrokerAddress>();
    for (const address of [
      ...this.#options.bootstrapServers.map(parseAddress),
      ...this.#addresses.values(),
    ]) {
      unique.set(`${address.host}:${address.port}`, address);
    }
    return [...unique.values()];
  }
}

function parseAddress(server: string): BrokerAddress {
  const colon = server.lastIndexOf(':');
  const port = Number(server.slice(colon + 1));
  if (colon < 1 || !Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new AppError('KAFKA_UNAVAILABLE', `Expected an address host:port, found '${server}'.`);
  }
  return { host: server.slice(0, colon).replace(/^\[|\]$/g, ''), port };
}
