import {
  FLAG,
  parseParameters,
  PARTITIONS,
  printParameters,
  type QueryOf,
} from '@quicksilver/contracts/mirror-api/query-string';

/** The parameters of `POST /topics/{topic}/keys:held`, which only replicas send. */
const HELD_PARAMETERS = {
  /** The partitions to read. */
  partitions: PARTITIONS,
  /** Whether the records have their values. */
  values: FLAG,
  /** Whether skipped records are included, which a replica of an earlier version cannot parse. */
  unread: FLAG,
} as const;

export type HeldParameters = QueryOf<typeof HELD_PARAMETERS>;

/** Path and query. */
export function printHeldQuery(topic: string, query: HeldParameters): string {
  const texts = printParameters(HELD_PARAMETERS, query);
  return `/topics/${encodeURIComponent(topic)}/keys:held?${new URLSearchParams(texts)}`;
}

/** Throws `AppError('BAD_REQUEST')`. */
export function parseHeldQuery(parameters: unknown): HeldParameters {
  return parseParameters(HELD_PARAMETERS, parameters);
}
