import { describe, expect, test } from 'vitest';

import { AppError } from '@quicksilver/common/errors/app-error';
import type { EdgePage, ListEdgesQuery } from './edges.ts';
import { parseCursor, printCursor } from './list-cursor.ts';
import { readListPage, mergeLists } from './list-pages.ts';

const TOPIC = 'cars';

interface PageRequest {
  readonly partitions: readonly number[];
  readonly limit: number;
}

/**
 * Replicas that answer as a mirror does: their own partitions in order, up to the limit or to a
 * partition that is not theirs. Replica r of R owns the partitions p with p mod R = r.
 */
class Replicas {
  readonly requests: PageRequest[] = [];
  readonly #sizes: readonly number[];
  readonly #count: number;
  /** Partitions of a replica that cannot answer. */
  broken: ReadonlySet<number> = new Set();
  /** Maximum number of concurrent requests. */
  mostAtOnce = 0;
  #running = 0;

  constructor(sizes: readonly number[], count: number) {
    this.#sizes = sizes;
    this.#count = count;
  }

  page(query: ListEdgesQuery): Promise<EdgePage> {
    return readListPage(query, {
      topic: TOPIC,
      partitions: () => this.#sizes.length,
      ownerOf: (partition) => Promise.resolve(String(partition % this.#count)),
      read: (partition, path) => this.#read(partition, path),
    });
  }

  /** Every value, each once and in order; the number of pages. */
  async walk(limit: number): Promise<readonly [values: readonly string[], pages: number]> {
    const values: string[] = [];
    let pages = 0;
    let cursor: string | null = null;
    do {
      const page: EdgePage = await this.page({ limit, ...(cursor === null ? {} : { cursor }) });
      if (page.edges.length > limit) {
        throw new Error(`A page of ${limit} has ${page.edges.length} edges`);
      }
      values.push(...page.edges.map(({ valueJson }) => valueJson));
      cursor = page.next;
      pages += 1;
    } while (cursor !== null);
    return [values, pages];
  }

  get all(): readonly string[] {
    return this.#sizes.flatMap((size, partition) =>
      Array.from({ length: size }, (_none, at) => `${partition}:${at}`),
    );
  }

  async #read(partition: number, path: string): Promise<EdgePage> {
    const params = new URL(path, 'http://mirror').searchParams;
    const limit = Number(params.get('limit'));
    const param = params.get('partitions');
    const requested =
      param === null ? this.#sizes.map((_, at) => at) : param.split(',').map(Number);
    const cursor = params.get('cursor');
    this.requests.push({ partitions: requested, limit });
    this.#running += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#running);
    await Promise.resolve();
    this.#running -= 1;
    if (this.broken.has(partition)) {
      throw new AppError('RESTORING', `Partition ${partition} is restored.`);
    }
    const from = cursor === null ? undefined : parseCursor(TOPIC, cursor);
    const edges: EdgePage['edges'][number][] = [];
    for (const each of requested.filter((at) => at >= (from?.partition ?? 0))) {
      if (each % this.#count !== partition % this.#count) {
        return { edges, next: printCursor(TOPIC, { partition: each, after: undefined }) };
      }
      const begin =
        from?.partition === each && from.after !== undefined ? from.after.readUInt32BE() + 1 : 0;
      for (let at = begin; at < (this.#sizes[each] ?? 0); at += 1) {
        if (edges.length === limit) {
          return { edges, next: edges.at(-1)?.cursor ?? null };
        }
        const after = Buffer.alloc(4);
        after.writeUInt32BE(at);
        const here = printCursor(TOPIC, { partition: each, after });
        edges.push({ cursor: here, valueJson: `${each}:${at}` });
      }
    }
    return { edges, next: null };
  }
}

describe('a page of a list over several replicas', () => {
  test.each([
    [[3, 3, 3, 3, 3, 3], 3],
    [[0, 0, 7, 0, 1, 0], 2],
    [[5, 0, 20, 1, 0, 9, 2], 3],
    [[4, 4], 1],
    [[0, 0, 0], 3],
    [[1], 1],
  ])(
    'I-R6: of partitions of %j over %i replicas all is there, once and in order',
    async (sizes, count) => {
      for (const limit of [1, 2, 3, 5, 8, 100]) {
        const replicas = new Replicas(sizes, count);
        expect((await replicas.walk(limit))[0]).toEqual(replicas.all);
      }
    },
  );

  test('a small topic takes two round trips, and the second reads all other replicas concurrently', async () => {
    const replicas = new Replicas([2, 2, 2, 2, 2, 2], 3);
    expect(await replicas.walk(100)).toEqual([replicas.all, 1]);
    expect(replicas.requests).toEqual([
      { partitions: [0, 1, 2, 3, 4, 5], limit: 100 },
      { partitions: [1, 4], limit: 98 },
      { partitions: [2, 5], limit: 98 },
      { partitions: [3], limit: 98 },
    ]);
    expect(replicas.mostAtOnce).toBe(3);
  });

  test('a page that one replica fills needs no other request', async () => {
    const replicas = new Replicas([50, 50, 50], 3);
    expect((await replicas.page({ limit: 10 })).edges).toHaveLength(10);
    expect(replicas.requests).toHaveLength(1);
  });

  test('I-R6: a failed replica is an error only if the page extends to its partitions', async () => {
    const replicas = new Replicas([1, 5, 5], 3);
    replicas.broken = new Set([2]);
    await expect(replicas.page({ limit: 7 })).rejects.toMatchObject({ code: 'RESTORING' });
    const page = await replicas.page({ limit: 6 });
    expect(page.edges.map(({ valueJson }) => valueJson)).toEqual(replicas.all.slice(0, 6));
    await expect(replicas.page({ limit: 6, cursor: page.next ?? '' })).rejects.toMatchObject({
      code: 'RESTORING',
    });
  });
});

describe('lists that are read concurrently', () => {
  async function* list(...pages: readonly (string | Error)[]): AsyncIterableIterator<string> {
    for (const page of pages) {
      if (page instanceof Error) {
        throw page;
      }
      yield await Promise.resolve(page);
    }
  }

  test('give all of their pages, each list in its own order', async () => {
    const lists = [list('a1', 'a2', 'a3'), list(), list('c1')];
    expect(await Array.fromAsync(mergeLists(lists))).toEqual(['a1', 'c1', 'a2', 'a3']);
  });

  test('end with the first error', async () => {
    const lists = [list('a1', 'a2'), list('b1', new Error('no'))];
    await expect(Array.fromAsync(mergeLists(lists))).rejects.toThrow('no');
  });
});
