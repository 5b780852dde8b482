import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

import { readConfig } from '@quicksilver/common/config/option';
import { createKafkaClient } from '@quicksilver/kafka/kafka-client';
import { partitionOf } from '@quicksilver/kafka/partitioner';
import type { KafkaClient } from '@quicksilver/kafka/ports';
import { createLog } from '@quicksilver/common/observe/log';
import { addPartitions } from '@quicksilver/testkit/add-partitions';
import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { kcatProduce } from '@quicksilver/testkit/kcat';
import { eventually } from '@quicksilver/testkit/eventually';
import { call, type Answer } from '@quicksilver/testkit/http-call';
import { readTopic } from '@quicksilver/testkit/oracle';
import { OwnBroker } from '@quicksilver/testkit/own-broker';
import { registerTopics, type NetworkTopic } from '@quicksilver/testkit/register-topics';
import { runService } from '@quicksilver/testkit/run-service';
import { describe, expect, test } from 'vitest';

import { assembleIngest } from './assemble.ts';
import { ingestOptions } from './config.ts';

interface TestIngest extends AsyncDisposable {
  readonly url: string;
}

interface IngestOptions {
  readonly topics: readonly NetworkTopic[];
  readonly env?: Readonly<Record<string, string>>;
  /** Where ingest finds Kafka; the run's broker by default. */
  readonly bootstrapServer?: string;
  /** Where the topics are registered. */
  readonly broker?: { readonly bootstrapServer: string; readonly jarsDir: string };
}

/** Ingest in this process, on a real broker, with a registry topic of its own. */
async function startIngest(options: IngestOptions): Promise<TestIngest> {
  const broker = options.broker ?? testBroker();
  const registry = uniqueTopic('__registry');
  await registerTopics({ broker, registry, topics: options.topics });
  const config = readConfig(ingestOptions, {
    QUICK_KAFKA_BOOTSTRAP_SERVER: options.bootstrapServer ?? broker.bootstrapServer,
    QUICK_TOPIC_REGISTRY_TOPIC_NAME: registry,
    QUICK_PORT: '0',
    QUICK_OPS_PORT: '0',
    // What is to be written is written, also by a broker that is slow for a while.
    QUICK_INGEST_DEADLINE_MS: '60000',
    QUICK_KAFKA_REQUEST_TIMEOUT_MS: '30000',
    ...options.env,
  });
  const log = createLog('test', 'error');
  const ingest = await runService(assembleIngest(config, { log }), { log, drainMs: 5_000 });
  await eventually(async () => {
    const { status } = await call(`${ingest.opsUrl}/readyz`);
    expect(status).toBe(200);
  }, 20_000);
  return ingest;
}

function kafkaClient(): KafkaClient {
  return createKafkaClient('platformatic', {
    bootstrapServers: [testBroker().bootstrapServer],
    clientId: 'ingest-test',
    requestTimeoutMs: 30_000,
    decompressedBytesMax: 67_108_864,
  });
}

/**
 * Number of unchanged checks in a row: half a second of the ten that a server waits for a client.
 */
const LOOKS_STILL = 20;
const NDJSON = { 'content-type': 'application/x-ndjson' };
const lineOf = (at: number): string => `{"key":"k${at}","value":${at}}`;
const linesOf = (answer: Answer): Record<string, unknown>[] =>
  answer.text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

