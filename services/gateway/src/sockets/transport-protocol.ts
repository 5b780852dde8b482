import type { ExecutionArgs, GraphQLError } from 'graphql';
import { makeServer } from 'graphql-ws';

import { keepDigits } from '@quicksilver/common/numbers/parse-json';
import { formatError } from '../execute/graphql-error.ts';
import type { CheckedParams } from '../execute/request-params.ts';
import type { RunOperation } from '../execute/yoga.ts';
import { formatResult, type SocketOperations } from './socket-operations.ts';
import type { ProtocolSocket, SocketExtra, SocketProtocol } from './socket-protocol.ts';

/** A `complete` of a client is short. */
const COMPLETE_CHARS_MAX = 1_024;

/**
 * The running operations of one socket. The library ends only subscriptions when their client
 * completes them. A query would run to its end.
 */
class Stopping {
  readonly #operations = new Map<string, { payload: unknown; controller: AbortController }>();

  begin(id: string, payload: unknown): AbortSignal {
    const controller = new AbortController();
    this.#operations.set(id, { payload, controller });
    return controller.signal;
  }

  /** A client may use the id again before the earlier operation has ended. */
  end(id: string, payload: unknown): void {
    if (this.#operations.get(id)?.payload === payload) {
      this.#operations.delete(id);
    }
  }

  /** Reads a message before the library does. */
  receive(text: string): void {
    const id = text.length > COMPLETE_CHARS_MAX ? undefined : completedId(text);
    if (id !== undefined) {
      this.#operations.get(id)?.controller.abort();
      this.#operations.delete(id);
    }
  }
}

/** The id of a message `complete`. Undefined for any other. The library checks messages. */
function completedId(text: string): string | undefined {
  if (!text.includes('"complete"')) {
    return undefined;
  }
  try {
    const { type, id } = JSON.parse(text) as { readonly type?: unknown; readonly id?: unknown };
    return type === 'complete' && typeof id === 'string' ? id : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The protocol graphql-transport-ws of the library graphql-ws. It closes a socket without a
 * negotiated protocol with 4406.
 */
export function transportProtocol(
  operations: SocketOperations,
  { initMs }: { readonly initMs: number },
): SocketProtocol {
  /** For each prepared operation the function that runs it, on the engine that prepared it. */
  const runs = new WeakMap<ExecutionArgs, RunOperation>();
  const run: RunOperation = (args) => {
    const prepared = runs.get(args);
    if (prepared === undefined) {
      throw new Error('an operation runs that was not prepared');
    }
    return prepared(args);
  };
  const stopping = new WeakMap<SocketExtra, Stopping>();
  const protocol = makeServer<Record<string, unknown>, SocketExtra>({
    connectionInitWaitTimeout: initMs,
    jsonMessageReviver: keepDigits,
    // Nothing runs before it. An earlier operation closes the socket with 4401.
    onConnect: ({ connectionParams, extra }) => operations.admit(extra, connectionParams),
    onSubscribe: async ({ extra, subscriptions }, id, payload) => {
      const running = Object.keys(subscriptions).length;
      const params: CheckedParams = { ...payload };
      const stopped = stopping.get(extra)?.begin(id, payload) ?? extra.signal;
      const prepared = await operations.prepare(params, { extra, running, stopped });
      if (!prepared.ok) {
        stopping.get(extra)?.end(id, payload);
        return prepared.errors;
      }
      runs.set(prepared.args, prepared.run);
      return prepared.args;
    },
    execute: run,
    subscribe: run,
    onComplete: ({ extra }, id, payload) => stopping.get(extra)?.end(id, payload),
    onNext: (_ctx, _id, _payload, _args, result) => formatResult(result),
    onError: (_ctx, _id, _payload, errors) =>
      errors.map((error: GraphQLError) =>
        error.originalError ? operations.formatThrown(error) : formatError(error),
      ),
  });
  return {
    opened: (socket, extra) => {
      const operationsOfSocket = new Stopping();
      stopping.set(extra, operationsOfSocket);
      const onMessage: ProtocolSocket['onMessage'] = (callback) =>
        socket.onMessage((text) => {
          operationsOfSocket.receive(text);
          return callback(text);
        });
      return protocol.opened({ ...socket, onMessage }, extra);
    },
  };
}
