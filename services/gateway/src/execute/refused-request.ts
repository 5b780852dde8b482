import { AppError } from '@quicksilver/common/errors/app-error';
import type { CATALOG, ErrorCode } from '@quicksilver/common/errors/catalog';
import { GraphQLError, type ExecutionResult } from 'graphql';

type BadRequestCode = {
  [Code in ErrorCode]: (typeof CATALOG)[Code]['status'] extends 400 ? Code : never;
}[ErrorCode];

/** Whether an error of one field rejects the whole request. Otherwise it fails this field alone. */
const REJECTS_REQUEST: Readonly<Record<BadRequestCode, boolean>> = {
  BAD_CURSOR: true,
  BAD_KEY: false,
  BAD_PAGE: true,
  BAD_POSITION: false,
  BAD_RANGE: false,
  BAD_REQUEST: false,
  BODY_REQUIRED: false,
  EMPTY_BATCH: false,
  INVALID_DOCUMENTS: false,
  INVALID_NAME: false,
  INVALID_SCHEMA: false,
  INVALID_SPEC: false,
  INVALID_UNICODE: false,
  INVALID_UTF8: false,
  KEY_REQUIRED: false,
  MALFORMED_JSON: false,
  NO_RANGE_INDEX: false,
  NULL_VALUE: false,
  OUT_OF_RANGE: false,
  SCHEMA_MISMATCH: false,
  TOO_DEEP: false,
  TOO_MANY_KEYS: true,
  TYPE_MISMATCH: false,
  VALUE_REQUIRED: false,
};

/**
 * The result of a request with arguments that only a resolver can check. It has the errors and no
 * data, as if validation had rejected the request. Undefined for every other result.
 */
export function refusedRequest({ errors = [] }: ExecutionResult): ExecutionResult | undefined {
  for (const { originalError, nodes } of errors) {
    if (originalError instanceof AppError && rejectsRequest(originalError.code)) {
      const { code, message } = originalError;
      const extensions = { code, retry: 'never', http: { status: 400, spec: false } };
      return { errors: [new GraphQLError(message, { nodes: nodes ?? null, extensions })] };
    }
  }
  return undefined;
}

function rejectsRequest(code: ErrorCode): boolean {
  return (REJECTS_REQUEST as Partial<Record<ErrorCode, boolean>>)[code] === true;
}
