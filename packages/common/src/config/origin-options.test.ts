import { expect, test } from 'vitest';
import { z } from 'zod';

import { readConfig } from './option.ts';
import { originOptions } from './origin-options.ts';

test('hosts and origins are lists, in lower case', () => {
  expect(
    readConfig(originOptions, {
      QUICK_ALLOWED_HOSTS: 'Quick.example.com, *.apps.example,10.0.0.1,[::1],quick_mirror-0',
      QUICK_ALLOWED_ORIGINS:
        'https://App.example.com,http://localhost:3000, chrome-extension://abc',
    }),
  ).toEqual({
    allowedHosts: ['quick.example.com', '*.apps.example', '10.0.0.1', '[::1]', 'quick_mirror-0'],
    allowedOrigins: new Set([
      'https://app.example.com',
      'http://localhost:3000',
      'chrome-extension://abc',
    ]),
  });
  expect(readConfig(originOptions, {})).toEqual({ allowedHosts: [], allowedOrigins: new Set() });
});

test.each(['*', '*.', 'a:80', 'http://a', 'a b', 'a/', '.example', '*.*.example', 'a*'])(
  'QUICK_ALLOWED_HOSTS=%s is refused',
  (text) => {
    expect(() => readConfig(originOptions, { QUICK_ALLOWED_HOSTS: text })).toThrow(
      'expected names without ports',
    );
  },
);

test.each([
  '*',
  'null',
  'app.example.com',
  'https://a/',
  'https://a/b',
  'https://u:p@a',
  'https://',
])('QUICK_ALLOWED_ORIGINS=%s is rejected', (text) => {
  expect(() => readConfig(originOptions, { QUICK_ALLOWED_ORIGINS: text })).toThrow(
    'expected origins',
  );
});

test('an option that is wrong is shown without the user and the password of its URL', () => {
  const table = {
    url: { env: 'QUICK_URL', text: 'An address.', schema: z.literal('never') },
  } as const;
  const read = (): unknown =>
    readConfig(table, { QUICK_URL: 'http://user:CANARY/1@host,http://CANARY@other' });
  expect(read).toThrow('QUICK_URL=http://[secret]@host,http://[secret]@other: ');
});
