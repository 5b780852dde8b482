import { setTimeout as pause } from 'node:timers/promises';

import { batchPath, keyPath } from '@quicksilver/contracts/mirror-api/contract';
import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { call } from '@quicksilver/testkit/http-call';
import { readTopic } from '@quicksilver/testkit/oracle';
import { readMetric } from '@quicksilver/testkit/read-metric';
import { TestNetwork } from '@quicksilver/testkit/test-network';
import { expect, test } from 'vitest';

import { SocketClient } from '../e2e/bad-input/socket-client.ts';
import { gatewayDoor, ingestDoor, raceSchema, RaceWriter } from './race-writer.ts';

const ROUNDS = 1_000;
const WRITERS = 64;
/** Keys of one request: each of them is a race of its own. */
const KEYS_AT_ONCE = 10;
/** The first keys come one to a request. */
const ALONE = 1_000;
/** Of the writers: the others write through the two ingests. */
const GATEWAY_WRITERS = 8;
/** In one of so many rounds these begin alone, because their path is longer and they rarely win. */
const HEAD_START_EVERY = 100;
/** Keys that a poller reads at once: the newest, whose winner is still open, and some others. */
const POLL_KEYS = 40;
/** As many fields as one operation may have under other names. */
const GATEWAY_POLL_KEYS = 15;
const POLL_MS = 30_000;
const SEEN_MS = 120_000;

const keyOf = (round: number): string => `key-${round}`;

/** Every value that anybody was answered with, by key. */
class Sightings {
  readonly values = new Map<string, Set<string>>();
  /** How often anything was seen, by the way on which it was. */
  readonly counts: Record<string, number> = {};

  add(way: string, value: string): void {
    const [key = ''] = value.split(' ');
    const seen = this.values.get(key) ?? new Set();
    this.values.set(key, seen.add(value));
    this.counts[way] = (this.counts[way] ?? 0) + 1;
  }

  /** Keys of which more than one value was seen. */
  get torn(): string[] {
    return [...this.values].filter(([, seen]) => seen.size > 1).map(([key]) => key);
  }
}

