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

test('I-W5: of 64 writers that race for a key one wins, and nobody ever sees another value, 1,000 times', async () => {
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
      return stack.use(await Writer.open(ingest.address, topic, `w${at}`));
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
  for (; round < ROUNDS; round += 1) {
    const key = keyOf(round);
    const wins = await Promise.all(writers.map((writer) => writer.wins(key)));
    won.set(
      key,
      writers.filter((_, at) => wins[at]).map(({ name }) => name),
    );
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
  expect([...won.values()].filter((values) => values.length === 0).length).toBeLessThan(5);
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

/** A client with a connection of its own, as cheap as it can be: there are 64,000 writes. */
class Writer implements AsyncDisposable {
  readonly name: string;
  readonly #topic: string;
  readonly #socket: Socket;
  #received = '';
  #answered: PromiseWithResolvers<string> = Promise.withResolvers();

  private constructor(socket: Socket, topic: string, name: string) {
    this.#socket = socket;
    this.#topic = topic;
    this.name = name;
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      this.#received += chunk;
      const [head = '', body] = this.#received.split('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1]);
      if (body !== undefined && body.length >= length) {
        this.#received = '';
        this.#answered.resolve(`${head.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length)} ${body}`);
      }
    });
    socket.on('close', () => this.#answered.reject(new Error('ingest closed the connection')));
  }

  static async open(address: string, topic: string, name: string): Promise<Writer> {
    const [host, port] = address.split(':');
    const socket = connect({ host: String(host), port: Number(port), noDelay: true });
    await once(socket, 'connect');
    return new Writer(socket, topic, name);
  }

  /** Writes its name under the key. What is certainly not written for lack of a mirror is tried again. */
  async wins(key: string): Promise<boolean> {
    const endMs = performance.now() + WRITE_MS;
    for (;;) {
      const answer = await this.#post(JSON.stringify({ key, value: this.name }));
      if (/^(?:201|409|504) /.test(answer) || performance.now() > endMs) {
        if (!/^(?:201|409 .*"errorCode":"KEY_EXISTS"|504 .*"outcome":"unknown")/.test(answer)) {
          throw new Error(`${this.name} was answered: ${answer}`);
        }
        return answer.startsWith('201');
      }
      await pause(50);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#answered.promise.catch(() => {});
    this.#socket.destroy();
    await Promise.resolve();
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
