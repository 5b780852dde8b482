import { expect, test } from 'vitest';

import { DefinitionError } from '../problems/definition-error.ts';
import { parseDefinition } from './parse-definition.ts';

const TYPES = 'type T { a: Int } input I { b: Int } enum E { X }';
const query = (field: string): string => `type Query { ${field} }\n${TYPES}`;
const rest = (url: string): string => query(`a: T @rest(url: ${JSON.stringify(url)})`);

/** All problems as `line:column message`. */
function problemsOf(sdl: string): string[] {
  try {
    parseDefinition(sdl, {
      refuseRest: ({ hostname }) => (hostname === 'refused' ? 'Not there.' : undefined),
    });
    return [];
  } catch (error) {
    if (!(error instanceof DefinitionError)) {
      throw error;
    }
    return error.problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
  }
}

/** The fault, the schema, and all its problems. */
const BROKEN: readonly (readonly [string, string, readonly string[]])[] = [
  [
    'a list',
    query('a: [T!]! @rest(url: "http://h/")'),
    ['1:23 The return type of a field with a rest directive must not be a list'],
  ],
  [
    'a scalar',
    query('a: Int @rest(url: "http://h/")'),
    ['1:21 The return type of a field with a rest directive must not be a scalar'],
  ],
  [
    'an enum',
    query('a: E @rest(url: "http://h/")'),
    ['1:19 The return type of a field with a rest directive must not be a scalar'],
  ],
  [
    'a list of scalars',
    query('a: [Int] @rest(url: "http://h/")'),
    [
      '1:23 The return type of a field with a rest directive must not be a list',
      '1:23 The return type of a field with a rest directive must not be a scalar',
    ],
  ],
  [
    'arguments that are used more than once',
    query(
      'a(b: ID, c: ID): T @rest(url: "http://h/", pathParameter: ["b", "c"], queryParameter: ["c", "b"])',
    ),
    ["1:33 The argument(s) c,b can't be used in multiple parameters"],
  ],
  [
    'an argument twice in one list',
    query('a(b: ID): T @rest(url: "http://h/", queryParameter: ["b", "b"])'),
    ["1:26 The argument(s) b can't be used in multiple parameters"],
  ],
  [
    'a body of a GET',
    query('a(b: I): T @rest(url: "http://h/", bodyParameter: "b")'),
    ['1:49 A body parameter is only supported for POST requests'],
  ],
  [
    'a body that is not an argument',
    query('a: T @rest(url: "http://h/", httpMethod: POST, bodyParameter: "b")'),
    ['1:61 Field for body parameter b not found'],
  ],
  [
    'a body that is a scalar',
    query('a(b: [Long!]): T @rest(url: "http://h/", httpMethod: POST, bodyParameter: "b")'),
    ['1:73 The type of the body parameter must not be a scalar'],
  ],
  [
    'listed parameters that are not arguments',
    query('a(b: ID): T @rest(url: "http://h/", pathParameter: ["b", "c"], queryParameter: "d")'),
    [
      '1:71 Argument c specified as parameter but not found',
      '1:77 Argument d specified as parameter but not found',
    ],
  ],
  [
    'a list in the path',
    query('a(b: [ID!]!): T @rest(url: "http://h/")'),
    [
      '1:30 The path parameter b is a list, but a segment of a path is one value. Use a query parameter.',
    ],
  ],
  [
    'an unknown method',
    query('a: T @rest(url: "http://h/", httpMethod: PUT)'),
    ['1:55 Argument "httpMethod" has invalid value PUT.'],
  ],
  [
    'no url',
    query('a: T @rest'),
    [
      '1:19 Directive "@rest" argument "url" of type "String!" is required, but it was not provided.',
    ],
  ],
  [
    'a field of Subscription',
    `${query('q: [T] @topic(name: "t")')}\ntype Subscription { a: T @rest(url: "http://h/") }`,
    ['3:26 @rest cannot be used on fields of Subscription, because a REST service has no events.'],
  ],
  [
    'an interface',
    `${query('q: [N] @topic(name: "t")')}\ninterface N { a: T @rest(url: "http://h/") } type M implements N { a: T }`,
    [
      '3:20 @rest on N.a has no effect, because N is an interface. Put it on the field of each type that implements it.',
    ],
  ],
  [
    '@topic on the same field',
    query('a(id: ID): T @topic(name: "t", keyArgument: "id") @rest(url: "http://h/")'),
    ['1:64 Query.a has @topic and @rest, but a field has one source. Remove one of them.'],
  ],
  [
    'a host that is not allowed, with all other problems',
    query('a(b: ID): [T] @rest(url: "http://refused/", pathParameter: ["x"], bodyParameter: "b")'),
    [
      '1:28 The return type of a field with a rest directive must not be a list',
      '1:34 Not there.',
      '1:74 Argument x specified as parameter but not found',
      '1:80 A body parameter is only supported for POST requests',
      '1:80 The type of the body parameter must not be a scalar',
    ],
  ],
  [
    'a text that is not a URL',
    rest('h/a'),
    [url('"h/a" is not a URL. Use http://host/path or https://host/path.')],
  ],
  ['a file', rest('file:///etc/passwd'), [scheme('file:')]],
  ['gopher', rest('gopher://h:70/'), [scheme('gopher:')]],
  ['a user', rest('http://user@h/'), [user()]],
  ['a password', rest('http://user:pw@h/'), [user()]],
  ['an empty user', rest('http://@h/'), [user()]],
  [
    'a fragment',
    rest('http://h/a#b'),
    [url('The url of @rest must not have a fragment (#…), which is never sent.')],
  ],
  [
    'a placeholder',
    rest('http://h/{id}'),
    [
      url(
        'The url of @rest cannot have placeholders such as {id}. Path parameters are appended to it, one segment each.',
      ),
    ],
  ],
  ...[
    ['http://0x7f000001/', 'http://127.0.0.1/'],
    ['http://2130706433/', 'http://127.0.0.1/'],
    ['http://0177.0.0.1/', 'http://127.0.0.1/'],
    ['http://127.1/', 'http://127.0.0.1/'],
    ['http://[::ffff:127.0.0.1]/', 'http://[::ffff:7f00:1]/'],
    ['http://[0:0::1]/', 'http://[::1]/'],
    ['http://①②⑦.0.0.1/', 'http://127.0.0.1/'],
    ['http://h%65/', 'http://he/'],
    ['http://h/a/../b', 'http://h/b'],
    ['http://h/%2e%2e/b', 'http://h/b'],
    ['http://h\\a', 'http://h/a'],
    ['http:h/', 'http://h/'],
    ['HTTP://H/', 'http://h/'],
    ['http://h:80/', 'http://h/'],
    ['http://h/a b\r\nX: y', 'http://h/a%20bX:%20y'],
  ].map(([spelling = '', normal]): readonly [string, string, readonly string[]] => [
    `${JSON.stringify(spelling)}, which is not in normal form`,
    rest(spelling),
    [url(`The url of @rest must be written as ${normal}`)],
  ]),
];

