import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, describe, expect, test } from 'vitest';

import { ExactNumber } from '@quicksilver/common/numbers/exact-number';
import type { RestCall, RestCallOptions } from '../loaders/rest-caller.ts';
import { RestClient, type RestClientOptions } from './rest-client.ts';

const open: (() => unknown)[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
});

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

/** A REST service with prepared responses, its recorded requests, and a client. */
async function serving(answer: Answer, changes: Partial<RestClientOptions> = {}) {
  const requests: string[] = [];
  const headers: IncomingMessage['headers'][] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      requests.push(`${request.method} ${request.url} ${body}`);
      headers.push(request.headers);
      answer(response, request);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const outcomes: string[] = [];
  const warnings: unknown[] = [];
  const log = {
    debug() {},
    info() {},
    warn: (fields: unknown) => void warnings.push(fields),
    error() {},
    child: () => log,
  };
  const client = new RestClient({
    hosts: [{ hostname: '127.0.0.1', port, isPrivate: false }],
    timeoutMs: 20_000,
    answerBytesMax: 10_000,
    forwardedHeaders: new Set(),
    log,
    onCall: (_host, outcome) => outcomes.push(outcome),
    ...changes,
  });
  open.push(
    () => client.close(),
    () => server.closeAllConnections(),
    () => server.close(),
  );
  const call = (more: Partial<RestCall> = {}, options: Partial<RestCallOptions> = {}) =>
    client.call(
      { method: 'GET', origin: `http://127.0.0.1:${port}`, path: '/', isNullable: true, ...more },
      { headers: {}, timeoutMs: 20_000, ...options },
    );
  return { call, requests, headers, outcomes, warnings, port };
}

const sending =
  (status: number, body?: string | Buffer, headers = {}): Answer =>
  (response) =>
    void response.writeHead(status, headers).end(body);

const bad = (message: unknown, extra: object = {}): object => ({
  code: 'UPSTREAM_BAD_RESPONSE',
  message,
  extra,
});

describe('a request', () => {
  test('has the method, path, body and forwarded headers', async () => {
    const { call, requests, headers, outcomes } = await serving(sending(200, '{"a":1}'));
    expect(await call({ path: '/a%2Fb?c=d' }, { headers: { authorization: 'B' } })).toEqual({
      a: 1,
    });
    await call({ method: 'POST', body: '{"n":9007199254740993}' });
    await call({ method: 'POST' });
    expect(requests).toEqual(['GET /a%2Fb?c=d ', 'POST / {"n":9007199254740993}', 'POST / ']);
    expect(headers[0]).toMatchObject({ authorization: 'B', accept: 'application/json' });
    expect(headers[0]).not.toHaveProperty('x-api-key');
    expect(headers[1]).toMatchObject({ 'content-type': 'application/json' });
    expect(headers[2]).toMatchObject({ 'content-length': '0' });
    expect(outcomes).toEqual(['ok', 'ok', 'ok']);
  });

  test('keeps the digits of numbers in its response', async () => {
    const { call } = await serving(
      sending(200, '{"n":9007199254740993,"d":0.12345678901234567890}'),
    );
    expect(await call()).toEqual({
      n: new ExactNumber('9007199254740993'),
      d: new ExactNumber('0.12345678901234567890'),
    });
  });
});

describe('only 200 is a success', () => {
  test('404 is null if the field can be null, and otherwise an error', async () => {
    const { call } = await serving(sending(404, 'no such thing'));
    expect(await call({ isNullable: true })).toBeNull();
    await expect(call({ isNullable: false })).rejects.toMatchObject(
      bad('REST service responded with code 404', { 'REST error message': 'no such thing' }),
    );
  });

  test.each([
    [500, '{"why":"broken"}', { 'REST error message': '{"why":"broken"}' }],
    [500, '', {}],
    [204, undefined, {}],
    [201, '{"a":1}', { 'REST error message': '{"a":1}' }],
    [304, undefined, {}],
    [503, 'x'.repeat(100_000), { 'REST error message': 'x'.repeat(500) }],
    [400, Buffer.from([0x61, 0xff, 0x62]), { 'REST error message': 'a\ufffdb' }],
  ])('%i is an error with a bounded excerpt of the body', async (status, body, extra) => {
    const { call, outcomes } = await serving(sending(status, body));
    await expect(call()).rejects.toMatchObject(
      bad(`REST service responded with code ${status}`, extra),
    );
    expect(outcomes).toEqual(['UPSTREAM_BAD_RESPONSE']);
  });

  test('a redirect is not followed', async () => {
    const { call, requests } = await serving(
      sending(302, undefined, { location: 'http://169.254.169.254/latest/meta-data' }),
    );
    await expect(call()).rejects.toMatchObject(bad('REST service responded with code 302', {}));
    expect(requests).toHaveLength(1);
  });
});

