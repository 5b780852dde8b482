import { mirrorNameOf } from '@quicksilver/contracts/control/resource-name';
import { addPartitions } from '@quicksilver/testkit/add-partitions';
import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { call, type Answer } from '@quicksilver/testkit/http-call';
import { ManagedNetwork } from '@quicksilver/testkit/managed-network';
import { readTopic } from '@quicksilver/testkit/oracle';
import { TestNetwork } from '@quicksilver/testkit/test-network';
import { expect, test } from 'vitest';

const BEFORE = 3;
const AFTER = 6;
const DEADLINE_MS = 90_000;
const TEST_MS = 600_000;
/** On a slow machine too the mirror has the time to say where a key is. */
const PATIENT = { QUICK_INGEST_DEADLINE_MS: '60000' };
/** Keys of before, written again and again. */
const OLD_KEYS = Array.from({ length: 30 }, (_, at) => `old ${at}`);

/** Writes old keys and new ones in turn, and reads each at once with the position of its write. */
class Load {
  /** The last value of each key that was acknowledged. */
  readonly values = new Map<string, number>();
  /** Answers that no client should get, other than 503 with a hint to retry. */
  readonly wrong: string[] = [];
  /** Of writes and reads since the last reset. */
  retries = 0;
  rounds = 0;
  /** To which writes went. */
  readonly partitions = new Set<number>();
  readonly #write: (key: string, value: number) => Promise<Answer>;
  readonly #read: (key: string, position: string) => Promise<Answer>;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(
    write: (key: string, value: number) => Promise<Answer>,
    read: (key: string, position: string) => Promise<Answer>,
  ) {
    this.#write = write;
    this.#read = read;
  }

  async fill(): Promise<void> {
    while (this.values.size < OLD_KEYS.length && this.wrong.length === 0) {
      for (const key of OLD_KEYS) {
        await this.#turn(key);
      }
    }
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const old = OLD_KEYS[this.rounds % OLD_KEYS.length] ?? '';
      await this.#turn(this.rounds % 2 === 0 ? old : `new ${this.rounds}`);
      this.rounds += 1;
    }
  }

  async #turn(key: string): Promise<void> {
    const value = (this.values.get(key) ?? 0) + 1;
    const written = await this.#write(key, value);
    if (written.status === 503) {
      this.retries += 1;
      return;
    }
    const position = written.headers['x-quick-position'];
    if (written.status !== 201 || position === undefined) {
      this.wrong.push(`write of ${key}: ${written.text}`);
      return;
    }
    this.values.set(key, value);
    this.partitions.add(Number.parseInt(position, 10));
    const read = await this.#read(key, position);
    if (read.status === 503) {
      this.retries += 1;
      return;
    }
    // 504: on a slow machine the mirror may not have come so far in time.
    if (read.status !== 504 && (read.status !== 200 || read.text !== String(value))) {
      this.wrong.push(`read of ${key} after ${position}: ${read.status} ${read.text}`);
    }
  }
}

/** No key is lost, and each is in one partition and once in the list. */
async function expectAll(
  load: Load,
  topic: string,
  origins: readonly string[],
  list: () => Promise<readonly number[]>,
): Promise<void> {
  expect(load.wrong).toEqual([]);
  for (const origin of origins) {
    for (const [key, value] of load.values) {
      await eventually(async () => {
        const answer = await call(`${origin}/topics/${topic}/keys/${encodeURIComponent(key)}`);
        expect([key, answer.text]).toEqual([key, String(value)]);
      }, DEADLINE_MS);
    }
  }
  const values = [...load.values.values()].toSorted((a, b) => a - b);
  expect((await list()).toSorted((a, b) => a - b)).toEqual(values);
  const places = new Map<string, Set<number>>();
  for (const { key, partition } of await readTopic(testBroker(), topic)) {
    places.set(key ?? '', (places.get(key ?? '') ?? new Set()).add(partition));
  }
  expect([...places].filter(([, partitions]) => partitions.size > 1)).toEqual([]);
  expect(new Set([...places.values()].flatMap((each) => [...each])).size).toBe(AFTER);
}

