import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';

import { readConfig } from '@quicksilver/common/config/option';
import { HttpServer } from '@quicksilver/common/http/http-server';
import { createRegistry } from '@quicksilver/common/observe/metrics-registry';
import { RawConnection } from '@quicksilver/testkit/raw-http';
import { runService } from '@quicksilver/testkit/run-service';
import { silentLog } from '@quicksilver/testkit/silent-log';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { assembleEdge } from '../assemble.ts';
import { edgeOptions } from '../config.ts';

/** How long to wait before the next piece. */
type Gap = 'none' | 'turn' | 'pause';

interface Piece {
  readonly length: number;
  readonly gap: Gap;
}

interface Exchange {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly framing: 'length' | 'chunked';
  readonly expectsContinue: boolean;
  readonly body: readonly Piece[];
  /** When the service answers: after the body, beside it, or before it and without reading it. */
  readonly moment: 'after' | 'beside' | 'before';
  readonly reading: Gap;
  readonly answer: readonly Piece[];
  readonly answerFraming: 'length' | 'chunked';
}

/** What the service received of a body. */
interface Arrival {
  readonly digest: string;
  readonly isWhole: boolean;
}

const TEXT_LENGTH = 2_097_152;
/** No two places of it look alike, so that a lost, a doubled and a swapped piece are seen. */
const TEXT = Buffer.from(
  Array.from({ length: TEXT_LENGTH / 8 }, (_, at) => String(at).padStart(7, '0')).join(' '),
);
const EARLY_STATUS = 422;
const BODY_MAX = 1_000;
const HANGS_MS = 300_000;

const gap = fc.constantFrom<Gap>('none', 'none', 'none', 'turn', 'pause');
const piece: fc.Arbitrary<Piece> = fc.record({
  length: fc.oneof(
    fc.integer({ min: 1, max: 50 }),
    fc.integer({ min: 1_000, max: 20_000 }),
    fc.integer({ min: 60_000, max: 300_000 }),
  ),
  gap,
});
const exchange: fc.Arbitrary<Exchange> = fc.record({
  method: fc.constantFrom('POST', 'POST', 'PUT', 'PATCH', 'DELETE'),
  framing: fc.constantFrom('length', 'chunked'),
  expectsContinue: fc.boolean(),
  body: fc.array(piece, { maxLength: 5 }),
  moment: fc.constantFrom('after', 'after', 'beside', 'before'),
  reading: gap,
  answer: fc.array(piece, { maxLength: 4 }),
  answerFraming: fc.constantFrom('length', 'chunked'),
});

/** By the number of the request, which no other request of this file has. */
const plans = new Map<string, Exchange>();
const arrivals = new Map<string, Arrival>();
const upstream = createServer((request, response) => void serve(request, response));
/** Refuses bodies of more than `BODY_MAX` bytes and closes, as every service does. */
const strict = new HttpServer({
  name: 'strict',
  host: '127.0.0.1',
  port: 0,
  log: silentLog,
  keys: undefined,
  bodyBytesMax: BODY_MAX,
  routes: (app) => void app.post('/', () => 'accepted'),
});
const closing = new AsyncDisposableStack();
let address: string;

beforeAll(async () => {
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  closing.defer(() => {
    upstream.closeAllConnections();
    upstream.close();
  });
  await strict.start({ signal: new AbortController().signal, fail: () => {} });
  closing.defer(() => strict.stop());
  const config = readConfig(edgeOptions, {
    QUICK_PORT: '0',
    QUICK_OPS_PORT: '0',
    QUICK_KAFKA_BOOTSTRAP_SERVER: 'nowhere:1',
    QUICK_MANAGER_URL: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`,
    QUICK_INGEST_URL: `http://${strict.address()}`,
  });
  const targets = {
    name: 'targets',
    start: async () => {},
    stop: async () => {},
    notReady: () => undefined,
    gateway: () => undefined,
    mirrorOf: () => undefined,
    gateways: () => [],
    mirrors: () => [],
  };
  const edge = assembleEdge(config, { log: silentLog, registry: createRegistry(), targets });
  address = new URL(closing.use(await runService(edge, { log: silentLog })).url).host;
});
afterAll(() => closing.disposeAsync());

