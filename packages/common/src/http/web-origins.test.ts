import { expect, test } from 'vitest';

import { ORIGIN_ENTRY } from '../config/origin-options.ts';
import { WebOrigins } from './web-origins.ts';

test.each<[entry: string, inside: readonly string[], outside: readonly string[]]>([
  [
    'https://app.example.com',
    ['https://app.example.com'],
    ['http://app.example.com', 'https://app.example.com:8443', 'https://app.example.com.evil.net'],
  ],
  [
    'https://*.example.com',
    ['https://a.example.com', 'https://a.b-c.example.com'],
    [
      'https://example.com',
      'https://evilexample.com',
      'https://a.example.com:81',
      'https://a.example.com.evil.net',
      'https://evil.net/.example.com',
      'https://evil.net#.example.com',
      'https://axexample.com',
    ],
  ],
  [
    'http://localhost:*',
    ['http://localhost', 'http://localhost:3000'],
    ['http://localhost.evil.net:1', 'https://localhost:3000', 'http://localhost:3000.evil.net'],
  ],
  ['http://[::1]:*', ['http://[::1]:5173', 'http://[::1]'], ['http://[::2]:5173']],
  ['https://*.example.com:*', ['https://a.example.com:8443'], ['https://example.com:8443']],
  ['*', ['https://anything.example', 'http://localhost:1'], ['null']],
])('%s has %j and not %j', (entry, inside, outside) => {
  expect(ORIGIN_ENTRY.test(entry)).toBe(true);
  const origins = new WebOrigins([entry]);
  expect(inside.filter((origin) => !origins.has(origin))).toEqual([]);
  expect(outside.filter((origin) => origins.has(origin))).toEqual([]);
  expect(origins.lists(inside[0] ?? '')).toBe(entry !== '*');
});

test.each([
  'app.example.com',
  'null',
  'https://app.example.com/',
  'https://app.example.com/path',
  'https://*',
  'https://a.*.example.com',
  'https://app*.example.com',
  'https://app.example.com:port',
  'https://user@app.example.com',
])('%s is not an origin', (entry) => {
  expect(ORIGIN_ENTRY.test(entry)).toBe(false);
});
