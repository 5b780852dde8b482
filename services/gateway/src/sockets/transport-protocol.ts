import type { ExecutionArgs, GraphQLError } from 'graphql';
import { makeServer } from 'graphql-ws';

import { keepDigits } from '@quicksilver/common/numbers/parse-json';
import { formatError } from '../execute/graphql-error.ts';
import type { CheckedParams } from '../execute/request-params.ts';
import type { RunOperation } from '../execute/yoga.ts';
import { formatResult, type SocketOperations } from './socket-operations.ts';
import type { SocketExtra, SocketProtocol } from './socket-protocol.ts';

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
  return makeServer<Record<string, unknown>, SocketExtra>({
    connectionInitWaitTimeout: initMs,
    jsonMessageReviver: keepDigits,
    // Nothing runs before it. An earlier operation closes the socket with 4401.
    onConnect: ({ connectionParams, extra }) => operations.admit(extra, connectionParams),
    onSubscribe: async ({ extra, subscriptions }, _id, payload) => {
      const running = Object.keys(subscriptions).length;
      const params: CheckedParams = { ...payload };
      const prepared = await operations.prepare(params, { extra, running });
      if (!prepared.ok) {
        return prepared.errors;
      }
      runs.set(prepared.args, prepared.run);
      return prepared.args;
    },
    execute: run,
    subscribe: run,
    onNext: (_ctx, _id, _payload, _args, result) => formatResult(result),
    onError: (_ctx, _id, _payload, errors) =>
      errors.map((error: GraphQLError) =>
        error.originalError ? operations.formatThrown(error) : formatError(error),
      ),
  });
}