async function wait(gap: Gap): Promise<void> {
  if (gap === 'turn') {
    await nextTurn();
  } else if (gap === 'pause') {
    await pause(2);
  }
}

/** The bytes of the pieces, each after its gap. They begin at another place for every number. */
async function* bytesOf(pieces: readonly Piece[], id: string): AsyncGenerator<Buffer> {
  let at = startOf(id);
  for (const { length, gap } of pieces) {
    await wait(gap);
    yield TEXT.subarray(at, at + length);
    at += length;
  }
}

const startOf = (id: string): number => (Number(id) * 1_001) % 500_000;

const lengthOf = (pieces: readonly Piece[]): number =>
  pieces.reduce((sum, { length }) => sum + length, 0);

const wholeOf = (pieces: readonly Piece[], id: string): Buffer =>
  TEXT.subarray(startOf(id), startOf(id) + lengthOf(pieces));

const digestOf = (bytes: Buffer): string =>
  `${bytes.length}:${createHash('sha1').update(bytes).digest('hex')}`;

function newPlan(plan: Exchange): string {
  const id = String(plans.size);
  plans.set(id, plan);
  return id;
}

/** The service. */
async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const id = request.url?.slice(1) ?? '';
  const plan = plans.get(id);
  if (plan === undefined) {
    response.writeHead(500).end();
    return;
  }
  const body = receive(request, id, plan.reading);
  if (plan.moment === 'after' && !(await body).isWhole) {
    return;
  }
  const headers: Record<string, string> = { 'x-number': id };
  if (plan.answerFraming === 'length') {
    headers['content-length'] = String(lengthOf(plan.answer));
  }
  response.writeHead(plan.moment === 'before' ? EARLY_STATUS : 200, headers);
  let left = plan.answer.length;
  for await (const bytes of bytesOf(plan.answer, id)) {
    left -= 1;
    // An answer that is complete ends the exchange, even if part of the body is still to come.
    if (plan.moment === 'beside' && left === 0) {
      await body;
    }
    response.write(bytes);
  }
  if (plan.moment === 'beside') {
    await body;
  }
  response.end();
}

async function receive(request: IncomingMessage, id: string, reading: Gap): Promise<Arrival> {
  const parts: Buffer[] = [];
  let isWhole = true;
  try {
    for await (const part of request as AsyncIterable<Buffer>) {
      parts.push(part);
      await wait(reading);
    }
  } catch {
    isWhole = false;
  }
  const arrival = { digest: digestOf(Buffer.concat(parts)), isWhole };
  arrivals.set(id, arrival);
  return arrival;
}