// Hundreds of thousands of lines are seconds of work.
describe('a stream of lines', { timeout: 240_000 }, () => {
  test('I-W6: gets one outcome per line in the order of the lines, and the topic agrees', async () => {
    const topic = uniqueTopic('lines');
    await using ingest = await startIngest({ topics: [{ name: topic }] });
    const lines = Array.from({ length: 20_000 }, (_, at) =>
      at % 1_000 === 7 ? '{"key":7}' : lineOf(at),
    );
    const answer = await call(`${ingest.url}/${topic}`, {
      headers: NDJSON,
      body: lines.join('\n'),
    });
    expect(answer.status).toBe(207);
    const outcomes = linesOf(answer);
    expect(outcomes.map((outcome) => outcome['line'])).toEqual(lines.map((_, at) => at + 1));
    expect(outcomes.filter((outcome) => outcome['outcome'] === 'ok')).toHaveLength(19_980);
    expect(outcomes[7]).toMatchObject({ outcome: 'not_written', errorCode: 'VALUE_REQUIRED' });
    const places = new Map(
      outcomes.map(({ partition, offset }, at) => [`${String(partition)}:${String(offset)}`, at]),
    );
    const records = await readTopic(testBroker(), topic);
    expect(records).toHaveLength(19_980);
    expect(
      records.every(
        ({ partition, offset, value }) => String(places.get(`${partition}:${offset}`)) === value,
      ),
    ).toBe(true);
  });

  test('a line beyond the limit fails alone, and a body larger than any limit of JSON passes', async () => {
    const topic = uniqueTopic('long-line');
    await using ingest = await startIngest({
      topics: [{ name: topic }],
      env: { QUICK_INGEST_BODY_BYTES_MAX: '4096' },
    });
    const long = `{"key":"long","value":"${'x'.repeat(5_000)}"}`;
    const body = [lineOf(0), long, ...Array.from({ length: 1_000 }, (_, at) => lineOf(at))].join(
      '\n',
    );
    const outcomes = linesOf(await call(`${ingest.url}/${topic}`, { headers: NDJSON, body }));
    expect(outcomes).toHaveLength(1_002);
    expect(outcomes.filter(({ outcome }) => outcome !== 'ok')).toMatchObject([
      { line: 2, outcome: 'not_written', errorCode: 'BODY_TOO_LARGE' },
    ]);
  });

  test('without a single line is refused as an empty batch', async () => {
    const topic = uniqueTopic('no-line');
    await using ingest = await startIngest({ topics: [{ name: topic }] });
    const answer = await call(`${ingest.url}/${topic}`, { headers: NDJSON, body: '\n \n' });
    expect(answer.json()).toMatchObject({ status: 400, errorCode: 'EMPTY_BATCH' });
  });

  test('waits for a client that sends without reading, and goes on when it reads', async () => {
    // Each outcome has the name of the topic. All outcomes together exceed all buffers in between,
    // so at some point no more outcomes are written.
    const topic = uniqueTopic(`slow-reader-${'x'.repeat(190)}`);
    await using ingest = await startIngest({ topics: [{ name: topic }] });
    const { hostname, port } = new URL(ingest.url);
    const socket = connect({ host: hostname, port: Number(port) });
    socket.pause();
    const lines = 200_000;
    const body = Buffer.from(
      `${Array.from({ length: lines }, (_, at) => lineOf(at)).join('\n')}\n`,
    );
    const head = `POST /${topic} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\nConnection: close\r\n`;
    socket.write(`${head}Content-Length: ${body.length}\r\n\r\n`);
    socket.write(body);
    expect(await untilStill(topic)).toBeLessThan(lines);
    const outcomes = (await text(socket)).split('"outcome":"ok"').length - 1;
    expect(outcomes).toBe(lines);
  });
});

describe('topics', () => {
  test('a path may end with a slash, as clients of bakdata Quick write it', async () => {
    const topic = uniqueTopic('slash');
    await using ingest = await startIngest({ topics: [{ name: topic }] });
    const json = { key: 'a', value: 'b' };
    expect((await call(`${ingest.url}/${topic}/`, { json })).status).toBe(201);
    expect(await readTopic(testBroker(), topic)).toMatchObject([{ value: '"b"' }]);
  });

  test('I-W2: an immutable topic without a mirror is not written to, and the answer says what it lacks', async () => {
    const topic = uniqueTopic('no-mirror');
    await using ingest = await startIngest({
      topics: [{ name: topic, writeType: 'IMMUTABLE' }],
      env: { QUICK_SERVICES_TOPIC_NAME: uniqueTopic('__services') },
    });
    const answer = await call(`${ingest.url}/${topic}`, { json: { key: 'k', value: 1 } });
    expect(answer.json()).toMatchObject({
      status: 503,
      errorCode: 'MIRROR_UNAVAILABLE',
      outcome: 'not_written',
      detail: expect.stringContaining(`Topic ${topic} has no mirror`),
    });
    expect(answer.headers['retry-after']).toBe('1');
    expect(await readTopic(testBroker(), topic)).toEqual([]);
  });

  test('a key is written to the partition that the other producers of its topic choose', async () => {
    const [topic, theirs] = [uniqueTopic('librdkafka'), uniqueTopic('theirs')];
    const topics = [{ name: topic, partitions: 5, partitioner: 'consistent_random' as const }];
    await using ingest = await startIngest({ topics });
    await registerTopics({
      broker: testBroker(),
      registry: uniqueTopic('__registry'),
      topics: [{ name: theirs, partitions: 5 }],
    });
    const keys = Array.from({ length: 20 }, (_, at) => `key ${at}`);
    const answer = await call(`${ingest.url}/${topic}`, {
      json: keys.map((key) => ({ key, value: 1 })),
    });
    expect(answer.status, answer.text).toBe(201);
    const broker = testBroker();
    await kcatProduce({ ...broker, topic: theirs, records: keys.map((key) => [key, '1']) });
    const placesOf = async (name: string): Promise<string[]> =>
      (await readTopic(broker, name)).map(({ partition, key }) => `${key}@${partition}`).toSorted();
    expect(await placesOf(topic)).toEqual(await placesOf(theirs));
  });

  test('a topic with another number of partitions than registered is written by the number that Kafka has', async () => {
    const topic = uniqueTopic('grown');
    await using ingest = await startIngest({ topics: [{ name: topic }] });
    await addPartitions(testBroker(), topic, 8);
    const keys = Array.from({ length: 50 }, (_, at) => `key ${at}`);
    const answer = await call(`${ingest.url}/${topic}`, {
      json: keys.map((key) => ({ key, value: 1 })),
    });
    expect(answer.status, answer.text).toBe(201);
    const { results } = answer.json() as { results: { partition: number }[] };
    expect(results.map(({ partition }) => partition)).toEqual(
      keys.map((key) => partitionOf(Buffer.from(key), 8)),
    );
  });

  test('a topic that is deleted in Kafka is not found, and is written to when it is there again', async () => {
    const topic = uniqueTopic('recreated');
    await using ingest = await startIngest({ topics: [{ name: topic }] });
    await using kafka = closing(kafkaClient());
    const write = (): Promise<Answer> =>
      call(`${ingest.url}/${topic}`, { json: { key: 'k', value: 1 } });
    const before = await write();
    expect(before.status).toBe(201);
    await kafka.admin.delete(topic, AbortSignal.timeout(20_000));
    const gone = await eventually(async () => {
      const answer = await write();
      expect(answer.status).toBe(404);
      return answer;
    }, 20_000);
    expect(gone.json()).toMatchObject({ errorCode: 'TOPIC_NOT_FOUND', outcome: 'not_written' });
    await kafka.admin.create(
      { topic, partitions: 3, replicationFactor: 1 },
      AbortSignal.timeout(20_000),
    );
    const again = await eventually(async () => {
      const answer = await write();
      expect(answer.status).toBe(201);
      return answer;
    }, 20_000);
    const idOf = (answer: Answer): string | undefined =>
      answer.headers['x-quick-position']?.split('@')[1];
    expect(idOf(again)).toBeDefined();
    expect(idOf(again)).not.toBe(idOf(before));
  });
});