test('I-W5, I-W6: of 64 writers that race for a key, through two ingests and a gateway, one wins, and no reader sees another value, for 1,000 keys', async () => {
  const topic = uniqueTopic('race');
  await using network = await TestNetwork.start({
    broker: testBroker(),
    topics: [
      {
        name: topic,
        valueType: 'STRING',
        writeType: 'IMMUTABLE',
        configs: { 'cleanup.policy': 'delete' },
      },
    ],
    ingests: 2,
    // Two independent stores of all partitions; the other readers use the second one.
    mirrors: [
      { topics: [topic], replicas: 1 },
      { topics: [topic], replicas: 1 },
    ],
    schema: raceSchema(topic),
  });
  await using stack = new AsyncDisposableStack();
  const doors = ['ingest', 'ingest-1'].map((name) =>
    ingestDoor(network.service(name).address, topic),
  );
  const gateway = gatewayDoor(network.gateway.address);
  const writers = await Promise.all(
    Array.from({ length: WRITERS }, async (_, at) => {
      const door = at < GATEWAY_WRITERS ? gateway : (doors[at % 2] ?? gateway);
      return stack.use(await RaceWriter.open(door, at));
    }),
  );
  const seen = new Sightings();
  const followed = await follow(network.gateway.address, seen);
  stack.use(followed);
  const won = new Map<string, string[]>();
  const unknown = new Set<string>();
  let round = 0;
  const ending = new AbortController();
  const reads = [
    ...network
      .mirrors(topic)
      .flatMap(({ url }) => [
        (keys: readonly string[]) => readBatch(url, topic, keys, seen),
        (keys: readonly string[]) => readOne(url, topic, keys[0] ?? '', seen),
      ]),
    (keys: readonly string[]) => readGateway(network, keys.slice(0, GATEWAY_POLL_KEYS), seen),
  ];
  const pollers = reads.map(async (read, seed) => {
    for (let turn = seed; !ending.signal.aborted; turn += 1) {
      // Writers shall have most of the machine.
      await pause(10);
      const keys = Array.from({ length: POLL_KEYS }, (__, at) =>
        keyOf(at % 2 === 0 ? Math.max(0, round - at / 2) : (turn * 37 + at * 101) % (round + 1)),
      );
      await read(keys).catch(() => pause(20));
    }
  });
  const killing = Promise.withResolvers<void>();
  for (let count = 1; round < ROUNDS; round += count) {
    count = round < ALONE ? 1 : KEYS_AT_ONCE;
    const keys = Array.from({ length: count }, (_, at) => keyOf(round + at));
    const racing = writers.slice(0, GATEWAY_WRITERS).map((writer) => writer.race(keys));
    if (round % HEAD_START_EVERY === 0) {
      await Promise.race(racing);
    }
    racing.push(...writers.slice(GATEWAY_WRITERS).map((writer) => writer.race(keys)));
    const outcomes = await Promise.all(racing);
    outcomes.forEach((outcome) => outcome.unknown.forEach((key) => unknown.add(key)));
    for (const key of keys) {
      const winners = writers.filter((_, at) => outcomes[at]?.won.has(key));
      won.set(
        key,
        winners.map((writer) => writer.valueOf(key)),
      );
    }
    if (round === ROUNDS / 2) {
      void losesItsStore(network, topic).then(killing.resolve, killing.reject);
    }
  }
  round = ROUNDS - 1;
  await killing.promise;
  // A path without any reads would prove little.
  await eventually(() => {
    expect(Object.keys(seen.counts)).toHaveLength(4);
    expect(Object.values(seen.counts).filter((count) => count < ROUNDS / 2)).toEqual([]);
  }, SEEN_MS);
  ending.abort();
  await Promise.all(pollers);
  for (const { url } of network.mirrors(topic)) {
    for (let from = 0; from < ROUNDS; from += 500) {
      const keys = Array.from({ length: 500 }, (_, at) => keyOf(from + at));
      // No writer waits for this mirror, because it decides nothing.
      await eventually(async () => {
        expect(await readBatch(url, topic, keys, seen)).toBe(500);
      }, SEEN_MS);
    }
  }
  expect(seen.torn).toEqual([]);
  expect([...won].filter(([, values]) => values.length > 1)).toEqual([]);
  const differs = [...won].filter(
    ([key, [value]]) => value !== undefined && !seen.values.get(key)?.has(value),
  );
  expect(differs).toEqual([]);
  // While the mirror is away an outcome can be unknown; all other keys have their one winner.
  expect([...won].filter(([key, { length }]) => length === 0 && !unknown.has(key))).toEqual([]);
  expect(unknown.size).toBeLessThan(3 * KEYS_AT_ONCE);
  // Nor would a path without a winner.
  const winners = new Set([...won.values()].flat().map((value) => value.split(' ')[1]));
  expect(writers.slice(0, GATEWAY_WRITERS).filter(({ name }) => winners.has(name))).not.toEqual([]);
  // Nor would a race without a loser after the check.
  const lost = await Promise.all(
    ['ingest', 'ingest-1'].map((name) =>
      readMetric(network.service(name), 'ingest_key_exists_total', { found: 'after' }),
    ),
  );
  expect(lost.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(ROUNDS);
  expect((await readTopic(testBroker(), topic)).length).toBeGreaterThan(2 * ROUNDS);
});

/** The mirror that decides dies, and comes back with nothing. */
async function losesItsStore(network: TestNetwork, topic: string): Promise<void> {
  const mirror = network.mirror(topic, 1);
  await mirror.kill('SIGKILL');
  await network.wipeMirror(topic, 1);
  await mirror.start();
}

/** Answers how many of the keys have a value. */
async function readBatch(
  url: string,
  topic: string,
  keys: readonly string[],
  seen: Sightings,
): Promise<number> {
  const answer = await call(`${url}${batchPath(topic)}`, { json: keys, timeoutMs: POLL_MS });
  if (answer.status !== 200) {
    throw new Error(answer.text);
  }
  const values = (answer.json() as (string | null)[]).filter((value) => value !== null);
  values.forEach((value) => seen.add('batch', value));
  return values.length;
}

async function readOne(url: string, topic: string, key: string, seen: Sightings): Promise<void> {
  const answer = await call(`${url}${keyPath(topic, key)}`, { timeoutMs: POLL_MS });
  if (answer.status === 200) {
    seen.add('lookup', answer.json() as string);
  }
}

async function readGateway(
  network: TestNetwork,
  keys: readonly string[],
  seen: Sightings,
): Promise<void> {
  const fields = keys.map((key, at) => `r${at}: race(key: "${key}")`).join(' ');
  const { data } = await network.graphql(`{ ${fields} }`);
  for (const value of Object.values((data ?? {}) as Record<string, string | null>)) {
    if (value !== null) {
      seen.add('query', value);
    }
  }
}

/** Follows the topic until it is disposed of. */
async function follow(address: string, seen: Sightings): Promise<SocketClient> {
  const client = await SocketClient.ready(address);
  client.subscribe('1', 'subscription { race }');
  client.socket.on('message', () => {
    const { type, payload } = client.messages.at(-1) ?? { type: 'none' };
    const { data } = (payload ?? {}) as { data?: { race: string | null } | null };
    if (type === 'next' && typeof data?.race === 'string') {
      seen.add('subscription', data.race);
    }
  });
  return client;
}
