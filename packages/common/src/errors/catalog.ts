/**
 * Every error that a client can see. The code is the contract: it fixes the HTTP status, the title
 * and whether a retry can help, so that a program need not parse prose. `remedies.ts` has a remedy
 * for each.
 *
 * `retry` is `never` if the same request fails again, `later` if it may succeed after a pause, and
 * `elsewhere` if another replica can serve it now.
 */
export interface CatalogEntry {
  readonly status: number;
  readonly title: string;
  readonly retry: 'never' | 'later' | 'elsewhere';
}

export const CATALOG = {
  BAD_CURSOR: { status: 400, title: 'The cursor was not issued for this list', retry: 'never' },
  BAD_KEY: { status: 400, title: 'The key does not have the type of the topic', retry: 'never' },
  BAD_PAGE: {
    status: 400,
    title: 'The page arguments (first, last, after, before) are invalid',
    retry: 'never',
  },
  BAD_POSITION: { status: 400, title: 'The position is malformed', retry: 'never' },
  BAD_RANGE: { status: 400, title: 'The bounds of the range are invalid', retry: 'never' },
  BAD_REQUEST: { status: 400, title: 'The request is invalid', retry: 'never' },
  INVALID_DOCUMENTS: {
    status: 400,
    title: 'A trusted document does not match the schema',
    retry: 'never',
  },
  INVALID_NAME: { status: 400, title: 'The name is invalid', retry: 'never' },
  INVALID_SCHEMA: { status: 400, title: 'The GraphQL schema is invalid', retry: 'never' },
  INVALID_SPEC: { status: 400, title: 'The spec is invalid', retry: 'never' },
  BODY_REQUIRED: { status: 400, title: 'A body is required', retry: 'never' },
  EMPTY_BATCH: { status: 400, title: 'The batch is empty', retry: 'never' },
  INVALID_UNICODE: { status: 400, title: 'The text is not valid Unicode', retry: 'never' },
  INVALID_UTF8: { status: 400, title: 'The body is not valid UTF-8', retry: 'never' },
  KEY_REQUIRED: { status: 400, title: 'A key is required', retry: 'never' },
  MALFORMED_JSON: { status: 400, title: 'The body is not valid JSON', retry: 'never' },
  NO_RANGE_INDEX: { status: 400, title: 'The mirror has no range index', retry: 'never' },
  NULL_VALUE: { status: 400, title: 'A value is required', retry: 'never' },
  OUT_OF_RANGE: {
    status: 400,
    title: 'The number is outside the range of its type',
    retry: 'never',
  },
  SCHEMA_MISMATCH: {
    status: 400,
    title: 'The value does not match the schema of the topic',
    retry: 'never',
  },
  TOO_DEEP: { status: 400, title: 'The JSON is nested too deeply', retry: 'never' },
  TOO_MANY_KEYS: { status: 400, title: 'An argument lists too many keys', retry: 'never' },
  TYPE_MISMATCH: {
    status: 400,
    title: 'The value does not have the type of the topic',
    retry: 'never',
  },
  VALUE_REQUIRED: { status: 400, title: 'A value is required', retry: 'never' },
  UNAUTHENTICATED: { status: 401, title: 'A valid key is required', retry: 'never' },
  FORBIDDEN: { status: 403, title: 'The credentials do not allow this', retry: 'never' },
  ORIGIN_NOT_ALLOWED: {
    status: 403,
    title: 'Web pages of this origin are not allowed',
    retry: 'never',
  },
  RESERVED_NAME: { status: 403, title: 'The name is reserved', retry: 'never' },
  INTERNAL_TOPIC: { status: 403, title: 'The topic is internal', retry: 'never' },
  KEY_NOT_FOUND: { status: 404, title: 'The key does not exist', retry: 'never' },
  NOT_FOUND: { status: 404, title: 'Nothing exists at this path', retry: 'never' },
  RESOURCE_NOT_FOUND: { status: 404, title: 'The resource does not exist', retry: 'never' },
  TOPIC_NOT_FOUND: { status: 404, title: 'The topic does not exist', retry: 'never' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'The method is not allowed here', retry: 'never' },
  NOT_ACCEPTABLE: {
    status: 406,
    title: 'No representation matches the Accept header',
    retry: 'never',
  },
  REQUEST_TIMEOUT: { status: 408, title: 'The request took too long to arrive', retry: 'later' },
  CANNOT_RUN_HERE: { status: 409, title: 'This cannot run on this machine', retry: 'never' },
  ALREADY_EXISTS: { status: 409, title: 'The name is in use', retry: 'never' },
  CANNOT_CHANGE: { status: 409, title: 'This property cannot be changed', retry: 'never' },
  CONFLICT: { status: 409, title: 'Another request changed it first', retry: 'later' },
  IN_USE: { status: 409, title: 'The resource is in use', retry: 'never' },
  IDEMPOTENCY_IN_FLIGHT: {
    status: 409,
    title: 'The same request is in flight',
    retry: 'later',
  },
  KEY_EXISTS: { status: 409, title: 'The key exists already', retry: 'never' },
  IMMUTABLE_TOPIC: { status: 409, title: 'The topic is immutable', retry: 'never' },
  READ_ONLY_TOPIC: {
    status: 409,
    title: 'The topic has change events of a database',
    retry: 'never',
  },
  TOPIC_RECREATED: { status: 409, title: 'The topic was deleted and recreated', retry: 'never' },
  BODY_TOO_LARGE: { status: 413, title: 'The body is too large', retry: 'never' },
  KEY_TOO_LARGE: { status: 413, title: 'The key is too large', retry: 'never' },
  TOO_MANY_ITEMS: { status: 413, title: 'The batch has too many items', retry: 'never' },
  VALUE_TOO_LARGE: { status: 413, title: 'The value is too large', retry: 'never' },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    title: 'The content type is not supported',
    retry: 'never',
  },
  IDEMPOTENCY_MISMATCH: {
    status: 422,
    title: 'The Idempotency-Key belongs to another request',
    retry: 'never',
  },
  HOST_NOT_ALLOWED: { status: 421, title: 'The service does not serve this host', retry: 'never' },
  WRONG_OWNER: { status: 421, title: 'Another replica owns this partition', retry: 'elsewhere' },
  HEADERS_TOO_LARGE: { status: 431, title: 'The headers are too large', retry: 'never' },
  INTERNAL: { status: 500, title: 'An unexpected error occurred', retry: 'later' },
  NOT_IMPLEMENTED: { status: 501, title: 'This is not implemented', retry: 'never' },
  UNREADABLE_RECORD: {
    status: 502,
    title: 'The newest record of the key cannot be read',
    retry: 'never',
  },
  UPSTREAM_BAD_RESPONSE: {
    status: 502,
    title: 'A service returned an invalid response',
    retry: 'later',
  },
  UPSTREAM_UNREACHABLE: { status: 502, title: 'A service cannot be reached', retry: 'later' },
  KAFKA_UNAVAILABLE: { status: 503, title: 'Kafka cannot be reached', retry: 'later' },
  MIRROR_UNAVAILABLE: { status: 503, title: 'The mirror cannot be reached', retry: 'later' },
  NO_REPLICA: { status: 503, title: 'No replica of the service is running', retry: 'later' },
  NOT_LEADER: { status: 503, title: 'Another manager is the leader', retry: 'elsewhere' },
  OVERLOADED: { status: 503, title: 'The service is at its limit', retry: 'later' },
  REGISTRY_UNAVAILABLE: {
    status: 503,
    title: 'The schema registry cannot be reached',
    retry: 'later',
  },
  RESTORING: { status: 503, title: 'The partition is still being restored', retry: 'later' },
  SCHEMA_MISSING: { status: 503, title: 'The gateway has no schema yet', retry: 'later' },
  SHUTTING_DOWN: { status: 503, title: 'The service is stopping', retry: 'elsewhere' },
  STALE: { status: 503, title: 'The data may be older than allowed', retry: 'later' },
  STATE_LOST: { status: 503, title: 'The specs of the resources are lost', retry: 'later' },
  STORE_UNAVAILABLE: { status: 503, title: 'The store cannot be used', retry: 'later' },
  WRITE_NOT_DONE: { status: 503, title: 'The record was not written', retry: 'later' },
  WRITE_UNKNOWN: {
    status: 504,
    title: 'The outcome of the write is unknown',
    retry: 'later',
  },
  NOT_DONE_YET: {
    status: 504,
    title: 'The change was accepted and is not complete yet',
    retry: 'later',
  },
  POSITION_NOT_REACHED: {
    status: 504,
    title: 'The position was not reached in time',
    retry: 'later',
  },
  UPSTREAM_TIMEOUT: { status: 504, title: 'A service did not answer in time', retry: 'later' },
  RESUME_TOO_OLD: {
    status: 410,
    title: 'The stream cannot continue at this position',
    retry: 'never',
  },
  SUBSCRIPTION_OVERRUN: { status: 503, title: 'The subscriber is too slow', retry: 'later' },
} as const satisfies Record<string, CatalogEntry>;

export type ErrorCode = keyof typeof CATALOG;

export function isErrorCode(text: unknown): text is ErrorCode {
  return typeof text === 'string' && Object.hasOwn(CATALOG, text);
}
