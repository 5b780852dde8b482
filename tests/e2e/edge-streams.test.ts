import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestListener,
  type RequestOptions,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';

import { eventually } from '@quicksilver/testkit/eventually';
import { readMetric } from '@quicksilver/testkit/read-metric';
import { ServiceProcess } from '@quicksilver/testkit/service-process';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

const MIB = 1_048_576;
/** Of an edge that tests wait for; shorter than that, and it would not wait for them. */
const SOON_MS = 3_000;
/** Of one that no test comes to the end of. */
const PATIENT_MS = 120_000;
const SEEN_MS = 90_000;
const STILL_MS = 500;
const BODY_MIB = 300;

/** What stands behind the edge; every test says what it does. */
let handler: RequestListener;
const upstream = createServer((request, response) => handler(request, response));
let upstreamUrl: string;
let dir: string;
let edge: ServiceProcess;
let impatient: ServiceProcess;

beforeAll(async () => {
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  upstreamUrl = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  dir = await mkdtemp(join(tmpdir(), 'quicksilver-edge-'));
  edge = newEdge('edge', PATIENT_MS);
  impatient = newEdge('impatient', SOON_MS);
  // Not ready: they have no Kafka. What their configuration names is served all the same.
  await Promise.all([edge.start(false), impatient.start(false)]);
});
afterAll(async () => {
  await Promise.all([edge[Symbol.asyncDispose](), impatient[Symbol.asyncDispose]()]);
  upstream.closeAllConnections();
  upstream.close();
  await rm(dir, { recursive: true });
});
beforeEach(() => {
  handler = (_request, response) => response.end();
});

function newEdge(name: string, deadlineMs: number): ServiceProcess {
  return new ServiceProcess({
    name,
    kind: 'edge',
    logFile: join(dir, `${name}.log`),
    env: {
      QUICK_KAFKA_BOOTSTRAP_SERVER: '127.0.0.1:1',
      QUICK_MANAGER_URL: upstreamUrl,
      QUICK_INGEST_URL: upstreamUrl,
      QUICK_EDGE_STALL_MS: String(deadlineMs),
      QUICK_EDGE_ANSWER_MS: String(deadlineMs),
    },
  });
}

function send(options: RequestOptions = {}, to = edge) {
  return httpRequest(`${to.url}/manager/stream`, options);
}

async function answerTo(to = edge): Promise<IncomingMessage> {
  const request = send({}, to);
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}

async function* pieces(count: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < count; at += 1) {
    yield Buffer.alloc(65_536, at % 251);
  }
}

/** Waits until it has been the same for a while. */
async function untilStill(read: () => number): Promise<void> {
  for (let before = -1; before !== read() || before === 0;) {
    before = read();
    await pause(STILL_MS);
  }
}

/** The highest resident memory of the edge until the work is done, beyond what it is now. */
async function growthDuring(work: Promise<unknown>): Promise<number> {
  const memory = (): Promise<number> => readMetric(edge, 'process_resident_memory_bytes');
  const before = await memory();
  const done = new AbortController();
  let peak = before;
  const watching = (async () => {
    while (!done.signal.aborted) {
      peak = Math.max(peak, await memory());
      await pause(50);
    }
  })();
  try {
    await work;
  } finally {
    done.abort();
    await watching;
  }
  return peak - before;
}

test('300 MiB go through in both directions at the same time, unchanged, in little memory', async () => {
  handler = (request, response) => void request.pipe(response);
  const transfer = async (): Promise<readonly [string, string]> => {
    const [sent, received] = [createHash('sha1'), createHash('sha1')];
    const request = send({ method: 'POST' });
    const body = Readable.from(pieces(16 * BODY_MIB));
    body.on('data', (piece: Buffer) => sent.update(piece));
    body.pipe(request);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    let bytes = 0;
    for await (const piece of response as AsyncIterable<Buffer>) {
      received.update(piece);
      bytes += piece.length;
    }
    expect(bytes).toBe(BODY_MIB * MIB);
    return [sent.digest('hex'), received.digest('hex')];
  };
  const work = transfer();
  const growth = await growthDuring(work);
  const [sent, received] = await work;
  expect(received).toBe(sent);
  // Of what goes through it would hold half a direction.
  expect(growth).toBeLessThan((BODY_MIB / 2) * MIB);
});

test('a client that reads slowly holds the service up, and gets everything in the end', async () => {
  let written = 0;
  handler = (_request, response) => {
    const body = Readable.from(pieces(1_600));
    body.on('data', (piece: Buffer) => {
      written += piece.length;
    });
    body.pipe(response);
  };
  const response = await answerTo();
  response.pause();
  await untilStill(() => written);
  // What the kernel holds for the four ends, not the 100 MiB.
  expect(written).toBeLessThan(50 * MIB);
  let bytes = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    bytes += piece.length;
  }
  expect(bytes).toBe(100 * MIB);
});

test('a client that takes nothing of what waits for it is cut, and the service is let go', async () => {
  const left = Promise.withResolvers<void>();
  handler = (_request, response) => {
    Readable.from(pieces(10_000)).pipe(response);
    response.once('close', () => left.resolve());
  };
  const response = await answerTo(impatient);
  response.on('error', () => {});
  response.pause();
  await expect(left.promise).resolves.toBeUndefined();
  response.destroy();
});

test('a service that takes nothing of a body in time is 504', async () => {
  handler = (request) => void request.pause();
  const request = send({ method: 'POST' }, impatient);
  request.on('error', () => {});
  Readable.from(pieces(1_000)).pipe(request);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  expect(response.statusCode).toBe(504);
  request.destroy();
});

