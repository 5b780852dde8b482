import { createKafkaClient } from '@quicksilver/kafka/kafka-client';
import type { KafkaRecord, RecordSource } from '@quicksilver/kafka/ports';
import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { call } from '@quicksilver/testkit/http-call';
import { RawConnection, rawRequest, sendRaw, type RawAnswer } from '@quicksilver/testkit/raw-http';
import { TestNetwork } from '@quicksilver/testkit/test-network';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { HTTP_ROWS } from './http-rows.ts';
import { BODY_ROWS } from './ingest-rows.ts';
import type { Row, RowTopics } from './row.ts';

const ROWS = [...BODY_ROWS, ...HTTP_ROWS].map((row) => ({ ...row, gets: row.code ?? '' }));

const topics: RowTopics = {
  json: uniqueTopic('bad-json'),
  integer: uniqueTopic('bad-integer'),
  long: uniqueTopic('bad-long'),
  double: uniqueTopic('bad-double'),
  immutable: uniqueTopic('bad-immutable'),
};
const SIGNAL_MS = 90_000;
/** Who waits for slow connections waits until their headers are given up, twice as long. */
const HINDERED_MS = 5_000;

describe('bad input to ingest', () => {
  let network: TestNetwork;
  let source: RecordSource;

  beforeAll(async () => {
    network = await TestNetwork.start({
      broker: testBroker(),
      topics: [
        { name: topics.json },
        { name: topics.integer, keyType: 'INTEGER', valueType: 'INTEGER' },
        { name: topics.long, keyType: 'LONG', valueType: 'LONG' },
        { name: topics.double, keyType: 'DOUBLE', valueType: 'DOUBLE' },
        { name: topics.immutable, valueType: 'STRING', writeType: 'IMMUTABLE' },
      ],
      mirrors: [{ topics: [topics.immutable], replicas: 1 }],
    });
    source = createKafkaClient('platformatic', {
      bootstrapServers: [testBroker().bootstrapServer],
      clientId: 'bad-input',
      requestTimeoutMs: 10_000,
      decompressedBytesMax: 67_108_864,
    }).source();
  });
  afterAll(async () => {
    await source.close();
    await network[Symbol.asyncDispose]();
  });

  /** Records in all topics of the table. */
  const records = async (): Promise<number> => {
    const signal = AbortSignal.timeout(SIGNAL_MS);
    const ends = await Promise.all(
      Object.values(topics).map((topic: string) => source.offsets(topic, 'latest', signal)),
    );
    return Number(ends.flatMap((end) => [...end.values()]).reduce((sum, end) => sum + end, 0n));
  };
  const writeGood = async (): Promise<void> => {
    const answer = await network.post(topics.json, { key: 'good', value: { fine: true } });
    expect(answer.status).toBe(201);
  };
  /** The record at a place that an answer named. */
  const recordAt = async (topic: string, answer: RawAnswer): Promise<KafkaRecord | undefined> => {
    const { partition, offset } = answer.json() as { partition: number; offset: number };
    const [fetched] = await source.fetch([{ topic, partition, offset: BigInt(offset) }], {
      maxWaitMs: 500,
      maxBytesPerPartition: 1_048_576,
      signal: AbortSignal.timeout(SIGNAL_MS),
    });
    return fetched?.records[0];
  };
  const keyAt = async (topic: string, answer: RawAnswer): Promise<string> =>
    (await recordAt(topic, answer))?.key?.toString('hex') ?? 'nothing';
  const valueAt = async (topic: string, answer: RawAnswer): Promise<string> =>
    (await recordAt(topic, answer))?.value?.toString('hex') ?? 'nothing';
  const write = (topic: string, body: string): Promise<RawAnswer> =>
    sendRaw(
      network.ingest.address,
      rawRequest({ path: `/${topic}`, headers: [['Content-Type', 'application/json']], body }),
    );

  test.each(ROWS)('row $row: $input gets $status $gets', async (row) => {
    const before = await records();
    await using connection = await RawConnection.open(network.ingest.address);
    void connection.send(row.bytes(topics));
    expectAnswer(await connection.answer(), row);
    if (row.closes === true) {
      await connection.closed();
    }
    await writeGood();
    expect(await records()).toBe(before + (row.records ?? 0) + 1);
  });

  test.each([
    [10, '{"__proto__":{"admin":true}}'],
    [11, '{"constructor":{"prototype":{"x":1}}}'],
  ])('row %i: %s is stored as plain data', async (_row, value) => {
    const answer = await write(topics.json, `{"key":"proto","value":${value}}`);
    expect(answer.status).toBe(201);
    expect(Buffer.from(await valueAt(topics.json, answer), 'hex').toString()).toBe(value);
    await writeGood();
  });

  test.each([
    [29, '9007199254740993', '0020000000000001'],
    [29, '"9007199254740993"', '0020000000000001'],
    [31, '"9223372036854775807"', '7fffffffffffffff'],
    [31, '"-9223372036854775808"', '8000000000000000'],
  ])('row %i: the long %s is stored exactly', async (_row, json, hex) => {
    const answer = await write(topics.long, `{"key":${json},"value":${json}}`);
    expect(answer.status).toBe(201);
    expect(await valueAt(topics.long, answer)).toBe(hex);
  });

  test('row 28: -0 is the same integer key as 0', async () => {
    const zero = await write(topics.integer, '{"key":0,"value":-0}');
    const minusZero = await write(topics.integer, '{"key":-0,"value":0}');
    expect(await valueAt(topics.integer, zero)).toBe('00000000');
    expect(await keyAt(topics.integer, zero)).toBe('00000000');
    expect(await keyAt(topics.integer, minusZero)).toBe('00000000');
  });

  test('row 44: an unknown topic gets 404 and is not created', async () => {
    const name = uniqueTopic('never-created');
    const answer = await write(name, '{"key":"k","value":1}');
    expect(answer.json()).toMatchObject({ status: 404, errorCode: 'TOPIC_NOT_FOUND' });
    expect(await source.describe(name, AbortSignal.timeout(SIGNAL_MS))).toBeUndefined();
  });

  test('row 48: the same value again for a key of an immutable topic gets 409', async () => {
    const pair = '{"key":"again","value":"same"}';
    expect((await write(topics.immutable, pair)).status).toBe(201);
    const before = await records();
    expectAnswer(await write(topics.immutable, pair), {
      status: 409,
      code: 'KEY_EXISTS',
      says: `The following keys already exist for immutable topic ${topics.immutable}: again`,
    });
    const batch = await write(topics.immutable, `[${pair},${pair.replace('again', 'twice')}]`);
    expectAnswer(batch, { status: 409, code: 'KEY_EXISTS', says: ': again, twice"' });
    expect(await records()).toBe(before);
  });

  test('row 50: the same Idempotency-Key with another body, path or method is no retry', async () => {
    const path = `/${topics.json}`;
    const keyed = (method: string, at: string, body: string): Promise<RawAnswer> =>
      sendRaw(
        network.ingest.address,
        rawRequest({
          method,
          path: at,
          headers: [
            ['Content-Type', 'application/json'],
            ['Idempotency-Key', '"row-50"'],
          ],
          body,
        }),
      );
    const first = await keyed('POST', path, '{"key":"k","value":1}');
    expect(first.status).toBe(201);
    const before = await records();
    expectAnswer(await keyed('POST', path, '{"key":"k","value":2}'), {
      status: 422,
      code: 'IDEMPOTENCY_MISMATCH',
    });
    const again = await keyed('POST', path, '{"key":"k","value":1}');
    expect([again.text, again.headers['idempotency-replayed']]).toEqual([first.text, 'true']);
    expect(await records()).toBe(before);
    // Another method and another topic are other requests.
    expect((await keyed('DELETE', path, '"k"')).status).toBe(200);
    expect((await keyed('POST', `/${topics.integer}`, '{"key":1,"value":1}')).status).toBe(201);
  });

  test('row 54: the answer to a complete request is not replaced when nonsense follows it', async () => {
    const before = await records();
    await using connection = await RawConnection.open(network.ingest.address);
    const request = rawRequest({
      path: `/${topics.json}`,
      headers: [['Content-Type', 'application/json']],
      body: '{"key":"k","value":1}',
    });
    await connection.send(Buffer.concat([request, Buffer.from('\0\0 nonsense\r\n\r\n')]));
    expect(await connection.answer()).toMatchObject({ status: 201 });
    await connection.closed();
    expect(await records()).toBe(before + 1);
  });

  test.concurrent('row 52: 500 connections that send a header byte now and then are closed, and delay no client', async () => {
    const slow = await Promise.all(
      Array.from({ length: 500 }, () => RawConnection.open(network.ingest.address)),
    );
    for (const connection of slow) {
      void connection.send(`POST /${topics.json} HTTP/1.1\r\nX: `);
    }
    const latencies: number[] = [];
    const trickle = setInterval(() => {
      for (const connection of slow) {
        void connection.send('a');
      }
    }, 2_000);
    try {
      for (let at = 0; at < 200; at += 1) {
        const start = performance.now();
        await writeGood();
        latencies.push(performance.now() - start);
      }
      await Promise.all(slow.map((connection) => connection.closed(90_000)));
    } finally {
      clearInterval(trickle);
    }
    expect(latencies.toSorted((a, b) => a - b)[198]).toBeLessThan(HINDERED_MS);
  });

  test.concurrent('row 53: a body that comes byte by byte gets 408 within the time of a request', async () => {
    await using connection = await RawConnection.open(network.ingest.address);
    const path = `/${topics.json}`;
    const type = 'Content-Type: application/json';
    await connection.send(
      `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${type}\r\nContent-Length: 1000\r\n\r\n`,
    );
    const trickle = setInterval(() => void connection.send(' '), 1_000);
    try {
      expectAnswer(await connection.answer(120_000), { status: 408, code: 'REQUEST_TIMEOUT' });
      await connection.closed();
      expect(connection.isClosed).toBe(true);
    } finally {
      clearInterval(trickle);
    }
  });

  test('row 60: a thousand clients that leave in mid-upload leave nothing behind', async () => {
    const before = await records();
    const openFiles = async (): Promise<number> => {
      const { text } = await call(`${network.ingest.opsUrl}/metrics`);
      return Number(/^process_open_fds (\d+)$/m.exec(text)?.[1]);
    };
    await writeGood();
    const filesBefore = await openFiles();
    const start = rawRequest({
      path: `/${topics.json}`,
      headers: [
        ['Content-Type', 'application/json'],
        ['Content-Length', '30'],
      ],
      body: '{"key":"k","val',
    });
    for (let round = 0; round < 20; round += 1) {
      await Promise.all(
        Array.from({ length: 50 }, async () => {
          const connection = await RawConnection.open(network.ingest.address);
          await connection.send(start);
          connection.destroy();
        }),
      );
    }
    await writeGood();
    await eventually(async () => expect(await openFiles()).toBeLessThan(filesBefore + 20), 90_000);
    expect(await records()).toBe(before + 2);
    expect(network.ingest.tail()).not.toMatch(/"level":"error"/);
  });

  test('every row a hundred times over leaves no connection and no record waiting', async () => {
    const once = ROWS.filter((row) => row.status >= 400 && row.bytes(topics).length < 10_000);
    for (let round = 0; round < 100; round += 1) {
      await Promise.all(
        once.map(async (row) => {
          await using connection = await RawConnection.open(network.ingest.address);
          void connection.send(row.bytes(topics));
          expectAnswer(await connection.answer(), row);
        }),
      );
    }
    await writeGood();
    const { text } = await call(`${network.ingest.opsUrl}/metrics`);
    expect(text).toMatch(/^ingest_queue_records 0$/m);
    expect(network.ingest.tail()).not.toMatch(/"level":"error"/);
  });
});

/** The answer, and that it has the form of all errors: no more than what a client needs. */
function expectAnswer(
  answer: RawAnswer | undefined,
  expected: Pick<Row, 'status' | 'code' | 'says'>,
): void {
  expect(answer).toMatchObject({ status: expected.status });
  const body = answer?.json() ?? {};
  if (expected.status >= 400) {
    expect(body).toMatchObject({
      code: expected.status,
      status: expected.status,
      retry: expect.any(String),
    });
    expect(String(body['detail']).length).toBeLessThanOrEqual(501);
    expect(answer?.text).not.toMatch(/node_modules|\.ts:\d|node:internal/);
  }
  if (expected.status === 405) {
    expect(answer?.headers['allow']).toMatch(/\b(?:POST|DELETE)\b/);
  }
  if (expected.code !== undefined) {
    expect(body['errorCode']).toBe(expected.code);
  }
  expect(answer?.text).toContain(expected.says ?? '');
}
