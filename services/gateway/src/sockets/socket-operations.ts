import { AppError } from '@quicksilver/common/errors/app-error';
import { API_KEY_HEADER, type ApiKeyCheck } from '@quicksilver/common/http/api-key-check';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type {
  ExecutionResult,
  FormattedExecutionResult,
  GraphQLError,
  GraphQLFormattedError,
} from 'graphql';

import { formatError, toGraphqlError } from '../execute/graphql-error.ts';
import type { NewContext, Served } from '../execute/client-request.ts';
import { addExtensionPositions } from '../execute/min-positions.ts';
import type { CheckedParams } from '../execute/request-params.ts';
import type { PreparedOperation } from '../execute/yoga.ts';
import { admitSocket } from './socket-key.ts';
import type { SocketExtra } from './socket-protocol.ts';

export interface SocketOperationsOptions {
  /** What is served now, asked once for each operation. Throws `AppError` where there is nothing. */
  readonly served: () => Served;
  readonly newContext: NewContext;
  readonly keys: ApiKeyCheck;
  readonly log: Log;
  /** Operations that one socket may run at a time. */
  readonly operationsMax: number;
}

const NO_POSITIONS = new Map<string, never>();

/** What every protocol over WebSocket does alike: lets clients in, and begins what they ask for. */
export class SocketOperations {
  readonly #options: SocketOperationsOptions;

  constructor(options: SocketOperationsOptions) {
    this.#options = options;
  }

  /** Whether the client may run operations, by the payload of its `connection_init`. */
  admit(extra: SocketExtra, payload: Readonly<Record<string, unknown>> | undefined): boolean {
    const { keys } = this.#options;
    if (!keys.isRequired) {
      return true;
    }
    const admission = admitSocket(keys, extra.request.headers[API_KEY_HEADER], payload);
    if (admission === undefined) {
      return false;
    }
    extra.admission = admission;
    return true;
  }

  /** `running` counts those of the socket, this one included. */
  async prepare(
    params: CheckedParams,
    { extra, running }: { readonly extra: SocketExtra; readonly running: number },
  ): Promise<PreparedOperation> {
    const { served, newContext, log, operationsMax } = this.#options;
    try {
      if (running > operationsMax) {
        throw new AppError(
          'OVERLOADED',
          `This socket runs ${operationsMax} operations, which is its limit. Complete one of them first.`,
        );
      }
      const { server, topics } = served();
      return await server.prepare(params, {
        newContext: (extensions) =>
          newContext({
            signal: extra.signal,
            positions: addExtensionPositions(NO_POSITIONS, extensions, topics),
            headers: extra.request.headers,
          }),
      });
    } catch (error) {
      return { ok: false, errors: [toGraphqlError(error, log)] };
    }
  }

  /** What was thrown while an operation ran, as clients see it. */
  readonly formatThrown = (error: unknown): GraphQLFormattedError =>
    formatError(toGraphqlError(error, this.#options.log));
}

/** A result as the executor gives it. */
export interface OperationResult {
  readonly data?: ExecutionResult['data'];
  readonly errors?: readonly GraphQLError[] | undefined;
  readonly extensions?: ExecutionResult['extensions'];
}

/** A result as clients see it. */
export function formatResult(result: OperationResult): FormattedExecutionResult {
  const { errors, data = null, extensions } = result;
  return {
    data,
    ...(errors === undefined ? {} : { errors: errors.map(formatError) }),
    ...(extensions === undefined ? {} : { extensions }),
  };
}
