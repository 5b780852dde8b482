import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { AppError } from '@quicksilver/common/errors/app-error';
import { toProblem } from '@quicksilver/common/errors/problem';
import { Secret } from '@quicksilver/common/config/secret';
import { afterEach, expect, test } from 'vitest';

import { IngestWriter } from './ingest-writer.ts';

const TOPIC = {
  name: 'a b',
  keyType: 'STRING',
  valueType: 'JSON',
  writeType: 'MUTABLE',
  partitions: 3,
} as const;
const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
});

/** A writer, an ingest with prepared responses, and the recorded requests and outcomes. */
async function writing(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const requests: string[] = [];
  const outcomes: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      requests.push(
        `${request.method} ${request.url} ${String(request.headers['x-api-key'])} ${body}`,
      );
      answer(request, response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const writer = new IngestWriter({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    peerKey: () => new Secret('peer'),
    onWrite: (_topic, outcome) => outcomes.push(outcome),
  });
  open.push(
    () => writer.close(),
    async () => server.close(),
  );
  const write = (valueJson: string | null = '1', timeoutMs = 20_000, more: object = {}) =>
    writer.write(TOPIC, { keyJson: '"k"', valueJson }, { timeoutMs, ...more });
  return { write, requests, outcomes, server };
}

test('a record is a POST and a removal a DELETE, with the peer key, and both return the position', async () => {
  const { write, requests } = await writing((_request, response) => {
    response.writeHead(201, { 'x-quick-position': '2:41@id' }).end('{}');
  });
  expect(await write('{"a":9007199254740993}')).toEqual({
    offsets: new Map([[2, 41n]]),
    topicId: 'id',
  });
  await write(null);
  expect(requests).toEqual([
    'POST /a%20b peer {"key":"k","value":{"a":9007199254740993}}',
    'DELETE /a%20b peer "k"',
  ]);
});

test.each([
  ['not_written', 'IMMUTABLE_TOPIC', new AppError('IMMUTABLE_TOPIC', 'it is there already')],
  [
    'unknown',
    'WRITE_UNKNOWN',
    new AppError('WRITE_UNKNOWN', 'the broker left', { extra: { outcome: 'unknown' } }),
  ],
])('an error of ingest is passed on: %s', async (outcome, code, error) => {
  const { write, outcomes } = await writing((request, response) => {
    const problem = toProblem(error, request.url ?? '');
    response.writeHead(error.status).end(JSON.stringify(problem));
  });
  await expect(write()).rejects.toMatchObject({ code, extra: { outcome } });
  expect(outcomes).toEqual([outcome]);
});

test('a response that is missing, incomplete or invalid leaves the outcome unknown', async () => {
  const late = await writing(() => undefined);
  await expect(late.write('1', 50)).rejects.toMatchObject({ code: 'WRITE_UNKNOWN' });
  const broken = await writing((request) => request.socket.destroy());
  await expect(broken.write()).rejects.toMatchObject({
    code: 'WRITE_UNKNOWN',
    extra: { outcome: 'unknown' },
  });
  const silent = await writing((_request, response) => response.writeHead(201).end('{}'));
  await expect(silent.write()).rejects.toMatchObject({ extra: { outcome: 'unknown' } });
  const endless = await writing((_request, response) => response.end('x'.repeat(100_000)));
  await expect(endless.write()).rejects.toMatchObject({ extra: { outcome: 'unknown' } });
});

test('if ingest cannot be reached, nothing was written', async () => {
  const { write, server } = await writing(() => undefined);
  server.close();
  await once(server, 'close');
  await expect(write()).rejects.toMatchObject({
    code: 'WRITE_NOT_DONE',
    extra: { outcome: 'not_written' },
  });
});

test('a write passes its idempotency key on, and errors about the key are passed back', async () => {
  const keys: unknown[] = [];
  const codes = ['IDEMPOTENCY_MISMATCH', 'IDEMPOTENCY_IN_FLIGHT'] as const;
  const { write } = await writing((request, response) => {
    keys.push(request.headers['idempotency-key']);
    const error = new AppError(codes[keys.length - 1] ?? 'INTERNAL', 'said');
    response.writeHead(error.status).end(JSON.stringify(toProblem(error, '/')));
  });
  const more = { idempotencyKey: 'once' };
  await expect(write('1', 20_000, more)).rejects.toMatchObject({
    code: codes[0],
    extra: { outcome: 'not_written' },
  });
  // The first request with the key may still be writing.
  await expect(write('1', 20_000, more)).rejects.toMatchObject({
    code: codes[1],
    extra: { outcome: 'unknown' },
  });
  expect(keys).toEqual(['once', 'once']);
});
