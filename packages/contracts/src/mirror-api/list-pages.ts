import { AppError } from '@quicksilver/common/errors/app-error';
import type { ConnectionEdge, EdgePage, ListEdgesQuery } from './edges.ts';
import { groupBy } from './key-slots.ts';
import { parseCursor, printCursor, type ListCursor } from './list-cursor.ts';
import { printListQuery } from './list-query.ts';

export interface ListPagesOptions {
  readonly topic: string;
  /** Number of the topic's partitions. Called after a page was read. */
  readonly partitions: () => number;
  /** Reads from the owner of a partition. Throws `AppError`. */
  readonly read: (partition: number, path: string) => Promise<EdgePage>;
  /** The replica that serves a partition. */
  readonly ownerOf: (partition: number) => Promise<string>;
}

/** The page that one replica returned for its partitions. */
interface Part {
  readonly edges: Map<number, ConnectionEdge[]>;
  /** The end of the page, if it is before the end of the partitions. */
  readonly end: ListCursor | undefined;
}

/**
 * One page of a list, in the order of the partitions. The first replica returns the items of its
 * own partitions. If the page is not full, all other replicas are read concurrently. So a page of a
 * small topic takes two round trips, and not one per partition. A page that one replica fills needs
 * no other request. The page is complete up to its end, or it is an error (I-R6).
 */
export async function readListPage(
  query: ListEdgesQuery,
  options: ListPagesOptions,
): Promise<EdgePage> {
  const { topic, read } = options;
  const { cursor, ...rest } = query;
  const { limit } = rest;
  const begin = cursor === undefined ? 0 : parseCursor(topic, cursor).partition;
  const first = await read(begin, printListQuery(topic, { ...query, cursors: true }));
  const missing = limit - first.edges.length;
  const next = first.next === null ? undefined : parseCursor(topic, first.next);
  // It ended inside a partition, because of its size.
  if (next === undefined || next.after !== undefined || missing <= 0) {
    return first;
  }
  const partitions = options.partitions();
  const restQuery = { ...rest, limit: missing };
  const parts = await readParts(next.partition, restQuery, { ...options, partitions });
  const edges = [...first.edges];
  for (let partition = next.partition; partition < partitions; partition += 1) {
    if (edges.length >= limit) {
      return edgePage(edges.slice(0, limit), topic, { partition, after: undefined });
    }
    const part = parts.get(partition);
    if (part === undefined || part instanceof AppError) {
      throw part ?? new Error(`partition ${partition} was not requested`);
    }
    const { end } = part;
    if (end !== undefined && end.partition < partition) {
      return edgePage(edges, topic, { partition, after: undefined });
    }
    edges.push(...(part.edges.get(partition) ?? []));
    if (edges.length > limit) {
      return edgePage(edges.slice(0, limit), topic);
    }
    if (end?.partition === partition) {
      return edgePage(edges, topic, end);
    }
  }
  return { edges, next: null };
}

type PartsOptions = Omit<ListPagesOptions, 'partitions'> & { readonly partitions: number };

/** The page of each partition's replica. An error applies to all partitions of its replica. */
async function readParts(
  from: number,
  query: Omit<ListEdgesQuery, 'cursor'>,
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
      const path = printListQuery(topic, { ...query, cursors: true, partitions: owned });
      const part = await read(owned[0] ?? from, path).then(
        (page) => partOf(topic, page),
        // The error matters only if the page extends to these partitions.
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
  const byPartition = new Map<number, ConnectionEdge[]>();
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

/** By default the next page starts behind the last edge. */
function edgePage(edges: readonly ConnectionEdge[], topic: string, next?: ListCursor): EdgePage {
  const behind = next === undefined ? edges.at(-1)?.cursor : printCursor(topic, next);
  return { edges, next: behind ?? null };
}

/**
 * The pages of several lists, in no order. All lists are read concurrently, one page of each at a
 * time. The first error ends all.
 */
export async function* mergeLists<T>(lists: readonly AsyncIterator<T>[]): AsyncIterableIterator<T> {
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
