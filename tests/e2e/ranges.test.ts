import { createKafkaClient } from '@quicksilver/kafka/kafka-client';
import {
  rangePath,
  type MirrorStatus,
  type PartitionStatus,
} from '@quicksilver/contracts/mirror-api/contract';
import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { call } from '@quicksilver/testkit/http-call';
import { randomFrom } from '@quicksilver/testkit/seeded-random';
import { TestNetwork } from '@quicksilver/testkit/test-network';
import { expect, onTestFailed, test } from 'vitest';

import { RangeOracle, type AskedRange } from './range-oracle.ts';

const PARTITIONS = 6;
const REPLICAS = 3;
const WRITES = 1_000_000;
/** Of the topic with a range key, beyond those. */
const CITY_WRITES = 40_000;
/** Rounds of writing; in two of them a replica is killed. */
const ROUNDS = 40;
const RANGES = 300;
/** Ranges that are asked for, by so many at a time, while replicas are killed. */
const POLLED = 1_000;
const POLLERS = 4;
const PRODUCE_MS = 90_000;
const CAUGHT_UP_MS = 300_000;
/** Twenty times what it takes alone. */
const TEST_MS = 1_000_000;

test(
  'I-R6, I-R7, I-M1, M3: after 1,000,000 random upserts and deletes no range misses a row or has one too many, through kills with -9, and rebuilt',
  { timeout: TEST_MS },
  async () => {
    const seed = Date.now() % 2 ** 31;
    onTestFailed(() => void process.stderr.write(`seed ${seed}\n`));
    const random = randomFrom(seed);
    const byKey = uniqueTopic('ranges-key');
    const byCity = uniqueTopic('ranges-city');
    const topics = [
      { name: byKey, writes: WRITES, mirror: { rangeField: 'time' } },
      { name: byCity, writes: CITY_WRITES, mirror: { rangeField: 'time', rangeKey: 'city' } },
    ].map((topic) => ({
      ...topic,
      oracle: new RangeOracle(random, { partitions: PARTITIONS, byCity: topic.name === byCity }),
    }));
    await using network = await TestNetwork.start({
      broker: testBroker(),
      topics: topics.map(({ name, mirror }) => ({
        name,
        mirror,
        partitions: PARTITIONS,
        configs: { 'cleanup.policy': 'delete' },
      })),
      mirrors: [{ topics: [byKey, byCity], replicas: REPLICAS }],
      ingests: 0,
    });
    await using stack = new AsyncDisposableStack();
    const sink = createKafkaClient('platformatic', {
      bootstrapServers: [testBroker().bootstrapServer],
      clientId: 'ranges',
      requestTimeoutMs: 10_000,
      decompressedBytesMax: 67_108_864,
    }).sink();
    stack.defer(() => sink.close());

    const writeRound = async (): Promise<void> => {
      const batches = topics.flatMap(({ name: topic, writes, oracle }) =>
        oracle.write(writes / ROUNDS).map((records, partition) => ({ topic, partition, records })),
      );
      for (const result of await sink.produce(batches, PRODUCE_MS)) {
        expect(result).toMatchObject({ ok: true });
      }
    };

    const partitionsAt = async (ordinal: number): Promise<readonly PartitionStatus[]> => {
      const answer = await call(`${network.mirror(byKey, ordinal).url}/status`);
      const status = answer.json() as MirrorStatus;
      const partitions = status.topics.flatMap((topic) => topic.partitions);
      expect(partitions).toHaveLength((2 * PARTITIONS) / REPLICAS);
      return partitions;
    };

    /** Records that a replica has applied. */
    const progress = async (ordinal: number): Promise<number> =>
      (await partitionsAt(ordinal)).reduce((sum, { nextOffset }) => sum + Number(nextOffset), 0);

    /** All rows of a range, page by page; undefined if a page is an error of the mirror. */
    const read = async (
      topic: string,
      range: AskedRange,
      ordinal: number,
    ): Promise<number[] | undefined> => {
      const { scope, expected: _expected, ...params } = range;
      const query = new URLSearchParams(
        Object.entries(params).flatMap(([name, value]) =>
          value === undefined ? [] : [[name, String(value)]],
        ),
      );
      const numbers: number[] = [];
      for (;;) {
        const { url } = network.mirror(topic, ordinal);
        const answer = await call(`${url}${rangePath(topic, scope)}?${query}`).catch(
          () => undefined,
        );
        if (answer === undefined || answer.status >= 500) {
          return undefined;
        }
        expect(answer.status, answer.text).toBe(200);
        const page = answer.json() as { items: { n: number }[]; next: string | null };
        expect(page.items.length).toBeLessThanOrEqual(range.limit);
        numbers.push(...page.items.map(({ n }) => n));
        if (page.next === null) {
          return numbers;
        }
        query.set('cursor', page.next);
      }
    };

    /** Every record is applied, and random ranges are what the oracle says. */
    const check = async (): Promise<void> => {
      await eventually(async () => {
        const all = await Promise.all(Array.from({ length: REPLICAS }, (_, at) => progress(at)));
        expect(all.reduce((sum, applied) => sum + applied, 0)).toBe(WRITES + CITY_WRITES);
        for (let ordinal = 0; ordinal < REPLICAS; ordinal += 1) {
          const states = (await partitionsAt(ordinal)).map(({ state }) => state);
          expect(new Set(states)).toEqual(new Set(['serving']));
        }
      }, CAUGHT_UP_MS);
      let rows = 0;
      for (let at = 0; at < RANGES; at += 1) {
        for (const { name, oracle } of at % 10 === 0 ? topics : topics.slice(0, 1)) {
          const range = oracle.ask();
          rows += range.expected.length;
          const about = JSON.stringify({ name, ...range, expected: undefined });
          expect(await read(name, range, at % REPLICAS), about).toEqual(range.expected);
        }
      }
      expect(rows).toBeGreaterThan(10 * RANGES);
    };

    /** Ranges of both topics while replicas are killed and return: each is whole, or an error. */
    const checkWhileKilled = async (): Promise<void> => {
      const counts = { whole: 0, failed: 0 };
      const ending = new AbortController();
      const pollers = Array.from({ length: POLLERS }, async (_, poller) => {
        while (!ending.signal.aborted) {
          for (const { name, oracle } of topics) {
            const range = oracle.ask();
            const numbers = await read(name, range, poller % REPLICAS);
            counts[numbers === undefined ? 'failed' : 'whole'] += 1;
            if (numbers !== undefined) {
              expect(numbers).toEqual(range.expected);
            }
          }
        }
      });
      const killing = (async (): Promise<void> => {
        for (let turn = 0; counts.whole + counts.failed < POLLED || turn < REPLICAS; turn += 1) {
          await network.mirror(byKey, turn % REPLICAS).restart('SIGKILL');
        }
      })().finally(() => ending.abort());
      await Promise.all([killing, ...pollers]);
      expect(Math.min(counts.whole, counts.failed)).toBeGreaterThan(0);
    };

    const kills = new Map(
      [0.2, 0.6].map((share, ordinal) => [Math.floor((share + random() * 0.3) * ROUNDS), ordinal]),
    );
    for (let round = 0; round < ROUNDS; round += 1) {
      const writing = writeRound();
      const ordinal = kills.get(round);
      const victim = ordinal === undefined ? undefined : network.mirror(byKey, ordinal);
      if (ordinal !== undefined && victim !== undefined) {
        // In the midst of what is being written, with some of it applied.
        await eventually(
          async () => expect(await progress(ordinal)).toBeGreaterThan(0),
          CAUGHT_UP_MS,
        );
        await victim.kill('SIGKILL');
        const other = network.mirror(byCity, (ordinal + 1) % REPLICAS);
        // With a part of it dead the range is an error and not a shorter one.
        const answer = await call(`${other.url}${rangePath(byCity, 'rome')}?from=0`);
        expect(answer.status).toBe(503);
      }
      await writing;
      await victim?.start(false);
    }
    await check();
    await checkWhileKilled();
    // A rebuild, from the topic alone.
    await Promise.all(
      network.mirrors(byKey).map(async (replica, ordinal) => {
        await replica.kill('SIGKILL');
        await network.wipeMirror(byKey, ordinal);
        await replica.start();
      }),
    );
    await check();
  },
);
