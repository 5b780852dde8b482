import { memberOf, splitObject } from '../json-text.ts';
import { changeOf, connectDocument } from './envelope.ts';

/** How many values of a sample are change events of Debezium. */
export interface EnvelopeEvidence {
  readonly envelope: 'debezium' | undefined;
  /** Values that are change events of rows, or truncate their table. */
  readonly changes: number;
  /** Values that Debezium writes too, such as schema changes, and that say nothing about rows. */
  readonly bystanders: number;
  /** Values of any other form. Tombstones do not count. */
  readonly rest: number;
}

/**
 * Detects Debezium's envelope in sampled values: checked JSON text, or null for a
 * tombstone. All
 * values must be records of Debezium, and at least one a change of a row. A topic that has only
 * schema changes, transactions or heartbeats has no rows, so it has no envelope. Pure.
 */
export function detectEnvelope(values: Iterable<string | null>): EnvelopeEvidence {
  let changes = 0;
  let bystanders = 0;
  let rest = 0;
  for (const value of values) {
    if (value === null || value === 'null') {
      continue;
    }
    const kind = changeOf(value).kind;
    if (kind === 'ignore') {
      bystanders += 1;
    } else if (kind !== 'invalid' && hasSource(value)) {
      changes += 1;
    } else {
      rest += 1;
    }
  }
  return {
    envelope: changes > 0 && rest === 0 ? 'debezium' : undefined,
    changes,
    bystanders,
    rest,
  };
}

/** A record of an application may have a member `op` too, but not the position in a database. */
function hasSource(json: string): boolean {
  const members = splitObject(connectDocument(json).payload) ?? [];
  const source = splitObject(memberOf(members, 'source') ?? '') ?? [];
  return memberOf(source, 'connector') !== undefined && memberOf(source, 'ts_ms') !== undefined;
}
