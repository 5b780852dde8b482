import { AppError } from '@quicksilver/common/errors/app-error';
import { parseJson } from '@quicksilver/common/numbers/parse-json';
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