test('a client that leaves in the middle of its answer ends the request at the service', async () => {
  const left = Promise.withResolvers<void>();
  handler = (_request, response) => {
    response.write('first');
    response.once('close', () => left.resolve());
  };
  const response = await answerTo();
  response.on('error', () => {});
  await once(response, 'data');
  response.destroy();
  await expect(left.promise).resolves.toBeUndefined();
});

test('a client that leaves before its answer, or in the middle of its body, ends the request at the service', async () => {
  for (const method of ['GET', 'POST']) {
    const [arrived, left] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    handler = (request) => {
      request.on('error', () => {}).resume();
      request.socket.once('close', () => left.resolve());
      arrived.resolve();
    };
    const request = send({ method });
    request.on('error', () => {});
    if (method === 'POST') {
      request.write('half');
    } else {
      request.end();
    }
    await arrived.promise;
    request.destroy();
    await expect(left.promise).resolves.toBeUndefined();
  }
});

test('1,000 clients that leave in the middle leave nothing behind', async () => {
  handler = (request, response) => {
    request.on('error', () => {}).resume();
    response.write('first');
  };
  const leave = async (at: number): Promise<void> => {
    const request = send({ method: at % 2 === 0 ? 'GET' : 'POST' });
    request.on('error', () => {});
    const closed = new Promise((resolve) => request.once('close', resolve));
    request.once('response', (response) => {
      response.on('error', () => {}).once('data', () => request.destroy());
    });
    request.write('half');
    if (at % 3 === 0) {
      // Perhaps before it has arrived.
      setImmediate(() => request.destroy());
    }
    await closed;
  };
  for (let at = 0; at < 1_000; at += 50) {
    await Promise.all(Array.from({ length: 50 }, (_, more) => leave(at + more)));
  }
  await eventually(
    async () => expect(await readMetric(edge, 'edge_requests_open')).toBe(0),
    SEEN_MS,
  );
  await eventually(async () => {
    const open = await new Promise((resolve) =>
      upstream.getConnections((_, count) => resolve(count)),
    );
    expect(open).toBeLessThan(60);
  }, SEEN_MS);
  handler = (_request, response) => response.end('well');
  expect(String(await (await answerTo()).toArray())).toBe('well');
});

test.each([
  ['with a length', { 'content-length': '1000' }],
  ['in chunks', {}],
])('an answer %s that breaks off is cut for the client too', async (_, headers) => {
  let breakOff = (): void => {};
  handler = (_request, response) => {
    response.writeHead(200, headers).write('half');
    breakOff = () => response.destroy();
  };
  const response = await answerTo();
  expect(response.statusCode).toBe(200);
  const read = (async () => {
    for await (const piece of response) {
      expect(String(piece)).toBe('half');
      breakOff();
    }
  })();
  await expect(read).rejects.toThrow('aborted');
});

test('an early refusal reaches a client that is still sending', async () => {
  handler = (_request, response) => {
    response.writeHead(413).end('too large');
  };
  const request = send({ method: 'POST' });
  request.on('error', () => {});
  Readable.from(pieces(100)).pipe(request);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  expect(response.statusCode).toBe(413);
  expect(String(await response.toArray())).toBe('too large');
  request.destroy();
  await eventually(
    async () => expect(await readMetric(edge, 'edge_requests_open')).toBe(0),
    SEEN_MS,
  );
});

test('the outcomes of lines come while lines are still sent', async () => {
  handler = (request, response) => {
    request.on('data', (line: Buffer) => response.write(`ok ${line.toString()}`));
    request.once('end', () => response.end());
  };
  const headers = { 'content-type': 'application/x-ndjson' };
  const request = send({ method: 'POST', headers }, impatient);
  request.write('1');
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  expect(String((await once(response, 'data'))[0])).toBe('ok 1');
  // Far beyond every deadline of the edge.
  await pause(1.5 * SOON_MS);
  request.write('2');
  expect(String((await once(response, 'data'))[0])).toBe('ok 2');
  request.end();
  expect(await response.toArray()).toEqual([]);
});

test('server-sent events come one by one, the head first, however quiet the stream is', async () => {
  const events = Promise.withResolvers<(event: string) => void>();
  handler = (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    events.resolve((event) => void response.write(`data: ${event}\n\n`));
  };
  const response = await answerTo(impatient);
  expect(response.headers['content-type']).toBe('text/event-stream');
  const say = await events.promise;
  for (const event of ['one', 'two']) {
    await pause(1.2 * SOON_MS);
    say(event);
    expect(String((await once(response, 'data'))[0])).toBe(`data: ${event}\n\n`);
  }
  response.destroy();
});

test('a stop cuts streams of events at once and lets other requests come to their end', async () => {
  const stopping = newEdge('stopping', PATIENT_MS);
  await stopping.start(false);
  const waiting: (() => void)[] = [];
  handler = (request, response) => {
    if (request.headers.accept === 'text/event-stream') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    } else {
      waiting.push(() => response.end('whole'));
    }
  };
  const events = send({ headers: { accept: 'text/event-stream' } }, stopping);
  events.end();
  const [stream] = (await once(events, 'response')) as [IncomingMessage];
  const cut = once(stream, 'error');
  stream.resume();
  const request = send({}, stopping);
  request.end();
  await eventually(() => expect(waiting).toHaveLength(1), SEEN_MS);
  const ended = stopping.kill('SIGTERM');
  await cut;
  waiting[0]?.();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  expect(String(await response.toArray())).toBe('whole');
  expect(await ended).toEqual({ code: 0, signal: null });
});
