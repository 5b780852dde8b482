import { AppError } from '@quicksilver/common/errors/app-error';
import { mayLoseDigits, parseJson } from '@quicksilver/common/numbers/parse-json';
import type { BatchEntry } from '@quicksilver/contracts/mirror-api/key-answers';
import type { ConnectionEdge } from '@quicksilver/contracts/mirror-api/edges';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';

export interface ValuePage {
  /** `node` is a value, or the error of this value. */
  readonly edges: readonly { readonly cursor: string; readonly node: unknown }[];
  /** Whether there are edges beyond the page, in the direction of the read. */
  readonly hasMore: boolean;
}

/** About the bytes of the values. A character has at least one. */
export function bytesOf(values: readonly unknown[]): number {
  return values.reduce<number>(
    (bytes, value) => bytes + (typeof value === 'string' ? value.length : 0),
    0,
  );
}

/**
 * The values of one response of a mirror, with one call of the parser. Null for a key without a
 * value. An entry that is an error is returned unchanged.
 */
export function parsedValues(topic: TopicEntry, entries: readonly BatchEntry[]): unknown[] {
  const isJson = entries.every((entry) => typeof entry !== 'object');
  const values = isJson ? parsedTogether(entries) : undefined;
  return (
    values ??
    entries.map((entry) =>
      typeof entry === 'string' ? parsedOrError(topic, entry) : (entry ?? null),
    )
  );
}

/** Undefined if a text is not one JSON value, or a number may need all its digits. */
function parsedTogether(jsons: readonly (string | undefined)[]): unknown[] | undefined {
  const text = `[${jsons.map((json) => json ?? 'null').join(',')}]`;
  if (mayLoseDigits(text)) {
    return undefined;
  }
  try {
    const values = JSON.parse(text) as unknown[];
    // A broken text such as `1,2` could pass as two values.
    return values.length === jsons.length ? values : undefined;
  } catch {
    return undefined;
  }
}

export function parsedEdge(
  topic: TopicEntry,
  { cursor, valueJson }: ConnectionEdge,
): ValuePage['edges'][number] {
  return { cursor, node: parsedOrError(topic, valueJson) };
}

/** An error instead of a value fails only its own field. */
export function parsedOrError(topic: TopicEntry, json: string): unknown {
  try {
    return parseJson(json);
  } catch (error) {
    const detail = `The mirror of topic ${topic.name} returned a value that is not JSON.`;
    return new AppError('UPSTREAM_BAD_RESPONSE', detail, { cause: error });
  }
}
