import { keyPath } from '@quicksilver/contracts/mirror-api/contract';
import { printPosition } from '@quicksilver/contracts/mirror-api/position-token';
import { eventually } from '@quicksilver/testkit/eventually';
import { call } from '@quicksilver/testkit/http-call';
import { MirrorReplicas } from '@quicksilver/testkit/mirror-replicas';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

/** So many that the index of keys is used. */
const PARTITIONS = 17;
const KEYS = ['a', 'b', 'c', 'd', 'e', 'user-0', 'ü/1', ''];

interface Entry {
  readonly key: string;
  /** Null is a removal. */
  readonly value: string | null;
  readonly partition: number;
  readonly offset: bigint;
  readonly timestamp: number;
}

/** The expected responses of a mirror, from the specification and the whole log. */
class Oracle {
  readonly #isImmutable: boolean;
  /** By key, then by partition: the record that counts there. */
  readonly #records = new Map<string, Map<number, Entry>>();

  constructor(isImmutable: boolean) {
    this.#isImmutable = isImmutable;
  }

  write(entry: Entry): void {
    const { key, partition, value } = entry;
    const here = this.#records.get(key) ?? new Map<number, Entry>();
    this.#records.set(key, here);
    if (!this.#isImmutable || (value !== null && !here.has(partition))) {
      here.set(partition, entry);
    }
  }

  /** The record of the key; undefined if it has none or was removed. */
  current(key: string): Entry | undefined {
    const direction = this.#isImmutable ? 1 : -1;
    const [first] = [...(this.#records.get(key)?.values() ?? [])].toSorted(
      (one, other) =>
        direction * (one.timestamp - other.timestamp || one.partition - other.partition),
    );
    return first?.value === null ? undefined : first;
  }

  values(): string[] {
    return KEYS.flatMap((key) => this.current(key)?.value ?? []);
  }
}

type Step =
  | {
      readonly do: 'write';
      readonly key: string;
      readonly partition: number;
      readonly timestamp: number;
      readonly isRemoval: boolean;
    }
  | { readonly do: 'check' }
  | { readonly do: 'restart'; readonly replica: number }
  | { readonly do: 'rebuild'; readonly replica: number; readonly order: readonly number[] };

/** Few of them, so that keys meet. */
const partition = fc.constantFrom(0, 1, 5, 16);
const replica = fc.nat(2);
/** Few times, so that many are equal and many go back. */
const write = fc.record({
  do: fc.constant('write' as const),
  key: fc.constantFrom(...KEYS),
  partition,
  timestamp: fc.integer({ min: -1, max: 6 }),
  isRemoval: fc.boolean(),
});
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 16, arbitrary: write },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('check' as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const), replica }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('rebuild' as const),
        replica,
        order: fc.shuffledSubarray([...Array(PARTITIONS).keys()], {
          minLength: PARTITIONS,
          maxLength: PARTITIONS,
        }),
      }),
    },
  ),
  { minLength: 4, maxLength: 40, size: 'max' },
);

async function expectEqual(
  mirror: MirrorReplicas,
  oracle: Oracle,
  ordinal: number,
  limit: number,
): Promise<void> {
  const client = mirror.client(ordinal);
  const { entry, position: minPosition } = mirror;
  const jsons = KEYS.map((key) => JSON.stringify(key));
  const currents = KEYS.map((key) => oracle.current(key));
  const values = currents.map((current) => current?.value ?? undefined);
  const options = { minPosition };
  expect(await client.batchGet(entry, jsons, options)).toEqual(values);
  expect(await client.offsets(entry, jsons, options)).toEqual(
    currents.map((current) => current?.offset),
  );
  const places = await client.locate(entry, jsons, options);
  for (const [index, current] of currents.entries()) {
    const keyPlaces = places[index];
    const [first] = Array.isArray(keyPlaces) ? keyPlaces : [];
    const { partition, offset } = first?.isRemoval === false ? first : {};
    expect([partition, offset]).toEqual([current?.partition, current?.offset]);
  }
  const listed: string[] = [];
  for await (const page of client.list(entry, options)) {
    listed.push(...page.map(({ keyJson, valueJson }) => `${keyJson} ${valueJson}`));
  }
  const entries = KEYS.flatMap((key, index) =>
    values[index] === undefined ? [] : [`${JSON.stringify(key)} ${values[index]}`],
  );
  expect(listed.toSorted()).toEqual(entries.toSorted());
  expect((await pagesOf(mirror, ordinal, limit)).toSorted()).toEqual(oracle.values().toSorted());
  await expectEachKey(mirror, currents, ordinal);
}

