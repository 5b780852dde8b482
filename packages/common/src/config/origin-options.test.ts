import { expect, test } from 'vitest';
import { z } from 'zod';

import { readConfig } from './option.ts';
import { originOptions } from './origin-options.ts';

test('hosts and origins are lists, in lower case', () => {
  expect(
    readConfig(originOptions, {
      QUICK_ALLOWED_HOSTS: 'Quick.example.com, *.apps.example,10.0.0.1,[::1],quick_mirror-0',
      QUICK_CORS_ORIGINS: 'https://App.example.com,http://localhost:*, chrome-extension://abc',
      QUICK_ALLOWED_ORIGINS: '*, https://*.example.com',
    }),
  ).toEqual({
    allowedHosts: ['quick.example.com', '*.apps.example', '10.0.0.1', '[::1]', 'quick_mirror-0'],
    corsOrigins: ['https://app.example.com', 'http://localhost:*', 'chrome-extension://abc'],
    allowedOrigins: ['*', 'https://*.example.com'],
  });
  const none = { allowedHosts: [], corsOrigins: [], allowedOrigins: [] };
  expect(readConfig(originOptions, {})).toEqual(none);
});

test.each(['*', '*.', 'a:80', 'http://a', 'a b', 'a/', '.example', '*.*.example', 'a*'])(
  'QUICK_ALLOWED_HOSTS=%s is refused',
  (text) => {
    expect(() => readConfig(originOptions, { QUICK_ALLOWED_HOSTS: text })).toThrow(
      'expected names without ports',
    );
  },
);

test.each(['null', 'app.example.com', 'https://a/', 'https://a/b', 'https://u:p@a', 'https://'])(
  'QUICK_CORS_ORIGINS=%s is rejected',
  (text) => {
    for (const name of ['QUICK_CORS_ORIGINS', 'QUICK_ALLOWED_ORIGINS']) {
      expect(() => readConfig(originOptions, { [name]: text })).toThrow('expected origins');
    }
  },
);

test('an option that is wrong is shown without the user and the password of its URL', () => {
  const table = {
    url: { env: 'QUICK_URL', text: 'An address.', schema: z.literal('never') },
  } as const;
  const read = (): unknown =>
    readConfig(table, { QUICK_URL: 'http://user:CANARY/1@host,http://CANARY@other' });
  expect(read).toThrow('QUICK_URL=http://[secret]@host,http://[secret]@other: ');
});
