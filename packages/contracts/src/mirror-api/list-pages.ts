import { AppError } from '@quicksilver/common/errors/app-error';
import { listEdgesTarget, type Edge, type EdgePage, type ListEdgesQuery } from './edges.ts';
import { groupBy } from './key-slots.ts';
import { parseCursor, printCursor, type ListCursor } from './list-cursor.ts';

export interface ListPagesOptions {
  readonly topic: string;
  /** Number of the topic's partitions, asked when a page was read. */
  readonly partitions: () => number;
  /** Asks the owner of a partition. Throws `AppError`. */
  readonly read: (partition: number, path: string) => Promise<EdgePage>;
  /** Names the replica that is asked for a partition. */
  readonly ownerOf: (partition: number) => Promise<string>;
}

/** What one replica said of its partitions. */
interface Part {
  readonly edges: Map<number, Edge[]>;
  /** Where it ended before its partitions did. */
  readonly end: ListCursor | undefined;
}

/**
 * One page of a list, in the order of the partitions. A replica answers as far as its own partitions
 * go; where a page is not full then, all others are asked at once for what is missing. So a page of a
 * small topic takes two round trips and not one for each partition, and a page that one replica fills
 * reads nothing else. What comes before the end of the page is complete or an error (I-R6).
 */
export async function readListPage(
  query: ListEdgesQuery,
  options: ListPagesOptions,
): Promise<EdgePage> {
  const { topic, read } = options;
  const { cursor, limit } = query;
  const begin = cursor === undefined ? 0 : parseCursor(topic, cursor).partition;
  const first = await read(begin, listEdgesTarget(topic, query));
  const missing = limit - first.edges.length;
  const next = first.next === null ? undefined : parseCursor(topic, first.next);
  // In the midst of a partition it ended for its size.
  if (next === undefined || next.after !== undefined || missing <= 0) {
    return first;
  }
  const partitions = options.partitions();
  const parts = await readParts(next.partition, missing, { ...options, partitions });
  const edges = [...first.edges];
  for (let partition = next.partition; partition < partitions; partition += 1) {
    if (edges.length >= limit) {
      return pageOf(edges.slice(0, limit), topic, { partition, after: undefined });
    }
    const part = parts.get(partition);
    if (part === undefined || part instanceof AppError) {
      throw part ?? new Error(`partition ${partition} was not asked for`);
    }
    const { end } = part;
    if (end !== undefined && end.partition < partition) {
      return pageOf(edges, topic, { partition, after: undefined });
    }
    edges.push(...(part.edges.get(partition) ?? []));
    if (edges.length > limit) {
      return pageOf(edges.slice(0, limit), topic);
    }
    if (end?.partition === partition) {
      return pageOf(edges, topic, end);
    }
  }
  return { edges, next: null };
}

type PartsOptions = Omit<ListPagesOptions, 'partitions'> & { readonly partitions: number };

/** What is behind a partition's beginning, by partition; an error stands for all of its replica. */
async function readParts(
  from: number,
  limit: number,
  { topic, partitions, read, ownerOf }: PartsOptions,
): Promise<ReadonlyMap<number, Part | AppError>> {
  const rest = Array.from({ length: partitions - from }, (_, at) => from + at);
  const owners = new Map<number, string>();
  for (const partition of rest) {
    owners.set(partition, await ownerOf(partition));
  }
  const groups = [...groupBy(rest, (partition) => owners.get(partition) ?? '').values()];
  const parts = await Promise.all(
    groups.map(async (owned) => {
      const path = `${listEdgesTarget(topic, { limit })}&partitions=${owned.join(',')}`;
      const part = await read(owned[0] ?? from, path).then(
        (page) => partOf(topic, page),
        // Whether it matters depends on how far the page goes.
        (error: unknown) => {
          if (error instanceof AppError) {
            return error;
          }
          throw error;
        },
      );
      return owned.map((partition): [number, Part | AppError] => [partition, part]);
    }),
  );
  return new Map(parts.flat());
}

function partOf(topic: string, { edges, next }: EdgePage): Part {
  const byPartition = new Map<number, Edge[]>();
  for (const edge of edges) {
    const { partition } = parseCursor(topic, edge.cursor);
    const before = byPartition.get(partition);
    if (before === undefined) {
      byPartition.set(partition, [edge]);
    } else {
      before.push(edge);
    }
  }
  return { edges: byPartition, end: next === null ? undefined : parseCursor(topic, next) };
}

/** Goes on behind its last edge where nothing else is said. */
function pageOf(edges: readonly Edge[], topic: string, next?: ListCursor): EdgePage {
  const behind = next === undefined ? edges.at(-1)?.cursor : printCursor(topic, next);
  return { edges, next: behind ?? null };
}

/**
 * The pages of several lists, in no order. Of each one page is asked for at a time, of all of them at
 * once; the first error ends all.
 */
export async function* together<T>(lists: readonly AsyncIterator<T>[]): AsyncIterableIterator<T> {
  let open = lists;
  while (open.length > 0) {
    const results = await Promise.all(open.map((list) => list.next()));
    open = open.filter((_list, at) => results[at]?.done !== true);
    for (const result of results) {
      if (result.done !== true) {
        yield result.value;
      }
    }
  }
}
