import { jsonKind } from '../excerpt.ts';
import { type Member, memberOf, splitObject, unquote } from '../json-text.ts';
import { rendererOf } from './connect-decimals.ts';

/**
 * The change events of Debezium's connectors:
 * https://debezium.io/documentation/reference/stable/connectors/postgresql.html#postgresql-events
 */

/** The meaning of the value of one record. */
export type Change =
  | { readonly kind: 'upsert'; readonly json: string }
  | { readonly kind: 'delete' }
  | { readonly kind: 'truncate' }
  /** The record says nothing about rows. */
  | { readonly kind: 'ignore'; readonly what: Bystander }
  | { readonly kind: 'invalid'; readonly detail: string };

/** Records that Debezium writes besides changes of rows. */
export type Bystander = 'schema change' | 'transaction' | 'heartbeat' | 'message';

/** A JSON document of Kafka Connect: with `schemas.enable`, its schema comes first. */
export interface ConnectDocument {
  readonly payload: string;
  /** JSON text of the Connect schema. Undefined without one. */
  readonly schema: string | undefined;
}

/** Splits `{"schema": …, "payload": …}`. Any other checked text is a payload without a schema. */
export function connectDocument(json: string): ConnectDocument {
  if (!json.includes('"payload"')) {
    return { payload: json, schema: undefined };
  }
  const members = splitObject(json) ?? [];
  const [schema, payload] = [memberOf(members, 'schema'), memberOf(members, 'payload')];
  return members.length === 2 && schema !== undefined && payload !== undefined
    ? { payload, schema: schema === 'null' ? undefined : schema }
    : { payload: json, schema: undefined };
}

/**
 * The change of a record by the checked JSON text of its value. Decimals of a Connect schema become
 * numbers. Pure, and never throws.
 */
export function changeOf(json: string): Change {
  const { payload, schema } = connectDocument(json);
  if (payload === 'null') {
    return { kind: 'delete' };
  }
  const members = splitObject(payload);
  if (members === undefined) {
    return invalid(`expected an object, found ${jsonKind(payload)}`);
  }
  const op = memberOf(members, 'op');
  if (op === undefined) {
    const what = bystanderOf(members);
    return what === undefined
      ? invalid(
          'it has no member op. If the connector unwraps its events (ExtractNewRecordState), register the topic without an envelope',
        )
      : { kind: 'ignore', what };
  }
  switch (op) {
    case '"c"':
    case '"u"':
    case '"r"':
      return rowOf(members, schema);
    case '"d"':
      return { kind: 'delete' };
    case '"t"':
      return { kind: 'truncate' };
    case '"m"':
      return { kind: 'ignore', what: 'message' };
    default:
      return invalid(`expected an op of c, u, d, r, t or m, found ${op.slice(0, 40)}`);
  }
}

function rowOf(members: readonly Member[], schema: string | undefined): Change {
  const after = memberOf(members, 'after');
  if (after?.startsWith('{') === true) {
    const render = schema === undefined ? undefined : rendererOf(schema, 'after');
    return { kind: 'upsert', json: render === undefined ? after : render(after) };
  }
  if (after?.startsWith('"{') === true) {
    return documentOf(after);
  }
  return invalid(
    after === undefined || after === 'null'
      ? 'its row (after) is missing. For MongoDB, set capture.mode to change_streams_update_full'
      : `expected a row (after) that is an object, found ${jsonKind(after)}`,
  );
}

/** The connector for MongoDB writes each document as text in MongoDB's extended JSON. */
function documentOf(after: string): Change {
  const json = unquote(after);
  try {
    JSON.parse(json);
  } catch {
    return invalid('the text of its document (after) is not JSON');
  }
  return { kind: 'upsert', json };
}

/** Schema changes, transactions and heartbeats have topics of their own, unless they are routed. */
function bystanderOf(members: readonly Member[]): Bystander | undefined {
  const names = new Set(members.map(({ name }) => name));
  if (names.has('source') && (names.has('ddl') || names.has('tableChanges'))) {
    return 'schema change';
  }
  if (names.has('status') && names.has('id') && names.has('event_count')) {
    return 'transaction';
  }
  return names.size === 1 && names.has('ts_ms') ? 'heartbeat' : undefined;
}

function invalid(why: string): Change {
  return { kind: 'invalid', detail: `The value is not a change event of Debezium: ${why}.` };
}
