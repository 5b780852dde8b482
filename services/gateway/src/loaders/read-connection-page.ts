import { PAGE_ITEMS_MAX } from '@quicksilver/contracts/mirror-api/contract';
import type { ConnectionEdge, EdgePage } from '@quicksilver/contracts/mirror-api/edges';

/** A page of a list or a range. */
export interface PageQuery {
  /** The most edges. */
  readonly size: number;
  /** The cursor of the edge before the page. Undefined for the first page. */
  readonly after: string | undefined;
  /** The cursor of the edge after the page. Only ranges support it. */
  readonly before: string | undefined;
  /** True for the last edges. Their order is that of every other page. */
  readonly isFromEnd: boolean;
}

export interface ConnectionPage {
  readonly edges: readonly ConnectionEdge[];
  /** Whether there are edges beyond the page, in the direction of the read. */
  readonly hasMore: boolean;
}

/**
 * Reads a page and one more edge, which shows whether the page is the last. A mirror may return
 * fewer edges than requested, with a cursor for the next ones.
 */
export async function readConnectionPage(
  size: number,
  read: (limit: number, cursor: string | undefined) => Promise<EdgePage>,
): Promise<ConnectionPage> {
  const edges: ConnectionEdge[] = [];
  let cursor: string | undefined;
  do {
    const page = await read(Math.min(PAGE_ITEMS_MAX, size + 1 - edges.length), cursor);
    edges.push(...page.edges);
    cursor = page.next ?? undefined;
  } while (edges.length <= size && cursor !== undefined);
  return { edges: edges.slice(0, size), hasMore: edges.length > size };
}