test('I-W2, I-W3: with a broker that is silent every request is answered in time, and no not_written is ever written', async () => {
  const { jarsDir } = testBroker();
  await using broker = await OwnBroker.start({ jarsDir, proxies: 1 });
  const proxy = broker.proxies[0];
  expect(proxy).toBeDefined();
  const topic = uniqueTopic('silent');
  await using ingest = await startIngest({
    topics: [{ name: topic, valueType: 'STRING' }],
    broker: { bootstrapServer: broker.bootstrapServer, jarsDir },
    bootstrapServer: proxy?.address ?? '',
    env: { QUICK_INGEST_DEADLINE_MS: '2000', QUICK_KAFKA_REQUEST_TIMEOUT_MS: '1000' },
  });
  const outcomes = new Map<string, string>();
  const write = async (value: string): Promise<number> => {
    const start = performance.now();
    const answer = await call(`${ingest.url}/${topic}`, { json: { key: value, value } });
    outcomes.set(value, String((answer.json() as { outcome?: unknown }).outcome));
    return performance.now() - start;
  };
  await write('before');
  await proxy?.set('blackhole');
  const tookMs = await Promise.all(Array.from({ length: 200 }, (_, at) => write(`during-${at}`)));
  // By the deadline of two seconds; without it they would wait for as long as the silence lasts.
  expect(Math.max(...tookMs)).toBeLessThan(20_000);
  await proxy?.set('pass');
  await eventually(async () => {
    await write('after');
    expect(outcomes.get('after')).toBe('ok');
  }, 40_000);
  const values = new Set(
    (await readTopic({ bootstrapServer: broker.bootstrapServer, jarsDir }, topic)).map(
      (record) => record.value,
    ),
  );
  const wrong = [...outcomes].filter(
    ([value, outcome]) =>
      (outcome === 'ok' && !values.has(value)) || (outcome === 'not_written' && values.has(value)),
  );
  expect(wrong).toEqual([]);
  expect(new Set(outcomes.values())).not.toContain('undefined');
}, 180_000);

/** Resolves with the number of records in a topic once it has some and stops growing. */
async function untilStill(topic: string): Promise<number> {
  const source = kafkaClient().source();
  let last = 0;
  let looksAlike = 0;
  try {
    return await eventually(async () => {
      const ends = await source.offsets(topic, 'latest', AbortSignal.timeout(20_000));
      const written = [...ends.values()].reduce((sum, end) => sum + Number(end), 0);
      looksAlike = written > 0 && written === last ? looksAlike + 1 : 0;
      last = written;
      expect(looksAlike, `${written} records`).toBeGreaterThanOrEqual(LOOKS_STILL);
      return written;
    }, 120_000);
  } finally {
    await source.close();
  }
}

function closing(
  client: KafkaClient,
): AsyncDisposable & { readonly admin: ReturnType<KafkaClient['admin']> } {
  const admin = client.admin();
  return { admin, [Symbol.asyncDispose]: () => admin.close() };
}
