/** A format around the values of a topic, which hides the row or document inside. */
export type Envelope = 'debezium';

/** By Debezium: create, update, delete, read (snapshot), truncate and message. */
const OPERATIONS: ReadonlySet<unknown> = new Set(['c', 'u', 'd', 'r', 't', 'm']);

/**
 * Whether all of these values are change events of Debezium, with or without the schema that its
 * JSON converter adds. Other envelopes belong here too.
 *
 * The form: https://debezium.io/documentation/reference/stable/connectors/postgresql.html
 */
export function detectEnvelope(values: readonly unknown[]): Envelope | undefined {
  return values.length > 0 && values.every((value) => isChangeEvent(payloadOf(value)))
    ? 'debezium'
    : undefined;
}

/** The JSON converter wraps an event as `{"schema": …, "payload": …}`. */
function payloadOf(value: unknown): unknown {
  return isObject(value) && 'schema' in value && 'payload' in value ? value['payload'] : value;
}

function isChangeEvent(value: unknown): boolean {
  return (
    isObject(value) &&
    OPERATIONS.has(value['op']) &&
    isObject(value['source']) &&
    ('after' in value || 'before' in value || 'message' in value)
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
