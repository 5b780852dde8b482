import { setTimeout as pause } from 'node:timers/promises';

import { RawConnection } from '@quicksilver/testkit/raw-http';
import { oneOf } from '@quicksilver/testkit/seeded-random';

import { wrongValue, type Random } from './broken-records.ts';

/** A path of the service, and bodies that it may take there. */
export interface HostileRoute {
  readonly methods: readonly string[];
  readonly path: string;
  readonly bodies?: readonly string[];
}

export interface HostileClientOptions {
  /** `host:port`. */
  readonly address: string;
  readonly routes: readonly HostileRoute[];
  readonly random: Random;
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'];
const PAUSE_MS = [0, 0, 1, 2, 5, 10];
const ANSWER_MS = 45_000;
const HEADERS: readonly (readonly [string, string])[] = [
  ['Accept', 'text/event-stream'],
  ['Accept', 'nonsense'],
  ['Accept-Encoding', 'gzip, br;q=2'],
  ['Connection', 'close'],
  ['Expect', '100-continue'],
  ['Expect', 'the impossible'],
  ['Idempotency-Key', 'one key for all'],
  ['Idempotency-Key', ''],
  ['Origin', 'null'],
  ['Range', 'bytes=5-1'],
  ['Upgrade', 'websocket'],
  ['X-API-Key', 'wrong'],
  ['X-Quick-Min-Position', '0:99999999999'],
  ['X-Quick-Min-Position', 'nonsense'],
  ['X-Quick-Forwarded', '1'],
];
const TYPES = ['application/json', 'application/x-ndjson', 'text/plain', 'nonsense', ''];

/**
 * One connection with a few requests, one behind the other or all at once, some of them no HTTP. It
 * leaves in the midst of what it sends or receives, or reads the answers.
 */
export async function runHostileClient(options: HostileClientOptions): Promise<void> {
  const { address, random } = options;
  await using connection = await RawConnection.open(address);
  const requests = 1 + Math.floor(random() * 3);
  // What is behind a request without an end has no answer of its own.
  let isAnswered = true;
  for (let at = 0; at < requests && !connection.isClosed; at += 1) {
    const { bytes, isWhole } = hostileRequest(options);
    isAnswered &&= isWhole;
    const leaves = random() < 0.4;
    const end = leaves ? Math.floor(random() * bytes.length) : bytes.length;
    for (let from = 0; from < end && !connection.isClosed;) {
      const to = Math.min(end, from + 1 + Math.floor(random() * bytes.length));
      // A server that refuses need not read to the end.
      void connection.send(bytes.subarray(from, to));
      from = to;
      await pause(oneOf(random, PAUSE_MS));
    }
    if (leaves) {
      return;
    }
    if (isAnswered && random() < 0.5) {
      await connection.answer(ANSWER_MS);
    }
  }
  await pause(oneOf(random, PAUSE_MS));
}

interface HostileRequest {
  readonly bytes: Buffer;
  /** Whether the server has to answer it, and the answer has an end. */
  readonly isWhole: boolean;
}

function hostileRequest({ routes, random }: HostileClientOptions): HostileRequest {
  const route = oneOf(random, routes);
  const method = random() < 0.85 ? oneOf(random, route.methods) : oneOf(random, METHODS);
  const path = random() < 0.85 ? route.path : damaged(random, route.path);
  const body = hostileBody(random, route);
  const type = random() < 0.8 ? bodyType(body) : oneOf(random, TYPES);
  const extra = HEADERS.filter(() => random() < 0.1);
  const framing = random();
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'Host: localhost',
    ...(type === '' ? [] : [`Content-Type: ${type}`]),
    ...extra.map(([name, value]) => `${name}: ${value}`),
  ];
  const head = (framed: string): Buffer => {
    return Buffer.from(`${[...lines, framed].join('\r\n')}\r\n\r\n`, 'latin1');
  };
  // Nothing of what has no end, or no whole body, is waited for.
  const isPlain = extra.length === 0 && !/events|follow/.test(path) && method !== 'HEAD';
  if (framing < 0.6) {
    const whole = Buffer.concat([head(`Content-Length: ${body.length}`), body]);
    return { bytes: whole, isWhole: isPlain && path === route.path };
  }
  if (framing < 0.8) {
    const chunked = Buffer.concat([head('Transfer-Encoding: chunked'), ...chunksOf(random, body)]);
    return { bytes: chunked, isWhole: false };
  }
  const wrong = oneOf(random, [
    `Content-Length: ${body.length + 7}`,
    `Content-Length: ${Math.max(0, body.length - 3)}`,
    'Content-Length: -1',
    'Transfer-Encoding: gzip, chunked',
    `Content-Length: ${body.length}\r\nTransfer-Encoding: chunked`,
    'Content-Length: 99999999999',
  ]);
  return { bytes: Buffer.concat([head(wrong), body]), isWhole: false };
}

function bodyType(body: Buffer): string {
  return body.includes('\n') ? 'application/x-ndjson' : 'application/json';
}

function hostileBody(random: Random, { bodies = [] }: HostileRoute): Buffer {
  const choice = random();
  if (bodies.length > 0 && choice < 0.5) {
    return Buffer.from(oneOf(random, bodies));
  }
  if (bodies.length > 0 && choice < 0.8) {
    return Buffer.from(damaged(random, oneOf(random, bodies)));
  }
  return choice < 0.9
    ? Buffer.from(JSON.stringify(wrongValue(random)))
    : Buffer.from(Array.from({ length: Math.floor(random() * 300) }, () => random() * 256));
}

const INSERTED = [
  '"',
  '{',
  ']',
  '\\',
  '\u0000',
  '%',
  '%2F..',
  '\r',
  '\n',
  'null',
  '-',
  '\u{1f680}',
];

/** The text with something left out, doubled or put in. */
function damaged(random: Random, text: string): string {
  const at = Math.floor(random() * text.length);
  const to = at + Math.floor(random() * 10);
  const choice = random();
  if (choice < 0.4) {
    return text.slice(0, at) + text.slice(to);
  }
  return choice < 0.6
    ? text.slice(0, to) + text.slice(at)
    : text.slice(0, at) + oneOf(random, INSERTED) + text.slice(at);
}

/** Chunks of any size, with a wrong one now and then. */
function chunksOf(random: Random, body: Buffer): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < body.length;) {
    const to = Math.min(body.length, at + 1 + Math.floor(random() * 100));
    const size = random() < 0.97 ? (to - at).toString(16) : 'zz';
    chunks.push(Buffer.from(`${size}\r\n`), body.subarray(at, to), Buffer.from('\r\n'));
    at = to;
  }
  return random() < 0.8 ? [...chunks, Buffer.from('0\r\n\r\n')] : chunks;
}
