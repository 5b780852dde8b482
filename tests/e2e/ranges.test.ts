import { createKafkaClient } from '@quicksilver/common/kafka/kafka-client';
import { partitionOf } from '@quicksilver/common/kafka/partitioner';
import { rangePath, type MirrorStatus } from '@quicksilver/common/mirror-api/contract';
import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { call } from '@quicksilver/testkit/http-call';
import { TestNetwork } from '@quicksilver/testkit/test-network';
import { expect, test } from 'vitest';

const PARTITIONS = 6;
const REPLICAS = 3;
const KEYS = 40;
const CITIES = ['rome', 'oslo', 'lima'];
const ROUNDS = 2;
const ROUND_WRITES = 3_000;
const DEADLINE_MS = 30_000;

interface Row {
  readonly time: number;
  readonly city: string;
  readonly n: number;
}

/** The versions of each key, by time alone or by city and time. */
type Versions = Map<string, Map<string, Row>>;

test('I-R6, I-M1, M3: no range of three replicas misses a row or has one too many after kills with -9, and built anew', async () => {
  const byKey = uniqueTopic('ranges-key');
  const byCity = uniqueTopic('ranges-city');
  const given = {
    [byKey]: { rangeField: 'time' },
    [byCity]: { rangeField: 'time', rangeKey: 'city' },
  };
  await using network = await TestNetwork.start({
    broker: testBroker(),
    topics: [byKey, byCity].map((name) => ({
      name,
      partitions: PARTITIONS,
      configs: { 'cleanup.policy': 'delete' },
    })),
    mirrors: [{ topics: [byKey, byCity], replicas: REPLICAS }],
    ingests: 0,
    env: { mirror: { QUICK_MIRROR_ARGUMENTS: JSON.stringify(given) } },
  });
  const sink = createKafkaClient('platformatic', {
    bootstrapServers: [testBroker().bootstrapServer],
    clientId: 'ranges',
    requestTimeoutMs: 10_000,
    decompressedBytesMax: 67_108_864,
  }).sink();
  const oracle: Readonly<Record<string, Versions>> = { [byKey]: new Map(), [byCity]: new Map() };
  let written = 0;
  const random = (below: number): number => Math.floor(Math.random() * below);

  const writeRound = async (topic: string): Promise<void> => {
    const records = Array.from(
      { length: PARTITIONS },
      () => [] as { key: Buffer; value: Buffer | null }[],
    );
    for (let at = 0; at < ROUND_WRITES; at += 1) {
      const key = `k${random(KEYS)}`;
      const row = { time: random(200) - 100, city: CITIES[random(3)] ?? '', n: (written += 1) };
      const isRemoved = random(25) === 0;
      const versions = oracle[topic]?.get(key) ?? new Map<string, Row>();
      if (isRemoved) {
        versions.clear();
      } else {
        versions.set(topic === byCity ? `${row.city} ${row.time}` : String(row.time), row);
      }
      oracle[topic]?.set(key, versions);
      const value = isRemoved ? null : Buffer.from(JSON.stringify(row));
      records[partitionOf(Buffer.from(key), PARTITIONS)]?.push({ key: Buffer.from(key), value });
    }
    const batches = records.map((list, partition) => ({ topic, partition, records: list }));
    for (const result of await sink.produce(batches, DEADLINE_MS)) {
      expect(result).toMatchObject({ ok: true });
    }
  };

  const wanted = (topic: string, scope: string): number[] => {
    const entries = [...(oracle[topic] ?? [])].filter(([key]) => topic === byCity || key === scope);
    return entries
      .flatMap(([key, versions]) => [...versions.values()].map((row) => ({ key, ...row })))
      .filter(({ city }) => topic === byKey || city === scope)
      .toSorted((one, other) => one.time - other.time || (one.key < other.key ? -1 : 1))
      .map(({ n }) => n);
  };

  const read = async (topic: string, scope: string, ordinal: number): Promise<number[]> => {
    const found: number[] = [];
    let cursor = '';
    do {
      const path = `${rangePath(topic, scope)}?from=-100&limit=300${cursor}`;
      const answer = await call(`${network.mirror(topic, ordinal).url}${path}`);
      expect(answer.status, answer.text).toBe(200);
      const page = answer.json() as { items: Row[]; next: string | null };
      found.push(...page.items.map(({ n }) => n));
      cursor = page.next === null ? '' : `&cursor=${page.next}`;
    } while (cursor !== '');
    return found;
  };

  const caughtUp = async (): Promise<void> => {
    for (let ordinal = 0; ordinal < REPLICAS; ordinal += 1) {
      const { url } = network.mirror(byKey, ordinal);
      const status = (await call(`${url}/status`)).json() as MirrorStatus;
      const partitions = status.topics.flatMap((topic) => topic.partitions);
      expect(partitions).toHaveLength((2 * PARTITIONS) / REPLICAS);
      expect(
        partitions.every(({ state, lagRecords }) => state === 'serving' && lagRecords === '0'),
      ).toBe(true);
      const applied = partitions.reduce((sum, { nextOffset }) => sum + Number(nextOffset), 0);
      expect(applied).toBeGreaterThan(0);
    }
  };

  const check = async (): Promise<void> => {
    await eventually(async () => {
      await caughtUp();
      expect(await read(byCity, 'rome', 0)).toEqual(wanted(byCity, 'rome'));
      expect(await read(byKey, 'k0', 0)).toEqual(wanted(byKey, 'k0'));
    }, DEADLINE_MS);
    for (const [topic, scopes] of [
      [byKey, Array.from({ length: KEYS }, (_, at) => `k${at}`)],
      [byCity, CITIES],
    ] as const) {
      for (const [at, scope] of scopes.entries()) {
        expect(await read(topic, scope, at % REPLICAS), scope).toEqual(wanted(topic, scope));
      }
    }
  };

  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const victim = network.mirror(byKey, round % REPLICAS);
      const writing = Promise.all([writeRound(byKey), writeRound(byCity)]);
      await victim.kill('SIGKILL');
      const answer = await call(
        `${network.mirror(byCity, (round + 1) % REPLICAS).url}${rangePath(byCity, 'rome')}?from=0`,
      );
      // With a part of it dead the range is an error and not a shorter one.
      expect(answer.status).toBe(503);
      await writing;
      await victim.start();
    }
    await check();
    // Everything anew, from the topic alone.
    const replica = network.mirror(byKey, 1);
    await replica.kill('SIGKILL');
    await network.wipeMirror(byKey, 1);
    await replica.start();
    await check();
  } finally {
    await sink.close();
  }
});
