import { parseDefinition } from '@quicksilver/definition/parse-definition';
import type { RestBinding } from '@quicksilver/definition/rest-binding';
import { describe, expect, test } from 'vitest';

import { ExactNumber } from '@quicksilver/common/numbers/exact-number';
import { restRequest } from './rest-request.ts';

const TYPES = 'type T { a: Int } input I { n: Long } enum E { X }';

function bindingOf(field: string): RestBinding {
  const [binding] = parseDefinition(`type Query { ${field} } ${TYPES}`).rests;
  if (binding === undefined) {
    throw new Error(`${field} has no @rest`);
  }
  return binding;
}

const request = (field: string, args: Record<string, unknown>) =>
  restRequest(bindingOf(field), ({ argument }) => args[argument]);

const ONE = 'a(id: ID!, q: String): T @rest(url: "http://h/base")';

describe('the URL of a call', () => {
  test.each([
    [
      'without arguments the path is that of the url',
      'a: T @rest(url: "http://h/b/?k=v")',
      {},
      '/b/?k=v',
    ],
    ['segments are appended', ONE, { id: 'x' }, '/base/x'],
    [
      'a final slash of the url is not doubled',
      'a(id: ID!): T @rest(url: "http://h/b/")',
      { id: 'x' },
      '/b/x',
    ],
    ['a url without a path', 'a(id: ID!): T @rest(url: "http://h")', { id: 'x' }, '/x'],
    [
      'parameters follow the query of the url',
      'a(q: Int): T @rest(url: "http://h/b?k=v")',
      { q: 1 },
      '/b?k=v&q=1',
    ],
    ['what is left out, or null, is not sent', ONE, { id: 'x', q: null }, '/base/x'],
    ['an empty text is sent', ONE, { id: 'x', q: '' }, '/base/x?q='],
    ['a slash is no divider', ONE, { id: 'a/b' }, '/base/a%2Fb'],
    ['a question mark begins no query', ONE, { id: '?x=1&y' }, '/base/%3Fx%3D1%26y'],
    ['a hash ends nothing', ONE, { id: '#', q: '#' }, '/base/%23?q=%23'],
    ['an ampersand adds no parameter', ONE, { id: 'x', q: 'a&b=c' }, '/base/x?q=a%26b%3Dc'],
    [
      'line ends add no header',
      ONE,
      { id: 'a\r\nHost: b', q: '\r\n' },
      '/base/a%0D%0AHost%3A%20b?q=%0D%0A',
    ],
    ['dots inside a name are a name', ONE, { id: 'a..b.' }, '/base/a..b.'],
    ['percent signs stay what they are', ONE, { id: '%2e%2e' }, '/base/%252e%252e'],
    ['other scripts', ONE, { id: 'é/😀' }, '/base/%C3%A9%2F%F0%9F%98%80'],
    [
      'enums, booleans and numbers with all digits',
      'a(id: ID!, e: E, b: Boolean, l: Long, d: BigDecimal): T @rest(url: "http://h")',
      {
        id: 'x',
        e: 'X',
        b: true,
        l: new ExactNumber('9007199254740993'),
        d: new ExactNumber('1.50'),
      },
      '/x?e=X&b=true&l=9007199254740993&d=1.50',
    ],
    [
      'objects as JSON',
      'a(o: I): T @rest(url: "http://h/")',
      { o: { n: new ExactNumber('9007199254740993') } },
      '/?o=%7B%22n%22%3A9007199254740993%7D',
    ],
    [
      'lists repeat their parameter',
      'a(t: [String]): T @rest(url: "http://h/")',
      { t: ['a', null, 'b&'] },
      '/?t=a&t=b%26',
    ],
    [
      'path parameters in the order of their list',
      'a(b: ID, c: ID!): T @rest(url: "http://h/", pathParameter: ["b", "c"])',
      { b: '1', c: '2' },
      '/1/2',
    ],
  ])('%s', (_what, field, args, path) => {
    expect(request(field, args)).toEqual({
      method: 'GET',
      origin: 'http://h',
      path,
      isNullable: true,
    });
  });

  test.each(['', '.', '..', '../admin', 'a/../b', '..\\x', 'x/.', 'x\\..'])(
    'a segment that changes the path is rejected: %j',
    (id) => {
      expect(() => request(ONE, { id })).toThrow(
        expect.objectContaining({
          code: 'BAD_REQUEST',
          message: expect.stringMatching(/^Expected id, a path parameter, to be neither empty/),
        }),
      );
    },
  );

  test('a missing segment is rejected with the text of bakdata Quick', () => {
    const field = 'a(b: ID): T @rest(url: "http://h/", pathParameter: ["b"])';
    expect(() => request(field, {})).toThrow(
      'b is used as a path parameter and is thus required. Either specify it in your query or remove it as a path parameter.',
    );
  });

  test('half of a surrogate pair and a URL that is too long are rejected', () => {
    expect(() => request(ONE, { id: 'x', q: '\ud800' })).toThrow('q is not valid Unicode');
    expect(() => request(ONE, { id: 'x'.repeat(8_000) })).toThrow('8006 characters');
  });
});

test('a body is the JSON of its argument with all digits, and absent if the argument is absent', () => {
  const field = 'a(o: I): T! @rest(url: "http://h/", httpMethod: POST, bodyParameter: "o")';
  const call = { method: 'POST', origin: 'http://h', path: '/', isNullable: false };
  expect(request(field, { o: { n: new ExactNumber('9007199254740993') } })).toEqual({
    ...call,
    body: '{"n":9007199254740993}',
  });
  expect(request(field, { o: null })).toEqual(call);
});
