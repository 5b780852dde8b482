import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';

import { expect, test } from 'vitest';

import { OriginGuard } from './origin-guard.ts';

const HOST = '127.0.0.1:8080';
const CHROME = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130.0.0.0 Safari/537.36';
const CONFIG = {
  allowedHosts: ['quick.example.com'],
  corsOrigins: ['https://app.example.com'],
  allowedOrigins: ['https://older.example.com'],
};
const guard = new OriginGuard('127.0.0.1', CONFIG, (url) => url !== '/control');

type Headers = Readonly<Record<string, string>>;

/** The code of a refusal, and the text of its detail. */
function refusal(method: string, headers: Headers, host = HOST, url = '/data'): string | undefined {
  const request = new IncomingMessage(new Socket());
  request.method = method;
  request.url = url;
  const all = { host, ...headers };
  Object.assign(request.headers, all);
  request.rawHeaders = Object.entries(all).flat();
  return guard.refusal(request)?.code;
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

test.each<[string, Headers]>([
  ['no page at all', {}],
  ['its own page', { origin: `http://${HOST}`, 'sec-fetch-site': 'same-origin' }],
  ['its own page in an older browser', { origin: `http://${HOST}` }],
  ['its own page behind TLS', { origin: `https://${HOST}`, 'sec-fetch-site': 'same-origin' }],
  ['a user who typed the address', { 'sec-fetch-site': 'none', 'user-agent': CHROME }],
  ['an allowed page', { origin: 'https://app.example.com', 'sec-fetch-site': 'cross-site' }],
  ['an allowed page', { origin: 'https://older.example.com', 'sec-fetch-site': 'cross-site' }],
])('with every method %s is accepted', (_who, headers) => {
  for (const method of METHODS) {
    expect([method, refusal(method, headers)]).toEqual([method, undefined]);
  }
});

test.each<[string, Headers]>([
  ['another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
  ['another port of this machine', { origin: 'http://localhost:3000' }],
  ['another port, a simple GET', { 'sec-fetch-site': 'same-site' }],
  ['another name of this machine', { origin: 'http://localhost:8080' }],
  ['no origin of its own', { origin: 'null' }],
  ['an empty origin', { origin: '' }],
  ['a name that begins alike', { origin: `http://${HOST}.evil.example` }],
  ['a name that ends alike', { origin: 'http://evil127.0.0.1:8080' }],
  ['two origins', { origin: `http://${HOST}, http://evil.example` }],
  ['another scheme', { origin: `ftp://${HOST}` }],
  ['another site, a simple GET', { 'sec-fetch-site': 'cross-site' }],
  [
    'a frame',
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
  ],
  [
    'another site behind its own origin',
    { origin: `http://${HOST}`, 'sec-fetch-site': 'cross-site' },
  ],
  ['a value that is not known', { 'sec-fetch-site': 'elsewhere' }],
  ['an allowed origin with another port', { origin: 'https://app.example.com:8443' }],
])('with every method a page of %s is rejected', (_who, headers) => {
  for (const method of METHODS) {
    expect([method, refusal(method, headers)]).toEqual([method, 'ORIGIN_NOT_ALLOWED']);
  }
});

test('a link on another site may open a page here in its tab, and nothing else', () => {
  const link = {
    'sec-fetch-site': 'cross-site',
    'sec-fetch-mode': 'navigate',
    'sec-fetch-dest': 'document',
  };
  expect(refusal('GET', link)).toBeUndefined();
  for (const method of METHODS.filter((each) => each !== 'GET')) {
    expect(refusal(method, link)).toBe('ORIGIN_NOT_ALLOWED');
  }
  expect(refusal('GET', { ...link, origin: 'null' })).toBe('ORIGIN_NOT_ALLOWED');
  expect(refusal('GET', link, 'evil.example')).toBe('HOST_NOT_ALLOWED');
});

test('a browser that sends no page headers needs a header that no simple request can have', () => {
  for (const type of [
    '',
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
  ]) {
    const headers = { 'user-agent': CHROME, ...(type === '' ? {} : { 'content-type': type }) };
    expect(refusal('POST', headers)).toBe('ORIGIN_NOT_ALLOWED');
    expect(refusal('POST', { ...headers, 'x-api-key': 'k' })).toBeUndefined();
    expect(refusal('POST', { ...headers, 'user-agent': 'curl/8.0.0' })).toBeUndefined();
  }
  for (const type of [
    'text/plain; application/json',
    'text/plain;charset=application/json',
    'application/jsonp',
  ]) {
    expect(refusal('POST', { 'user-agent': CHROME, 'content-type': type })).toBe(
      'ORIGIN_NOT_ALLOWED',
    );
  }
  for (const type of [
    'application/json',
    'application/json; charset=utf-8',
    'application/x-ndjson',
  ]) {
    expect(refusal('POST', { 'user-agent': CHROME, 'content-type': type })).toBeUndefined();
  }
});

test('the host is judged before the page, and has to be there once', () => {
  expect(refusal('GET', { origin: 'http://evil.example' }, 'evil.example')).toBe(
    'HOST_NOT_ALLOWED',
  );
  expect(
    refusal('GET', { origin: 'https://quick.example.com' }, 'quick.example.com'),
  ).toBeUndefined();
  expect(refusal('GET', {}, 'local host')).toBe('BAD_REQUEST');
  const request = new IncomingMessage(new Socket());
  expect(guard.refusal(request)?.code).toBe('BAD_REQUEST');
  request.headers.host = HOST;
  request.rawHeaders = ['Host', HOST, 'hOST', HOST];
  expect(guard.refusal(request)?.code).toBe('BAD_REQUEST');
});

test('a page of an allowed origin may not use a path that is not shared', () => {
  const headers = { origin: 'https://app.example.com', 'sec-fetch-site': 'cross-site' };
  expect(refusal('GET', headers, HOST, '/control')).toBe('ORIGIN_NOT_ALLOWED');
});

test('every origin is allowed only with keys', () => {
  const keys = {
    isRequired: true,
    admit: () => undefined,
    verify: () => Promise.resolve(undefined),
    isInForce: () => false,
    onChange: () => () => {},
  };
  const all = new OriginGuard('127.0.0.1', { ...CONFIG, corsOrigins: ['*'] }, () => true);
  expect(all.refuseStart(undefined)?.message).toContain('QUICK_CORS_ORIGINS=*');
  expect(all.refuseStart(keys)).toBeUndefined();
  expect(guard.refuseStart(undefined)).toBeUndefined();
});