async function pagesOf(mirror: MirrorReplicas, ordinal: number, limit: number): Promise<string[]> {
  const values: string[] = [];
  let cursor: string | null = null;
  do {
    const from: { readonly cursor?: string } = cursor === null ? {} : { cursor };
    const page: Awaited<ReturnType<ReturnType<MirrorReplicas['client']>['listEdges']>> =
      await mirror
        .client(ordinal)
        .listEdges(mirror.entry, { limit, ...from }, { minPosition: mirror.position });
    values.push(...page.edges.map(({ valueJson }) => valueJson));
    cursor = page.next;
  } while (cursor !== null);
  return values;
}

async function expectEachKey(
  mirror: MirrorReplicas,
  currents: readonly (Entry | undefined)[],
  ordinal: number,
): Promise<void> {
  const headers =
    mirror.position.offsets.size === 0
      ? {}
      : { 'x-quick-min-position': printPosition(mirror.position) };
  for (const [index, key] of KEYS.entries()) {
    const current = currents[index];
    if (key === '') {
      continue;
    }
    const answer = await call(`${mirror.url(ordinal)}${keyPath(mirror.entry.name, key)}`, {
      headers,
    });
    expect([answer.status, current === undefined ? '' : answer.text]).toEqual([
      current === undefined ? 404 : 200,
      current?.value ?? '',
    ]);
    if (current !== undefined) {
      expect(answer.headers).toMatchObject({
        'x-kafka-partition': String(current.partition),
        'x-kafka-offset': String(current.offset),
        'x-kafka-timestamp': String(current.timestamp),
      });
      const same = await call(`${mirror.url(ordinal)}${keyPath(mirror.entry.name, key)}`, {
        headers: { ...headers, 'if-none-match': String(answer.headers['etag']) },
      });
      expect(same.status).toBe(304);
    }
  }
}

test.each([
  ['MUTABLE', 1],
  ['IMMUTABLE', 1],
  ['MUTABLE', 3],
  ['IMMUTABLE', 3],
] as const)(
  'I-M1, I-R1, I-R4: whatever partition a key was written to, a %s topic on %d replicas answers as an oracle, restarted and rebuilt',
  async (writeType, replicas) => {
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 10 }), async (list, limit) => {
        await using mirror = await MirrorReplicas.start({
          replicas,
          partitions: PARTITIONS,
          writeType,
        });
        const oracle = new Oracle(writeType === 'IMMUTABLE');
        let number = 0;
        for (const step of [...list, { do: 'check' } as const]) {
          switch (step.do) {
            case 'write': {
              const { key, partition, timestamp } = step;
              const value = step.isRemoval ? null : `{"n":${(number += 1)}}`;
              const offset = mirror.write(partition, key, value, timestamp);
              oracle.write({ key, value, partition, offset, timestamp });
              break;
            }
            case 'restart':
              await mirror.restart(step.replica % replicas);
              break;
            case 'rebuild':
              await mirror.rebuild(step.replica % replicas, step.order);
              break;
            case 'check':
              for (let ordinal = 0; ordinal < replicas; ordinal += 1) {
                const equal = eventually(() => expectEqual(mirror, oracle, ordinal, limit));
                await expect(equal).resolves.toBeUndefined();
              }
          }
        }
      }),
      { numRuns: replicas === 1 ? 6 : 2, endOnFailure: true },
    );
  },
  600_000,
);
