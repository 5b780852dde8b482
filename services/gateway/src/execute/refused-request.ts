import { AppError } from '@quicksilver/common/errors/app-error';
import type { ErrorCode } from '@quicksilver/common/errors/catalog';
import { GraphQLError, type ExecutionResult } from 'graphql';

/** What a client asked for that cannot be had, although only a field could tell. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set(['TOO_MANY_KEYS', 'BAD_PAGE', 'BAD_CURSOR']);

/**
 * The answer to such a request, whichever way it came: it is refused as a whole like one that
 * validation refuses, and no part of its data is sent. Undefined for all others.
 */
export function refusedRequest({ errors = [] }: ExecutionResult): ExecutionResult | undefined {
  for (const { originalError, nodes } of errors) {
    if (originalError instanceof AppError && REFUSALS.has(originalError.code)) {
      const { code, message } = originalError;
      const extensions = { code, retry: 'never', http: { status: 400, spec: false } };
      return { errors: [new GraphQLError(message, { nodes: nodes ?? null, extensions })] };
    }
  }
  return undefined;
}
