import { excerpt } from '@quicksilver/codec/excerpt';
import { splitObject, unquote } from '@quicksilver/codec/json-text';
import { printPath } from '@quicksilver/common/records/member-path';

import type { RangeIndex, RangeScalar, Version } from '../store/ports.ts';

export type UnindexedReason =
  | 'NO_RANGE_FIELD'
  | 'BAD_RANGE_FIELD'
  | 'NO_RANGE_KEY'
  | 'BAD_RANGE_KEY';

/** Why a record is in no range. Lookups and lists still find it. */
export interface Unindexed {
  readonly reason: UnindexedReason;
  readonly detail: string;
}

/**
 * The version of a value in the range index. Pure, and never throws, because one record must not
 * stop its partition.
 */
export function versionOf(json: Buffer, index: RangeIndex): Version | Unindexed {
  const text = json.toString('utf8');
  const fieldJson = memberAt(text, index.field);
  const field = fieldJson === undefined ? undefined : scalarOf(fieldJson);
  if (fieldJson === undefined || fieldJson === 'null') {
    return { reason: 'NO_RANGE_FIELD', detail: `The value has no ${printPath(index.field)}.` };
  }
  const order = field && index.orderOf(field);
  if (order === undefined) {
    return {
      reason: 'BAD_RANGE_FIELD',
      detail: `Expected ${WORDS[index.type]} at ${printPath(index.field)}, found ${excerpt(fieldJson)}.`,
    };
  }
  if (index.key === undefined) {
    return { scope: undefined, order };
  }
  const keyJson = memberAt(text, index.key);
  if (keyJson === undefined || keyJson === 'null') {
    return { reason: 'NO_RANGE_KEY', detail: `The value has no ${printPath(index.key)}.` };
  }
  const scalar = scalarOf(keyJson);
  const scope = scalar && index.scopeOfScalar(scalar);
  return scope === undefined
    ? {
        reason: 'BAD_RANGE_KEY',
        detail: `Expected text, a number or a boolean at ${printPath(index.key)}, found ${excerpt(keyJson)}.`,
      }
    : { scope, order };
}

export function isUnindexed(outcome: Version | Unindexed): outcome is Unindexed {
  return 'reason' in outcome;
}

const WORDS: Readonly<Record<RangeIndex['type'], string>> = {
  number: 'a number',
  string: 'text',
  timestamp: 'a time (ISO 8601 with a zone, or epoch milliseconds)',
};

/**
 * The JSON of the member at the end of the path. If several members have one name, the last one
 * counts.
 */
function memberAt(json: string, path: readonly string[]): string | undefined {
  let at: string | undefined = json;
  for (const name of path) {
    at = splitObject(at)?.findLast((member) => member.name === name)?.value;
    if (at === undefined) {
      return undefined;
    }
  }
  return at;
}

/** Undefined for null, an array or an object. */
function scalarOf(json: string): RangeScalar | undefined {
  if (json.startsWith('"')) {
    return { type: 'string', text: unquote(json) };
  }
  if (json === 'true' || json === 'false') {
    return { type: 'boolean', text: json };
  }
  return /^[-\d]/.test(json) ? { type: 'number', text: json } : undefined;
}
