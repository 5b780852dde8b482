import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

import { batchPath } from '@quicksilver/common/mirror-api/contract';
import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { call } from '@quicksilver/testkit/http-call';
import { readTopic } from '@quicksilver/testkit/oracle';
import { rawRequest } from '@quicksilver/testkit/raw-http';
import { readMetric } from '@quicksilver/testkit/read-metric';
import { TestNetwork } from '@quicksilver/testkit/test-network';
import { expect, test } from 'vitest';

const ROUNDS = 1_000;
const WRITERS = 64;
/** Keys of one request: each of them is a race of its own. */
const KEYS_AT_ONCE = 10;
const POLLERS_PER_MIRROR = 2;
/** Keys that a poller asks for at once: the newest, where values are decided, and some of the others. */
const POLL_KEYS = 40;
/** A writer whose mirror is away tries again, up to here. */
const WRITE_MS = 20_000;
const POLL_MS = 5_000;

const keyOf = (round: number): string => `key-${round}`;

/** Every value that anybody was answered with, by key. */
class Sightings {
  readonly values = new Map<string, Set<string>>();

  add(key: string, value: string): void {
    const seen = this.values.get(key) ?? new Set();
    this.values.set(key, seen.add(value));
  }

  /** Keys of which more than one value was seen. */
  get torn(): string[] {
    return [...this.values].filter(([, seen]) => seen.size > 1).map(([key]) => key);
  }
}

test('I-W5, I-W6: of 64 writers that race for a key one wins, and nobody ever sees another value, for 1,000 keys', async () => {
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
    // Two stores of all partitions, which know nothing of each other; ingest asks the second one.
    mirrors: [
      { topics: [topic], replicas: 1 },
      { topics: [topic], replicas: 1 },
    ],
  });
  await using stack = new AsyncDisposableStack();
  const writers = await Promise.all(
    Array.from({ length: WRITERS }, async (_, at) => {
      const ingest = network.service(at % 2 === 0 ? 'ingest' : 'ingest-1');
      return stack.use(await Writer.open(ingest.address, topic, at));
    }),
  );
  const seen = new Sightings();
  const won = new Map<string, string[]>();
  let round = 0;
  const ending = new AbortController();
  const pollers = network.mirrors(topic).flatMap((mirror) =>
    Array.from({ length: POLLERS_PER_MIRROR }, async (_, seed) => {
      for (let turn = seed; !ending.signal.aborted; turn += 1) {
        // Writers shall have most of the machine.
        await pause(5);
        const keys = Array.from({ length: POLL_KEYS }, (__, at) =>
          keyOf(at % 2 === 0 ? Math.max(0, round - at / 2) : (turn * 37 + at * 101) % (round + 1)),
        );
        await poll(mirror.url, topic, keys, seen).catch(() => pause(20));
      }
    }),
  );
  const killing = Promise.withResolvers<void>();
  for (; round < ROUNDS; round += KEYS_AT_ONCE) {
    const keys = Array.from({ length: KEYS_AT_ONCE }, (_, at) => keyOf(round + at));
    const wins = await Promise.all(writers.map((writer) => writer.wins(keys)));
    for (const key of keys) {
      won.set(
        key,
        writers.filter((_, at) => wins[at]?.has(key)).map(({ name }) => name),
      );
    }
    if (round === ROUNDS / 2) {
      void losesItsStore(network, topic).then(killing.resolve, killing.reject);
    }
  }
  await killing.promise;
  ending.abort();
  await Promise.all(pollers);
  for (const mirror of network.mirrors(topic)) {
    for (let from = 0; from < ROUNDS; from += 500) {
      const keys = Array.from({ length: 500 }, (_, at) => keyOf(from + at));
      expect(await poll(mirror.url, topic, keys, seen)).toBe(500);
    }
  }
  expect(seen.torn).toEqual([]);
  expect([...won].filter(([, values]) => values.length > 1)).toEqual([]);
  const differs = [...won].filter(
    ([key, [value]]) => value !== undefined && !seen.values.get(key)?.has(value),
  );
  expect(differs).toEqual([]);
  // While the mirror is away an outcome can be unknown; all other keys have their winner.
  expect([...won.values()].filter((values) => values.length === 0).length).toBeLessThan(
    3 * KEYS_AT_ONCE,
  );
  // A race that nobody lost after the look would prove little.
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

