import { readConfig } from '@quicksilver/common/config/option';
import { expect, test } from 'vitest';

import { gatewayOptions } from '../config.ts';
import { forwardedHeaders } from './forwarded-headers.ts';

const config = (names: string) =>
  readConfig(gatewayOptions, {
    QUICK_KAFKA_BOOTSTRAP_SERVER: 'localhost:1',
    QUICK_REST_FORWARDED_HEADERS: names,
  });

test('only headers on the list are forwarded, and the API key never is', () => {
  const names = config('Authorization, accept-language,X-Many').rest.forwardedHeaders;
  const headers = {
    'x-api-key': 'secret',
    authorization: 'Bearer 1',
    cookie: 'a=b',
    'x-many': ['1', '2'] as unknown as string,
  };
  expect(forwardedHeaders(names, headers)).toEqual({
    authorization: 'Bearer 1',
    'x-many': '1, 2',
  });
  expect(forwardedHeaders(config('').rest.forwardedHeaders, headers)).toEqual({});
  expect(forwardedHeaders(new Set(['x-api-key', 'host']), { ...headers, host: 'h' })).toEqual({});
});

test.each(['X-API-Key', 'host', 'Transfer-Encoding', 'content-length', 'a b'])(
  '%s cannot be put on the list',
  (name) => {
    expect(() => config(`authorization,${name}`)).toThrow('is never forwarded');
  },
);
