import { expect, test } from 'vitest';

import { KnownHosts } from './known-hosts.ts';

const loopback = new KnownHosts('127.0.0.1', []);
const open = new KnownHosts('0.0.0.0', ['quick.example.com', '*.apps.example', '[2001:db8::1]']);

test.each([
  'localhost',
  'localhost:8080',
  'LocalHost:1',
  'localhost.',
  'app.localhost:3000',
  '127.0.0.1',
  '127.9.9.9:8080',
  '[::1]',
  '[::1]:8080',
  '[::ffff:7f00:1]:8080',
])('every server knows %s', (header) => {
  expect(loopback.judge(header)).toBe('known');
  expect(open.judge(header)).toBe('known');
});

test.each([
  'evil.example',
  'evil.example:8080',
  'localhost.evil.example',
  '127.0.0.1.evil.example',
  'evillocalhost.example',
  'quick.example.com.evil.example',
  'apps.example',
  'evilapps.example',
  'example.com',
  '127.1',
  'a..localhost.example',
])('no server knows %s', (header) => {
  expect(loopback.judge(header)).toBe('unknown');
  expect(open.judge(header)).toBe('unknown');
});

test.each(['10.0.0.1:8080', '0.0.0.0', '[2001:db8::1]', '[2001:db8::2]:80', 'quick-mirror-0:8080'])(
  'a server on loopback does not know %s, one beyond it does',
  (header) => {
    expect(loopback.judge(header)).toBe('unknown');
    expect(open.judge(header)).toBe('known');
  },
);

test('names that are allowed are known with any port, and as names below a domain', () => {
  for (const header of ['quick.example.com', 'QUICK.example.com.:8443', 'a.b.apps.example:1']) {
    expect(open.judge(header)).toBe('known');
  }
});

test('the host that a server listens on is known', () => {
  expect(new KnownHosts('mirror.intern.example', []).judge('mirror.intern.example:80')).toBe(
    'known',
  );
  expect(new KnownHosts('192.168.1.2', []).judge('192.168.1.2:80')).toBe('known');
});

test.each([
  '',
  ' ',
  'a b',
  'localhost:port',
  'localhost:123456',
  'localhost:80:80',
  'user@localhost',
  'localhost/',
  'localhost,evil.example',
  'http://localhost',
  '[::1',
  '[evil]',
  '[127.0.0.1]',
  '::1',
  'l\u00f6calhost',
  'a'.repeat(300),
])('%j is malformed', (header) => {
  expect(loopback.judge(header)).toBe('malformed');
  expect(open.judge(header)).toBe('malformed');
});

test('an accepted host stays accepted after more hosts than the cache holds', () => {
  for (let port = 0; port < 2_000; port += 1) {
    expect(loopback.judge(`localhost:${port}`)).toBe('known');
    expect(loopback.judge(`evil.example:${port}`)).toBe('unknown');
  }
  expect(loopback.judge('localhost:0')).toBe('known');
});
