import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import type { LevelStore } from './level-store.ts';
import { openTopicStore } from './open-topic-store.ts';
import type { PartitionPosition, StoreIdentity, StoreOp } from './ports.ts';

const IDENTITY: StoreIdentity = {
  topic: 'prices',
  partitions: 2,
  keyType: 'STRING',
  valueType: 'JSON',
  writeType: 'MUTABLE',
};
const PARTITION = 1;
const GENERATION = 4;

/** So small that a few operations make a run, and a few more make several pages. */
const open = (root: string, runBytes: number): Promise<LevelStore> =>
  openTopicStore({ root, identity: IDENTITY, cacheBytes: 1_048_576, runBytes }).then(
    ({ store }) => store,
  );

type Step =
  | { readonly do: 'put' | 'remove'; readonly key: string }
  | { readonly do: 'settle' | 'reopen' | 'end' };

/** Few keys. Some share a long prefix, one is empty, and one is the prefix of another. */
const keys = fc.constantFrom(
  '',
  'a',
  'a\0',
  'ab',
  ...Array.from({ length: 12 }, (_, index) => `a long way alike ${index}`),
  ...Array.from({ length: 12 }, (_, index) => `k${index * 7}`),
  'ü',
);

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 20, arbitrary: fc.record({ do: fc.constant('put' as const), key: keys }) },
    { weight: 8, arbitrary: fc.record({ do: fc.constant('remove' as const), key: keys }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('settle' as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen' as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('end' as const) }) },
  ),
  { minLength: 10, maxLength: 200, size: 'max' },
);

type Entries = readonly (readonly [string, string])[];
type State = Readonly<Record<'single' | 'small' | 'large', Entries>>;

function inOrder(entries: Entries): Entries {
  return entries.toSorted(([a], [b]) => Buffer.from(a).compare(Buffer.from(b)));
}

/** A partition as the applier uses it, with its expected contents. */
class LoadedPartition {
  readonly #store: LevelStore;
  /** All operations so far. */
  #log: { readonly key: string; readonly json: string | undefined }[] = [];
  #next = 0n;
  isLoading = true;

  constructor(store: LevelStore) {
    this.#store = store;
  }

  get #position(): PartitionPosition {
    return { generation: GENERATION, nextOffset: this.#next, topicId: 'id' };
  }

  async begin(): Promise<void> {
    await this.#store.write(PARTITION, [], this.#position);
  }

  async take(key: string, json: string | undefined): Promise<void> {
    const op: StoreOp = {
      key: Buffer.from(key),
      record:
        json === undefined
          ? undefined
          : { offset: this.#next, timestamp: 5n, json: Buffer.from(json) },
    };
    this.#log.push({ key, json });
    this.#next += 1n;
    if (!this.isLoading) {
      await this.#store.write(PARTITION, [op], this.#position);
    } else if (!(await this.#store.load(PARTITION, [op], this.#position))) {
      await this.end();
    }
  }

  async end(): Promise<void> {
    if (this.isLoading) {
      await this.#store.endLoad(PARTITION, this.#position);
      this.isLoading = false;
    }
  }

  /** Resolves to whether work is left. */
  async settle(): Promise<boolean> {
    return !this.isLoading && (await this.#store.settle(PARTITION, GENERATION));
  }

  /**
   * Operations that were not written are lost. An applier would read them again, so they are added
   * again here.
   */
  async reopen(): Promise<void> {
    await this.#store.reopen({ discard: false });
    const nextOffset = this.#store.position(PARTITION)?.nextOffset ?? 0n;
    const lost = this.#log.slice(Number(nextOffset));
    this.#log = this.#log.slice(0, Number(nextOffset));
    this.#next = nextOffset;
    this.isLoading &&= this.#store.isLoading(PARTITION, GENERATION);
    for (const { key, json } of lost) {
      await this.take(key, json);
    }
  }

  /** The contents of the store: by key, and as lists of small and of large pages. */
  async contents(): Promise<State> {
    const keys = new Set(this.#log.map(({ key }) => key));
    const single = [...keys].flatMap((key): [string, string][] => {
      const record = this.#store.get(PARTITION, GENERATION, Buffer.from(key));
      return record === undefined ? [] : [[key, record.json.toString()]];
    });
    const [small, large] = [await this.#listed(3), await this.#listed(1_000)];
    return { single: inOrder(single), small, large };
  }

  /** The contents of the log. */
  expected(): State {
    const oracle = new Map<string, string>();
    for (const { key, json } of this.#log) {
      oracle.delete(key);
      if (json !== undefined) {
        oracle.set(key, json);
      }
    }
    const entries = inOrder([...oracle]);
    return { single: entries, small: entries, large: entries };
  }

  /** All entries, page by page. */
  async #listed(itemsMax: number): Promise<[string, string][]> {
    const list: [string, string][] = [];
    let after: Buffer | undefined;
    for (;;) {
      const { entries, isComplete } = await this.#store.list({
        partition: PARTITION,
        generation: GENERATION,
        itemsMax,
        bytesMax: 1e9,
        ...(after === undefined ? {} : { after }),
      });
      list.push(
        ...entries.map(({ key, json }): [string, string] => [key.toString(), json.toString()]),
      );
      after = entries.at(-1)?.key;
      if (isComplete) {
        return list;
      }
    }
  }
}

test('M2: a generation that was loaded in runs has the contents of the log, settled or not, after each reopen', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 1, max: 2_000 }), async (all, runBytes) => {
      await using root = await mkdtempDisposable(join(tmpdir(), 'mirror-runs-'));
      const store = await open(root.path, runBytes);
      try {
        const partition = new LoadedPartition(store);
        await partition.begin();
        for (const [at, step] of all.entries()) {
          if (step.do === 'put' || step.do === 'remove') {
            await partition.take(step.key, step.do === 'put' ? `{"at":${at}}` : undefined);
          } else {
            await partition[step.do]();
            if (!partition.isLoading) {
              expect(await partition.contents()).toEqual(partition.expected());
            }
          }
        }
        await partition.end();
        expect(await partition.contents()).toEqual(partition.expected());
        for (let step = 0; step < 3; step += 1) {
          await partition.settle();
          expect(await partition.contents()).toEqual(partition.expected());
        }
        while (await partition.settle()) {
          // Until no work is left.
        }
        expect(store.unsettled(PARTITION)).toBe(0);
        expect(await partition.contents()).toEqual(partition.expected());
      } finally {
        await store.close();
      }
    }),
    { numRuns: 60 },
  );
}, 180_000);