describe('an invalid response is an error that does not contain the response', () => {
  const NO_JSON = 'The REST service returned a body that is not JSON.';
  const NO_OBJECT = 'The REST service returned JSON that is not an object.';
  test.each([
    ['nothing', '', "The REST service didn't respond with a body"],
    ['HTML', '<html>secret</html>', NO_JSON],
    ['half of a JSON text', '{"a":', NO_JSON],
    ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0x22]), NO_JSON],
    ['too many levels for the stack', '['.repeat(9_999), NO_JSON],
    ['a list', '[{"a":1}]', NO_OBJECT],
    ['a text', '"secret"', NO_OBJECT],
    ['a number', '9007199254740993', NO_OBJECT],
    [
      'too many bytes',
      `{"a":"${'x'.repeat(10_000)}"}`,
      'The REST service returned more than 10000 bytes.',
    ],
  ])('%s', async (_what, body, message) => {
    const { call } = await serving(sending(200, body));
    await expect(call()).rejects.toMatchObject(bad(message));
  });

  test('null is null', async () => {
    const { call } = await serving(sending(200, 'null'));
    expect(await call()).toBeNull();
  });

  test('of a response of gigabytes only the allowed bytes are read, and its connection ends', async () => {
    let sent = 0;
    const ended = Promise.withResolvers<void>();
    const { call } = await serving((response) => {
      response.writeHead(200, { 'content-length': '1073741824' });
      const chunk = Buffer.alloc(65_536, 'x');
      const more = (): void => {
        while (!response.destroyed && response.write(chunk)) {
          sent += chunk.length;
        }
      };
      response.on('drain', more).on('close', () => ended.resolve());
      more();
    });
    await expect(call()).rejects.toMatchObject(bad(expect.stringContaining('more than 10000')));
    await ended.promise;
    // The buffers of both sockets.
    expect(sent).toBeLessThan(33_554_432);
  });
});

describe('a service that does not respond', () => {
  test.each([
    ['begins no answer', () => undefined],
    [
      'never ends its response',
      (response: ServerResponse) => void response.writeHead(200).write('{"a":'),
    ],
    ['never ends its error', (response: ServerResponse) => void response.writeHead(500).write('a')],
  ])('%s: the call ends in time', async (_what, answer) => {
    const { call, outcomes } = await serving(answer, { timeoutMs: 100 });
    await expect(call()).rejects.toMatchObject({ code: 'UPSTREAM_TIMEOUT' });
    expect(outcomes).toEqual(['UPSTREAM_TIMEOUT']);
  });

  test('the deadline of the operation counts if it is shorter', async () => {
    const { call } = await serving(() => undefined);
    await expect(call({}, { timeoutMs: 50 })).rejects.toMatchObject({ code: 'UPSTREAM_TIMEOUT' });
  });

  test('the number of calls in flight is limited', async () => {
    const { call } = await serving(() => undefined, { timeoutMs: 200 });
    const calls = await Promise.allSettled(Array.from({ length: 257 }, () => call()));
    const codes = calls.map((each) => each.status === 'rejected' && each.reason.code);
    expect(codes.slice(0, 256)).toEqual(Array(256).fill('UPSTREAM_TIMEOUT'));
    expect(codes[256]).toBe('OVERLOADED');
  });

  test('a client that leaves ends its call', async () => {
    const gone = new AbortController();
    const { call } = await serving(() => gone.abort());
    await expect(call({}, { signal: gone.signal })).rejects.toMatchObject({
      code: 'UPSTREAM_UNREACHABLE',
    });
  });

  test('a connection that breaks or is rejected is an error without an address', async () => {
    const { call, port } = await serving((response) => void response.socket?.destroy());
    const message = `The REST service 127.0.0.1:${port} cannot be reached or closed the connection before the end of its response.`;
    await expect(call()).rejects.toMatchObject({ code: 'UPSTREAM_UNREACHABLE', message });
    await expect(call({ origin: 'http://127.0.0.1:1' })).rejects.toMatchObject({
      code: 'UPSTREAM_UNREACHABLE',
    });
  });
});

describe('the addresses that the socket connects to are checked', () => {
  const to = (...addresses: readonly string[]) =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  const named = (isPrivate: boolean) => [{ hostname: 'stock.test', isPrivate }];

  test.each([
    ['127.0.0.1'],
    ['169.254.169.254'],
    ['10.0.0.1'],
    ['100.64.0.1'],
    ['::ffff:127.0.0.1'],
    ['8.8.8.8', '127.0.0.1'],
  ])(
    'a name that resolves to %s is rejected, and only the log shows the address',
    async (...addresses) => {
      const { call, requests, warnings, port } = await serving(sending(200, '{}'), {
        hosts: named(false),
        resolveName: async () => to(...addresses),
      });
      await expect(call({ origin: `http://stock.test:${port}` })).rejects.toMatchObject({
        code: 'UPSTREAM_UNREACHABLE',
        message: expect.not.stringContaining(addresses[0] ?? ''),
      });
      expect(requests).toEqual([]);
      expect(warnings).toEqual([{ hostname: 'stock.test', address: addresses.at(-1) }]);
    },
  );

  test('a name whose address changes from public to private is rejected (rebinding)', async () => {
    const answers = [to('127.0.0.1'), to('169.254.169.254')];
    const { call, requests, port } = await serving(
      (response) => void response.writeHead(200, { connection: 'close' }).end('{}'),
      { hosts: named(true), resolveName: async () => answers.shift() ?? [] },
    );
    const origin = `http://stock.test:${port}`;
    // The connection uses the checked address, without a second lookup.
    expect(await call({ origin })).toEqual({});
    expect(answers).toHaveLength(1);
    await expect(call({ origin })).rejects.toMatchObject({ code: 'UPSTREAM_UNREACHABLE' });
    await expect(call({ origin })).rejects.toMatchObject({ code: 'UPSTREAM_UNREACHABLE' });
    expect(requests).toHaveLength(1);
  });

  test('a private host is reached, but link-local addresses never are', async () => {
    const { call, port } = await serving(sending(200, '{"a":1}'), {
      hosts: named(true),
      resolveName: async () => to('127.0.0.1'),
    });
    expect(await call({ origin: `http://stock.test:${port}` })).toEqual({ a: 1 });
    const metadata = await serving(sending(200, '{}'), {
      hosts: named(true),
      resolveName: async () => to('169.254.169.254'),
    });
    await expect(
      metadata.call({ origin: `http://stock.test:${metadata.port}` }),
    ).rejects.toMatchObject({ code: 'UPSTREAM_UNREACHABLE' });
  });
});