function url(message: string): string {
  return `1:25 ${message}`;
}

function scheme(protocol: string): string {
  return url(`The url of @rest must begin with http:// or https://, found ${protocol}`);
}

function user(): string {
  return url(
    'The url of @rest must not have a user or a password, because everyone who can read the schema can read them.',
  );
}

test.each(BROKEN)('%s', (_what, sdl, problems) => {
  expect(problemsOf(sdl)).toEqual(problems);
});

test('non-null arguments are segments and nullable ones are in the query, unless they are listed', () => {
  const { rests } = parseDefinition(`
    type Query {
      a(b: ID!, c: Int, d: Int!, e: I): T @rest(url: "https://h:8443/x?k=v")
      f(b: ID!, c: Int, e: I): T! @rest(url: "http://[::1]:81", httpMethod: POST, bodyParameter: "e", queryParameter: ["b"])
      g(id: ID): G
    }
    type G { h(c: Int): T @rest(url: "http://h/y/", pathParameter: ["id"]) }
    ${TYPES}`);
  const ofField = (argument: string) => ({ argument, argumentOf: 'field' });
  expect(rests).toEqual([
    {
      kind: 'rest',
      typeName: 'Query',
      fieldName: 'a',
      method: 'GET',
      url: { origin: 'https://h:8443', hostname: 'h', port: 8443, path: '/x', query: 'k=v' },
      pathParameters: [ofField('b'), ofField('d')],
      queryParameters: [ofField('c'), ofField('e')],
      isNullable: true,
    },
    {
      kind: 'rest',
      typeName: 'Query',
      fieldName: 'f',
      method: 'POST',
      url: { origin: 'http://[::1]:81', hostname: '[::1]', port: 81, path: '/', query: '' },
      pathParameters: [],
      queryParameters: [ofField('b')],
      bodyParameter: ofField('e'),
      isNullable: false,
    },
    {
      kind: 'rest',
      typeName: 'G',
      fieldName: 'h',
      method: 'GET',
      url: { origin: 'http://h', hostname: 'h', port: 80, path: '/y/', query: '' },
      pathParameters: [{ argument: 'id', argumentOf: 'root' }],
      queryParameters: [ofField('c')],
      isNullable: true,
    },
  ]);
});
