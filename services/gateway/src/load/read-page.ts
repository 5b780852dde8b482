import { PAGE_ITEMS_MAX } from '@quicksilver/contracts/mirror-api/contract';
import type { Edge, EdgePage } from '@quicksilver/contracts/mirror-api/edges';

/** Which page of a list or a range is wanted. */
export interface PageQuery {
  /** Edges that it may have. */
  readonly size: number;
  /** The cursor of the edge behind which it begins; the first one without it. */
  readonly after: string | undefined;
  /** The cursor of the edge before which it ends; only in ranges. */
  readonly before: string | undefined;
  /** True for the last edges that there are, in the order of all others. */
  readonly isFromEnd: boolean;
}

export interface ReadPage {
  readonly edges: readonly Edge[];
  /** Whether there are edges beyond the page, in the direction in which it was read. */
  readonly hasMore: boolean;
}

/**
 * Reads a page and one edge more, which tells whether it is the last: never all that there is. A mirror
 * may answer with less than it was asked for, and says where to go on.
 */
export async function readPage(
  size: number,
  read: (limit: number, cursor: string | undefined) => Promise<EdgePage>,
): Promise<ReadPage> {
  const edges: Edge[] = [];
  let cursor: string | undefined;
  do {
    const page = await read(Math.min(PAGE_ITEMS_MAX, size + 1 - edges.length), cursor);
    edges.push(...page.edges);
    cursor = page.next ?? undefined;
  } while (edges.length <= size && cursor !== undefined);
  return { edges: edges.slice(0, size), hasMore: edges.length > size };
}