function headOf(plan: Exchange, path: string, more: readonly string[] = []): string {
  const framing =
    plan.framing === 'chunked'
      ? 'Transfer-Encoding: chunked'
      : `Content-Length: ${lengthOf(plan.body)}`;
  const expecting = plan.expectsContinue ? ['Expect: 100-continue'] : [];
  const lines = [
    `${plan.method} ${path} HTTP/1.1`,
    'Host: localhost',
    framing,
    ...expecting,
    ...more,
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

async function sendBody(connection: RawConnection, plan: Exchange, id: string): Promise<void> {
  const isChunked = plan.framing === 'chunked';
  for await (const bytes of bytesOf(plan.body, id)) {
    if (isChunked) {
      await connection.send(`${bytes.length.toString(16)}\r\n`);
    }
    await connection.send(bytes);
    if (isChunked) {
      await connection.send('\r\n');
    }
  }
  if (isChunked) {
    await connection.send('0\r\n\r\n');
  }
}

/** Compares the answer, and what the service received, with what was sent. */
async function checkAnswer(connection: RawConnection, id: string): Promise<void> {
  const plan = plans.get(id) as Exchange;
  const answer = await connection.answer();
  const status = plan.moment === 'before' ? EARLY_STATUS : 200;
  expect(answer?.status, answer?.text.slice(0, 500)).toBe(status);
  expect(answer?.headers['x-number']).toBe(id);
  expect(digestOf(Buffer.from(answer?.text ?? ''))).toBe(digestOf(wholeOf(plan.answer, id)));
  if (plan.moment !== 'before') {
    const digest = digestOf(wholeOf(plan.body, id));
    expect(arrivals.get(id)).toEqual({ digest, isWhole: true });
  }
}

/** Sends them on one connection, compares the answers and returns how many came. */
async function exchangeAll(
  exchanges: readonly Exchange[],
  isPipelined: boolean,
  isClosed: boolean,
): Promise<number> {
  const ids = exchanges.map(newPlan);
  await using connection = await RawConnection.open(address);
  const sending = (async () => {
    for (const [at, plan] of exchanges.entries()) {
      const [id, isLast] = [ids[at] ?? '', at === exchanges.length - 1];
      const more = isClosed && isLast ? ['Connection: close'] : [];
      await connection.send(headOf(plan, `/manager/${id}`, more));
      const body = sendBody(connection, plan, id);
      if (!isPipelined) {
        await checkAnswer(connection, id);
      }
      await body;
    }
  })();
  if (isPipelined) {
    for (const id of ids) {
      await checkAnswer(connection, id);
    }
  }
  await sending;
  if (isClosed) {
    expect(await connection.answer()).toBeUndefined();
  }
  return ids.length;
}

/** Keeps the thread of the edge busy in slices, so that events come late and in bunches. */
function occupyThread(): Disposable {
  const timer = setInterval(() => {
    const until = process.hrtime.bigint() + 4_000_000n;
    while (process.hrtime.bigint() < until) {
      // Only time passes.
    }
  }, 5);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** Freezes the clock of the servers, so that their timeouts do not expire on a slow machine. */
function stopClock(): Disposable {
  return vi.spyOn(performance, 'now').mockReturnValue(0);
}

test.each([
  ['with an idle thread', false],
  ['with a busy thread', true],
])(
  'every byte and every answer passes, one by one and pipelined, %s',
  async (_, isBusy) => {
    using _load = isBusy ? occupyThread() : undefined;
    using _clock = stopClock();
    const exchanges = fc.array(exchange, { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(exchanges, fc.boolean(), fc.boolean(), async (plans, ...how) => {
        expect(await exchangeAll(plans, ...how)).toBe(plans.length);
      }),
      { numRuns: 40, endOnFailure: true },
    );
  },
  HANGS_MS,
);

test(
  'a body that breaks off is never taken for a whole one, however it was framed',
  async () => {
    await fc.assert(
      fc.asyncProperty(exchange, fc.integer({ min: 1, max: 100 }), async (plan, missing) => {
        const cut: Exchange = { ...plan, moment: 'after' };
        const id = newPlan(cut);
        const body = wholeOf(cut.body, id);
        await using connection = await RawConnection.open(address);
        const length = body.length + missing;
        const head = headOf(cut, `/manager/${id}`).replace(/(?<=Length: )\d+/, String(length));
        await connection.send(head);
        if (cut.framing === 'chunked') {
          await connection.send(`${length.toString(16)}\r\n`);
        }
        await connection.send(body);
        connection.endSending();
        expect((await connection.answer())?.status ?? 400).toBe(400);
        await connection.closed();
        expect(arrivals.get(id)?.isWhole ?? false).toBe(false);
      }),
      { numRuns: 40, endOnFailure: true },
    );
  },
  HANGS_MS,
);

test(
  'a service that refuses a body and closes is understood, however much is still on its way',
  async () => {
    using _clock = stopClock();
    await fc.assert(
      fc.asyncProperty(exchange, fc.boolean(), async (plan, isClosed) => {
        const last: Piece = { length: BODY_MAX + 1, gap: 'none' };
        const refused: Exchange = { ...plan, method: 'POST', body: [...plan.body, last] };
        const more = isClosed ? ['Connection: close'] : [];
        await using connection = await RawConnection.open(address);
        await connection.send(
          headOf(refused, '/ingest/', ['Content-Type: application/json', ...more]),
        );
        const sending = sendBody(connection, refused, '0');
        const answer = await connection.answer();
        expect(answer?.status, answer?.text).toBe(413);
        expect(answer?.json()).toMatchObject({ errorCode: 'BODY_TOO_LARGE' });
        await sending;
      }),
      { numRuns: 60, endOnFailure: true },
    );
  },
  HANGS_MS,
);
