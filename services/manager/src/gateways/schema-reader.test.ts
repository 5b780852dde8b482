import { afterAll, expect, test } from 'vitest';

import { SchemaReader } from './schema-reader.ts';

/** Generous limits, so that no read is late on a busy machine unless the test is about lateness. */
const reader = new SchemaReader({ readMs: 20_000 });
afterAll(() => reader.stop());

const GOOD = 'type Query { a(id: ID): A @topic(name: "as", keyArgument: "id") } type A { id: ID }';
const invalid = (detail: string): object => ({
  code: 'INVALID_SCHEMA',
  message: expect.stringContaining(detail),
});

test('what a schema binds comes as plain data, and a type as its SDL', async () => {
  expect(await reader.bindings(GOOD)).toMatchObject([{ kind: 'one-by-argument', topic: 'as' }]);
  expect(await reader.printType(GOOD, 'a')).toBe('type A {\n  id: ID\n}');
  await expect(reader.printType(GOOD, 'B')).rejects.toMatchObject({
    code: 'INVALID_SPEC',
    message: 'Type B does not exist',
  });
  // A schema of an older version may break a rule of this one.
  await expect(reader.printType('type Query { a: A }', 'A')).rejects.toMatchObject({
    code: 'INVALID_SCHEMA',
  });
});

test('every problem has its position, up to a limit', async () => {
  await expect(reader.bindings('type Query { a: B, c: D }')).rejects.toMatchObject({
    code: 'INVALID_SCHEMA',
    extra: {
      errors: [
        { line: 1, column: 17, message: expect.stringContaining('"B"') },
        { line: 1, column: 23, message: expect.stringContaining('"D"') },
      ],
    },
  });
  const fields = Array.from({ length: 500 }, (_none, at) => `a${at}: B${at}`).join(' ');
  await expect(reader.bindings(`type Query { ${fields} }`)).rejects.toMatchObject(
    invalid('and 400 more.'),
  );
});

test('the hosts of @rest are checked when a schema is applied, with their position', async () => {
  const sdl = 'type Query { a: A @rest(url: "http://169.254.169.254/latest/") } type A { id: ID }';
  const hosts = [{ hostname: 'api.example.com', isPrivate: false }];
  await expect(reader.bindings(sdl, { restHosts: hosts })).rejects.toMatchObject({
    code: 'INVALID_SCHEMA',
    extra: {
      errors: [
        {
          line: 1,
          column: 25,
          message:
            '@rest may not fetch from 169.254.169.254:80, which is not among the hosts of QUICK_REST_ALLOWED_HOSTS.',
        },
      ],
    },
  });
  await expect(reader.bindings(sdl, { restHosts: [] })).rejects.toMatchObject(
    invalid('Set QUICK_REST_ALLOWED_HOSTS'),
  );
  expect(await reader.bindings(sdl)).toEqual([]);
});

test('invalid documents are reported by file, line and column, up to a limit', async () => {
  const documents = { 'a.graphql': '{ a(id: 1) { id } }', 'b.graphql': 'query {\n  b\n}' };
  await expect(reader.bindings(GOOD, { documents })).rejects.toMatchObject({
    code: 'INVALID_DOCUMENTS',
    message:
      'Trusted documents are not valid for the schema of the gateway:\n- b.graphql:2:3 Cannot query field "b" on type "Query". Did you mean "a"?',
    extra: { errors: [{ file: 'b.graphql', line: 2, column: 3 }] },
  });
  const many = Object.fromEntries(Array.from({ length: 150 }, (_none, at) => [`${at}`, '{ b }']));
  await expect(reader.bindings(GOOD, { documents: many })).rejects.toMatchObject({
    message: expect.stringContaining('and 50 more.'),
  });
});

test('what takes too long is ended, those who wait behind it are served, and the thread is another one', async () => {
  const impatient = new SchemaReader({ readMs: 1_500 });
  // Which known name each unknown one may mean takes half a minute to find out.
  const each = (text: (at: number) => string): string =>
    Array.from({ length: 8_000 }, (_none, at) => text(at)).join(' ');
  const endless = `type Query{${each((at) => `f${at}:Typo${at}`)}} ${each((at) => `type Type${at}{a:Int}`)}`;
  const outcomes = await Promise.allSettled([
    impatient.bindings(endless),
    impatient.bindings(GOOD),
  ]);
  expect(outcomes).toMatchObject([
    { status: 'rejected', reason: invalid('could not be parsed within') },
    { status: 'fulfilled' },
  ]);
  await impatient.stop();
});

test('a queue that is full refuses', async () => {
  const outcomes = await Promise.allSettled(
    Array.from({ length: 40 }, () => reader.bindings(GOOD)),
  );
  const refused = outcomes.filter(({ status }) => status === 'rejected');
  expect(refused).toHaveLength(8);
  expect(refused).toMatchObject(Array(8).fill({ reason: { code: 'OVERLOADED' } }));
});