/** Reads and writes go on for a while without any answer that asks to retry. */
async function expectQuiet(load: Load): Promise<void> {
  // Ingest learns of the partitions too, and fills all of them.
  await eventually(() => expect(load.partitions.size).toBe(AFTER), DEADLINE_MS);
  load.retries = 0;
  const from = load.rounds;
  await eventually(() => expect(load.rounds).toBeGreaterThan(from + 30), DEADLINE_MS);
  expect(load.retries).toBe(0);
}

test(
  'partitions are added while two replicas are read and written, and the registry never learns of it',
  async () => {
    const topic = uniqueTopic('grown');
    await using network = await TestNetwork.start({
      broker: testBroker(),
      topics: [{ name: topic, partitions: BEFORE }],
      mirrors: [{ topics: [topic], replicas: 2 }],
      env: { ingest: PATIENT },
      schema: `type Query {
        value(key: ID!): Int @topic(name: "${topic}", keyArgument: "key")
        values: [Int!]! @topic(name: "${topic}")
      }`,
    });
    const { url } = network.mirror(topic);
    const load = new Load(
      (key, value) => network.post(topic, { key, value }),
      (key, position) =>
        call(`${url}/topics/${topic}/keys/${encodeURIComponent(key)}`, {
          headers: { 'x-quick-min-position': position },
        }),
    );
    await load.fill();
    load.start();
    await addPartitions(testBroker(), topic, AFTER);
    const origins = network.mirrors(topic).map((mirror) => mirror.url);
    for (const origin of origins) {
      await eventually(async () => {
        const { text } = await call(`${origin}/topics/${topic}/partitions`);
        expect(Object.keys(JSON.parse(text) as object)).toHaveLength(AFTER);
        expect((await call(`${origin}/topics/${topic}/keys/none`)).status).toBe(404);
      }, DEADLINE_MS);
    }
    await expectQuiet(load);
    await load.stop();
    await expectAll(load, topic, origins, async () => {
      const { data, errors } = await network.graphql('{ values }');
      expect(errors).toBeUndefined();
      return (data as { values: number[] }).values;
    });
  },
  TEST_MS,
);

test(
  'partitions are added to a topic that is managed: its status stays Running, and the registry has the new number',
  async () => {
    await using network = await ManagedNetwork.start({ env: PATIENT });
    const topic = uniqueTopic('managed');
    await network.mustSend('PUT', `/topic/${topic}`, {
      key: 'string',
      value: 'int',
      partitions: BEFORE,
    });
    const [address] = await network.addresses('mirror', mirrorNameOf(topic));
    const origin = `http://${address}`;
    const load = new Load(
      (key, value) => call(`${network.ingest.url}/${topic}`, { json: { key, value } }),
      (key, position) =>
        call(`${origin}/topics/${topic}/keys/${encodeURIComponent(key)}`, {
          headers: { 'x-quick-min-position': position },
        }),
    );
    await eventually(async () => {
      expect((await call(`${origin}/topics/${topic}/keys/none`)).status).toBe(404);
    }, DEADLINE_MS);
    await load.fill();
    load.start();
    await addPartitions(testBroker(), topic, AFTER);
    await eventually(async () => {
      const described = (await network.mustSend('GET', `/topic/${topic}`)).json();
      expect(described).toMatchObject({ partitions: AFTER, status: { state: 'Running' } });
      const mirror = (await network.resources()).find(({ name }) => name === mirrorNameOf(topic));
      expect(mirror?.status?.state).toBe('Running');
    }, DEADLINE_MS);
    await expectQuiet(load);
    await load.stop();
    await expectAll(load, topic, [origin], async () => {
      const { text } = await call(`${origin}/topics/${topic}/keys?limit=1000`);
      const { items, next } = JSON.parse(text) as { items: { value: number }[]; next: unknown };
      expect(next).toBeNull();
      return items.map(({ value }) => value);
    });
  },
  TEST_MS,
);