interface Result {
  readonly outcome: 'ok' | 'not_written' | 'unknown';
  readonly errorCode?: string;
}

function isUndone(result: Result | undefined): boolean {
  return result?.outcome === 'not_written' && result.errorCode !== 'KEY_EXISTS';
}

/** A client with a connection of its own, as cheap as it can be: there are 64,000 writes. */
class Writer implements AsyncDisposable {
  readonly name: string;
  readonly #topic: string;
  readonly #turn: number;
  readonly #socket: Socket;
  #received = '';
  #answered: PromiseWithResolvers<string> = Promise.withResolvers();

  private constructor(socket: Socket, topic: string, turn: number) {
    this.#socket = socket;
    this.#topic = topic;
    this.#turn = turn;
    this.name = `w${turn}`;
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      this.#received += chunk;
      const [head = '', body] = this.#received.split('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1]);
      if (body !== undefined && body.length >= length) {
        this.#received = '';
        this.#answered.resolve(body);
      }
    });
    socket.on('close', () => this.#answered.reject(new Error('ingest closed the connection')));
  }

  static async open(address: string, topic: string, turn: number): Promise<Writer> {
    const [host, port] = address.split(':');
    const socket = connect({ host: String(host), port: Number(port), noDelay: true });
    await once(socket, 'connect');
    return new Writer(socket, topic, turn);
  }

  /**
   * Writes its name under each key and answers where it was first. What is certainly not written for
   * lack of a mirror is tried again.
   */
  async wins(keys: readonly string[]): Promise<ReadonlySet<string>> {
    const endMs = performance.now() + WRITE_MS;
    const wins = new Set<string>();
    // Each writer begins with another key, so that not one of them wins them all.
    let open = [
      ...keys.slice(this.#turn % keys.length),
      ...keys.slice(0, this.#turn % keys.length),
    ];
    while (open.length > 0) {
      const answer = await this.#post(JSON.stringify(open.map((key) => this.#pair(key))));
      const { results } = JSON.parse(answer) as { results: readonly Result[] };
      open.filter((_, at) => results[at]?.outcome === 'ok').forEach((key) => wins.add(key));
      open = open.filter((_, at) => isUndone(results[at]));
      if (open.length > 0 && performance.now() > endMs) {
        throw new Error(`${this.name} was answered: ${answer}`);
      }
      await (open.length > 0 ? pause(50) : undefined);
    }
    return wins;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#answered.promise.catch(() => {});
    this.#socket.destroy();
    await Promise.resolve();
  }

  #pair(key: string): object {
    return { key, value: this.name };
  }

  async #post(body: string): Promise<string> {
    this.#answered = Promise.withResolvers();
    const headers = [['Content-Type', 'application/json']] as const;
    this.#socket.write(rawRequest({ path: `/${this.#topic}`, headers, body }));
    return await this.#answered.promise;
  }
}

/** Answers how many of the keys have a value. */
async function poll(
  url: string,
  topic: string,
  keys: readonly string[],
  seen: Sightings,
): Promise<number> {
  const answer = await call(`${url}${batchPath(topic)}`, { json: keys, timeoutMs: POLL_MS });
  if (answer.status !== 200) {
    throw new Error(answer.text);
  }
  const values = answer.json() as (string | null)[];
  values.forEach((value, at) => {
    if (value !== null) {
      seen.add(keys[at] ?? '', value);
    }
  });
  return values.filter((value) => value !== null).length;
}
