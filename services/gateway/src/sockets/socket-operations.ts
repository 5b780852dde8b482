import { AppError } from '@quicksilver/common/errors/app-error';
import { ANONYMOUS, entersGateway } from '@quicksilver/common/access/caller';
import type { ApiKeyCheck } from '@quicksilver/common/http/api-key-check';
import type { Log } from '@quicksilver/common/lifecycle/log';
import { CloseCode } from 'graphql-ws';
import type {
  ExecutionResult,
  FormattedExecutionResult,
  GraphQLError,
  GraphQLFormattedError,
} from 'graphql';

import { formatError, toGraphqlError } from '../execute/graphql-error.ts';
import type { NewContext, Served } from '../execute/client-request.ts';
import { endAtExpiry } from '../execute/end-at-expiry.ts';
import { addExtensionPositions } from '../execute/min-positions.ts';
import type { CheckedParams } from '../execute/request-params.ts';
import type { PreparedOperation } from '../execute/yoga.ts';
import { socketCredentials } from './socket-key.ts';
import type { SocketExtra } from './socket-protocol.ts';

export interface SocketOperationsOptions {
  /** Called once for each operation. Throws `AppError` if there is no schema. */
  readonly served: () => Served;
  readonly newContext: NewContext;
  readonly keys: ApiKeyCheck;
  /** The name of this gateway, for keys that are limited to gateways. */
  readonly gateway: string;
  readonly log: Log;
  /** Operations that one socket may run at a time. */
  readonly operationsMax: number;
}

/** An operation of a socket. */
export interface SocketOperation {
  readonly extra: SocketExtra;
  /** The operations of the socket, including this one. */
  readonly running: number;
  /** Aborted when the client completes the operation. */
  readonly stopped: AbortSignal;
}

const NO_POSITIONS = new Map<string, never>();

/**
 * The part that both WebSocket protocols share: it admits clients and prepares their operations.
 */
export class SocketOperations {
  readonly #options: SocketOperationsOptions;

  constructor(options: SocketOperationsOptions) {
    this.#options = options;
  }

  /** Whether the client may run operations. `payload` is that of its `connection_init`. */
  async admit(
    extra: SocketExtra,
    payload: Readonly<Record<string, unknown>> | undefined,
  ): Promise<boolean> {
    const { keys, gateway } = this.#options;
    const admission = await keys.verify(socketCredentials(extra.request.headers, payload));
    if (admission === undefined || !entersGateway(admission.caller, gateway)) {
      return false;
    }
    extra.admission = admission;
    endAtExpiry(admission.caller, extra.signal, () =>
      extra.close(CloseCode.Forbidden, 'The credentials expired'),
    );
    return true;
  }

  async prepare(
    params: CheckedParams,
    { extra, running, stopped }: SocketOperation,
  ): Promise<PreparedOperation> {
    const { served, newContext, log, operationsMax } = this.#options;
    try {
      if (running > operationsMax) {
        throw new AppError(
          'OVERLOADED',
          `This socket runs ${operationsMax} operations, the limit. Complete one of them first.`,
        );
      }
      const { server, topics, access } = served();
      return await server.prepare(params, {
        newContext: (extensions) =>
          newContext({
            signal: AbortSignal.any([extra.signal, stopped]),
            positions: addExtensionPositions(NO_POSITIONS, extensions, topics),
            headers: extra.request.headers,
            access: access.of(extra.admission?.caller ?? ANONYMOUS),
          }),
      });
    } catch (error) {
      return { ok: false, errors: [toGraphqlError(error, log)] };
    }
  }

  /** Converts a thrown value to the error that clients receive. */
  readonly formatThrown = (error: unknown): GraphQLFormattedError =>
    formatError(toGraphqlError(error, this.#options.log));
}

/** A result of the executor. */
export interface OperationResult {
  readonly data?: ExecutionResult['data'];
  readonly errors?: readonly GraphQLError[] | undefined;
  readonly extensions?: ExecutionResult['extensions'];
}

/** Converts a result to the one that clients receive. */
export function formatResult(result: OperationResult): FormattedExecutionResult {
  const { errors, data, extensions } = result;
  return {
    // An operation that did not run has no data.
    ...(data === undefined ? {} : { data }),
    ...(errors === undefined ? {} : { errors: errors.map(formatError) }),
    ...(extensions === undefined ? {} : { extensions }),
  };
}
