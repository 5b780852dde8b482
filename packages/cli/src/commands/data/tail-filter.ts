import { isUtf8 } from 'node:buffer';

import { parseSpelledJson } from '@quicksilver/common/numbers/parse-json';
import type { KafkaRecord, RecordHeader } from '@quicksilver/kafka/ports';

import { usageError } from '../../output/cli-error.ts';

/** A record as it is printed. */
export interface RenderedRecord {
  /** JSON. */
  readonly key: string;
  /** JSON. */
  readonly value: string;
  readonly headers: readonly RenderedHeader[];
}

export interface RenderedHeader {
  readonly key: string;
  /** Text, or base64 for bytes that are no UTF-8. Null is Kafka's null. */
  readonly value: string | { readonly base64: string } | null;
}

export type TailFilter = (record: RenderedRecord) => boolean;

export interface FilterTexts {
  readonly key?: string | undefined;
  /** `name`, or `name=value`. */
  readonly header?: string | undefined;
  readonly contains?: string | undefined;
  /** `path=value`. */
  readonly where?: string | undefined;
}

/** A filter that all given texts must match. Throws `CliError`. */
export function tailFilter({ key, header, contains, where }: FilterTexts): TailFilter {
  const filters = [
    key === undefined ? undefined : byKey(key),
    header === undefined ? undefined : byHeader(header),
    contains === undefined ? undefined : byText(contains),
    where === undefined ? undefined : byMember(where),
  ].filter((filter) => filter !== undefined);
  return (record) => filters.every((filter) => filter(record));
}

export function renderHeaders({ headers = [] }: KafkaRecord): readonly RenderedHeader[] {
  return headers.map(([key, value]: RecordHeader) => ({ key, value: headerValue(value) }));
}

function headerValue(bytes: Buffer | null): RenderedHeader['value'] {
  if (bytes === null) {
    return null;
  }
  return isUtf8(bytes) ? bytes.toString('utf8') : { base64: bytes.toString('base64') };
}

/** Compares with the key as it is printed, with or without the quotes of a string. */
function byKey(text: string): TailFilter {
  const quoted = JSON.stringify(text);
  return ({ key }) => key === text || key === quoted;
}

function byHeader(text: string): TailFilter {
  const [name = '', ...rest] = text.split('=');
  const value = rest.length === 0 ? undefined : rest.join('=');
  return ({ headers }) =>
    headers.some((each) => each.key === name && (value === undefined || each.value === value));
}

function byText(text: string): TailFilter {
  return ({ value }) => value.includes(text);
}

/** Compares a member of the value as it is printed, with or without the quotes of a string. */
function byMember(text: string): TailFilter {
  const at = text.indexOf('=');
  if (at < 1) {
    throw usageError(
      `Expected --where as path=value, found "${text}".`,
      'For example: --where position.lat=52.5',
    );
  }
  const path = text.slice(0, at).split('.');
  const expected = text.slice(at + 1);
  return ({ value }) => {
    const member = memberOf(parseSpelledJson(value), path);
    return member !== undefined && (member === expected || JSON.stringify(member) === expected);
  };
}

function memberOf(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (current, name) =>
      typeof current === 'object' && current !== null && Object.hasOwn(current, name)
        ? (current as Readonly<Record<string, unknown>>)[name]
        : undefined,
    value,
  );
}
