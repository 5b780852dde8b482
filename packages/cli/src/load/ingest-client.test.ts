import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { AppError } from '@quicksilver/common/errors/app-error';
import type { ErrorCode } from '@quicksilver/common/errors/catalog';
import { toProblem } from '@quicksilver/common/errors/problem';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { writeRecords } from './ingest-client.ts';

const RECORDS = [{ key: 'a', value: 1 }];
const WRITTEN = '{"results":[{"partition":1,"offset":9007199254740993,"outcome":"ok"}]}';
const POSITIONS = [{ partition: 1, offset: 9_007_199_254_740_993n }];
const NEVER = new AbortController().signal;

let server: Server;
let url = '';
/** The codes of the next answers; an empty list means success. */
let failures: ErrorCode[] = [];
let bodies: string[] = [];
let success = WRITTEN;

beforeEach(async () => {
  failures = [];
  bodies = [];
  success = WRITTEN;
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) {
      body += String(chunk);
    }
    bodies.push(`${request.url} ${body}`);
    const code = failures.shift();
    if (code === undefined) {
      response.writeHead(201).end(success);
    } else {
      const error = new AppError(code, `because of ${code}`);
      response.writeHead(error.status).end(JSON.stringify(toProblem(error, '/')));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

test('records go to the path of their topic as one array', async () => {
  expect(await writeRecords({ url, key: undefined }, 'a b', RECORDS, NEVER)).toEqual(POSITIONS);
  expect(bodies).toEqual(['/a%20b [{"key":"a","value":1}]']);
});

test.each<ErrorCode>(['WRITE_UNKNOWN', 'OVERLOADED', 'TOPIC_NOT_FOUND'])(
  'after %s the same records are sent again',
  async (code) => {
    failures = [code];
    expect(await writeRecords({ url, key: undefined }, 't', RECORDS, NEVER)).toEqual(POSITIONS);
    expect(bodies).toHaveLength(2);
    expect(bodies[0]).toBe(bodies[1]);
  },
);

test('rejected records are not sent again, and the error has the reason', async () => {
  failures = ['TYPE_MISMATCH'];
  await expect(writeRecords({ url, key: undefined }, 't', RECORDS, NEVER)).rejects.toThrow(
    'Ingest did not write records of topic t: because of TYPE_MISMATCH',
  );
  expect(bodies).toHaveLength(1);
});

test('an answer with a record that is not written is no success', async () => {
  success = '{"results":[{"outcome":"not_written","detail":"the queue is full"}]}';
  const stop = new AbortController();
  const writing = writeRecords({ url, key: undefined }, 't', RECORDS, stop.signal);
  await expect.poll(() => bodies.length, { timeout: 9_000 }).toBeGreaterThan(1);
  success = WRITTEN;
  expect(await writing).toEqual(POSITIONS);
});

test('a key that an immutable topic already has counts as loaded, without a position', async () => {
  success =
    '{"results":[{"outcome":"not_written","errorCode":"KEY_EXISTS"},{"partition":0,"offset":4,"outcome":"ok"}]}';
  expect(await writeRecords({ url, key: undefined }, 't', RECORDS, NEVER)).toEqual([
    undefined,
    { partition: 0, offset: 4n },
  ]);
  expect(bodies).toHaveLength(1);
});

test('an abort ends the attempts', async () => {
  const stop = new AbortController();
  failures = Array.from({ length: 100 }, () => 'OVERLOADED' as const);
  const writing = writeRecords({ url, key: undefined }, 't', RECORDS, stop.signal);
  await expect.poll(() => bodies.length, { timeout: 9_000 }).toBeGreaterThan(0);
  stop.abort();
  expect(await writing).toBeUndefined();
});
