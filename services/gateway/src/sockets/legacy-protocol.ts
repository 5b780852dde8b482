import type { ExecutionResult } from 'graphql';

import { parseJson } from '@quicksilver/common/numbers/parse-json';
import { formatError } from '../execute/graphql-error.ts';
import type { CheckedParams } from '../execute/request-params.ts';
import { readLegacyMessage, type OperationId, type StartMessage } from './legacy-message.ts';
import { formatResult, type SocketOperations } from './socket-operations.ts';
import type { ProtocolSocket, SocketExtra, SocketProtocol } from './socket-protocol.ts';

/** The name of the subprotocol. A library of the same name uses another one. */
export const LEGACY_PROTOCOL = 'graphql-ws';

/** The error of bakdata Quick. */
const UNAUTHORIZED = {
  errors: [{ message: 'Unauthorized', path: ['connectionParams', 'X-API-Key'] }],
};
const INIT_TIMEOUT = { code: 4408, reason: 'Connection initialisation timeout' };
const NORMAL_CLOSURE = 1000;

export interface LegacyProtocolOptions {
  /** Milliseconds in which a client must send a valid key. */
  readonly initMs: number;
  /** Milliseconds between the messages `ka`. */
  readonly keepAliveMs: number;
}

/**
 * The protocol `graphql-ws` of PROTOCOL.md in Apollo's subscriptions-transport-ws, which bakdata
 * Quick uses. Nothing runs before a `connection_init` with a valid key. After a wrong key, a client
 * can send another one until the time for `connection_init` is over.
 */
export function legacyProtocol(
  operations: SocketOperations,
  options: LegacyProtocolOptions,
): SocketProtocol {
  return {
    opened: (socket, extra) => {
      const client = new LegacyClient({ ...options, operations, socket, extra });
      socket.onMessage(client.receive);
      return client.closed;
    },
  };
}

interface LegacyClientOptions extends LegacyProtocolOptions {
  readonly operations: SocketOperations;
  readonly socket: ProtocolSocket;
  readonly extra: SocketExtra;
}

/** A running operation. A stop ends its results, now or as soon as there are any. */
interface Running {
  isStopped: boolean;
  /** Stops the operation itself. */
  readonly stopping: AbortController;
  results?: AsyncIterator<ExecutionResult>;
}

class LegacyClient {
  readonly #options: LegacyClientOptions;
  readonly #running = new Map<OperationId, Running>();
  readonly #initTimer: NodeJS.Timeout;
  #keepAliveTimer: NodeJS.Timeout | undefined;
  /** The last `connection_init`. Clients send `start` without waiting for its result. */
  #admitting: Promise<void> = Promise.resolve();

  constructor(options: LegacyClientOptions) {
    this.#options = options;
    const { socket, initMs } = options;
    this.#initTimer = setTimeout(() => {
      socket.close(INIT_TIMEOUT.code, INIT_TIMEOUT.reason);
    }, initMs);
  }

  readonly receive = async (text: string): Promise<void> => {
    const message = readLegacyMessage(parsed(text));
    if (message.type === 'connection_init') {
      const admitting = this.#admitting.then(() => this.#init(message.payload));
      this.#admitting = admitting.catch(() => undefined);
      return admitting;
    }
    await this.#admitting;
    switch (message.type) {
      case 'start':
        return this.#start(message);
      case 'stop':
        return this.#stop(message.id);
      case 'connection_terminate':
        this.#options.socket.close(NORMAL_CLOSURE, 'Terminated');
        return;
      case 'bad-operation':
        return this.#send('error', message.id, { errors: [{ message: message.problem }] });
      case 'bad-message':
        return this.#send('connection_error', undefined, { message: message.problem });
    }
  };

  readonly closed = async (): Promise<void> => {
    clearTimeout(this.#initTimer);
    clearInterval(this.#keepAliveTimer);
    await Promise.all([...this.#running.values()].map(stop));
    this.#running.clear();
  };

  get #isAdmitted(): boolean {
    return this.#keepAliveTimer !== undefined;
  }

  async #init(payload: Readonly<Record<string, unknown>> | undefined): Promise<void> {
    const { operations, extra, keepAliveMs } = this.#options;
    if (!(await operations.admit(extra, payload))) {
      return this.#send('error', undefined, UNAUTHORIZED);
    }
    clearTimeout(this.#initTimer);
    if (extra.signal.aborted) {
      return undefined;
    }
    this.#keepAliveTimer ??= setInterval(() => void this.#send('ka'), keepAliveMs);
    await this.#send('connection_ack');
    await this.#send('ka');
  }

  async #start({ id, payload }: StartMessage): Promise<void> {
    if (!this.#isAdmitted) {
      return this.#send('error', id, UNAUTHORIZED);
    }
    // As in bakdata Quick, a start with an id in use changes nothing.
    if (this.#running.has(id)) {
      return undefined;
    }
    const running: Running = { isStopped: false, stopping: new AbortController() };
    this.#running.set(id, running);
    try {
      await this.#run(id, payload, running);
    } catch (error) {
      await this.#sendUnlessStopped(running, 'error', id, {
        errors: [this.#options.operations.formatThrown(error)],
      });
    } finally {
      if (!running.isStopped) {
        this.#running.delete(id);
      }
    }
  }

  async #run(id: OperationId, payload: CheckedParams, running: Running): Promise<void> {
    const { operations, extra } = this.#options;
    const size = this.#running.size;
    const { signal: stopped } = running.stopping;
    const prepared = await operations.prepare(payload, { extra, running: size, stopped });
    if (!prepared.ok) {
      return this.#sendUnlessStopped(running, 'error', id, {
        errors: prepared.errors.map(formatError),
      });
    }
    const result = running.isStopped ? undefined : await prepared.run(prepared.args);
    if (result === undefined) {
      return undefined;
    }
    if (!(Symbol.asyncIterator in result)) {
      await this.#sendUnlessStopped(running, 'data', id, formatResult(result));
    } else {
      running.results = result[Symbol.asyncIterator]();
      await this.#follow(id, running.results, running);
    }
    return this.#sendUnlessStopped(running, 'complete', id);
  }

  async #follow(
    id: OperationId,
    results: AsyncIterator<ExecutionResult>,
    running: Running,
  ): Promise<void> {
    while (!running.isStopped) {
      const next = await results.next();
      if (next.done === true) {
        return;
      }
      await this.#sendUnlessStopped(running, 'data', id, formatResult(next.value));
    }
    // The stop arrived before there were results.
    await results.return?.();
  }

  async #stop(id: OperationId): Promise<void> {
    const running = this.#running.get(id);
    if (running !== undefined) {
      this.#running.delete(id);
      await Promise.all([stop(running), this.#send('complete', id)]);
    }
  }

  /**
   * No message follows the `complete` of a stopped operation, because its id may be in use again.
   */
  async #sendUnlessStopped(
    { isStopped }: Running,
    type: string,
    id: OperationId,
    payload?: unknown,
  ): Promise<void> {
    if (!isStopped) {
      await this.#send(type, id, payload);
    }
  }

  #send(type: string, id?: OperationId, payload?: unknown): Promise<void> {
    return this.#options.socket.send(JSON.stringify({ type, id, payload }));
  }
}

async function stop(running: Running): Promise<void> {
  running.isStopped = true;
  running.stopping.abort();
  await running.results?.return?.();
}

/** Undefined if the text is not JSON. */
function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
