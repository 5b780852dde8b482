import { expect, test } from 'vitest';

import { restOptions } from './common-options.ts';
import { readConfig } from './option.ts';
import { restRefusal } from './rest-hosts.ts';

const hostsOf = (text: string) =>
  readConfig(restOptions, { QUICK_REST_ALLOWED_HOSTS: text }).restHosts;

test('hosts are read with their ports and marks', () => {
  expect(hostsOf('')).toEqual([]);
  expect(hostsOf('API.example.com, stock:8080=private ,[::1]:81,127.0.0.1')).toEqual([
    { hostname: 'api.example.com', isPrivate: false },
    { hostname: 'stock', port: 8080, isPrivate: true },
    { hostname: '[::1]', port: 81, isPrivate: false },
    { hostname: '127.0.0.1', isPrivate: false },
  ]);
});

test.each([
  'http://a',
  'a/b',
  'a:0',
  'a:65536',
  '0x7f000001',
  '2130706433',
  'a@b',
  '*',
  '[::zz]',
  'a=public',
])('%s is no host', (text) => {
  expect(() => hostsOf(`good.example.com,${text}`)).toThrow(/QUICK_REST_ALLOWED_HOSTS.*found/);
});

test.each([
  ['api.example.com', 443, undefined],
  ['api.example.com', 80, undefined],
  ['api.example.com', 9092, 'with this port'],
  ['stock', 8080, undefined],
  ['stock', 80, 'with this port'],
  ['api.example.com.', 443, 'not among'],
  ['evil-api.example.com', 443, 'not among'],
  ['169.254.169.254', 80, 'not among'],
])('%s:%i is allowed or rejected', (hostname, port, why) => {
  const refusal = restRefusal(hostsOf('api.example.com,stock:8080'), { hostname, port });
  if (why === undefined) {
    expect(refusal).toBeUndefined();
  } else {
    expect(refusal).toContain(why);
  }
});

test('without hosts every service is rejected, and the error names the option', () => {
  expect(restRefusal([], { hostname: 'a', port: 80 })).toBe(
    '@rest is off, because no host is allowed. Set QUICK_REST_ALLOWED_HOSTS of the manager and the gateways, for example to a:80.',
  );
});
