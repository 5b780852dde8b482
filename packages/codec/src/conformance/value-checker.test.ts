import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { compileValueCheck } from './value-checker.ts';
import type { ValueSchema } from './value-schema.ts';

const MEMBER: ValueSchema = {
  type: 'Member!',
  types: {
    Member: {
      fields: {
        id: 'ID!',
        name: 'String!',
        role: 'Role',
        books: '[Book!]!',
        friend: 'Member',
        contact: 'Contact',
      },
    },
    Role: { symbols: ['READER', 'STAFF'] },
    Book: { fields: { title: 'String!', pages: 'Int', price: 'BigDecimal' } },
    Contact: { members: ['Mail', 'Phone'] },
    Mail: { fields: { address: 'String!' } },
    Phone: { fields: { number: 'Long!' } },
  },
};
const GOOD = '{"id":7,"name":"a","books":[]}';

function problemsOf(json: string, unknownMembers: 'accept' | 'reject' = 'accept'): string[] {
  const check = compileValueCheck(MEMBER, { unknownMembers });
  return check(json).map(({ path, message }) => `${path}: ${message}`);
}

const withMember = (member: string): string => GOOD.replace('}', `,${member}}`);

test.each([
  GOOD,
  ' { "name" : "a" , "books" : [ { "title" : "b" , "pages" : null } ] , "id" : "x" } ',
  withMember('"role":"STAFF","friend":null,"contact":{"number":"9223372036854775807"}'),
  withMember(`"friend":${GOOD},"contact":{"__typename":"Mail","address":"a"}`),
  withMember('"unknown":{"any":["thing"]},"__typename":"Member"'),
  String.raw`{"\u0069d":"x","name":"\"}","books":[]}`,
])('%s conforms', (json) => {
  expect(problemsOf(json)).toEqual([]);
});

test.each([
  ['"text"', ['value: expected Member, found "text"']],
  ['null', ['value: expected Member!, found null']],
  [
    '{"foo":1}',
    [
      'value.id: expected ID!, but the member is missing',
      'value.name: expected String!, but the member is missing',
      'value.books: expected [Book!]!, but the member is missing',
    ],
  ],
  [
    '{"id":1.5,"name":7,"role":"GUEST","books":[{"title":null},3,{"title":"b","pages":2147483648}]}',
    [
      'value.id: expected ID, found 1.5',
      'value.name: expected String, found 7',
      'value.role: expected one of READER, STAFF, found "GUEST"',
      'value.books[0].title: expected String!, found null',
      'value.books[1]: expected Book, found 3',
      'value.books[2].pages: expected Int, found 2147483648',
    ],
  ],
  [
    withMember('"contact":{"fax":1}'),
    ['value.contact: expected Contact (Mail, Phone), found {"fax":1}'],
  ],
  [
    withMember('"contact":{"number":9223372036854775808}'),
    ['value.contact.number: expected Long, found 9223372036854775808'],
  ],
  [
    withMember('"contact":{"__typename":"Mail","number":1}'),
    ['value.contact.address: expected String!, but the member is missing'],
  ],
])('%s does not conform, and every place is named', (json, mismatches) => {
  expect(problemsOf(json)).toEqual(mismatches);
});

test('unknown members are a mismatch only if the option says so', () => {
  expect(problemsOf(withMember('"extra":1'), 'reject')).toEqual([
    'value.extra: the type Member has no such field',
  ]);
  expect(problemsOf(withMember('"__typename":"Member"'), 'reject')).toEqual([]);
});

test('the number of mismatches is bounded', () => {
  const books = Array.from({ length: 10_000 }, () => '7').join(',');
  expect(problemsOf(`{"id":1,"name":"a","books":[${books}]}`)).toHaveLength(20);
});

test.each([
  ['Int', ['1', '-1.0', '2e3'], ['"1"', '1.5', '2147483648', 'true']],
  ['Float', ['1', '0.1', '1e300'], ['"1"', '1e400', '[]']],
  ['String', ['""', '"1"'], ['1', 'true', '{}']],
  ['ID', ['"a"', '7', '9007199254740993'], ['1.5', 'false']],
  ['Boolean', ['true', 'false'], ['"true"', '0']],
  ['Long', ['9223372036854775807', '"-1"'], ['9223372036854775808', '"x"', '1.5']],
  ['Short', ['32767'], ['32768']],
  ['Byte', ['-128'], ['128']],
  ['BigInteger', ['1e30', '"007"'], ['1.5', '"a"', 'true']],
  ['BigDecimal', ['0.10000000000000000000000001', '"1.5"'], ['"x"', '[]']],
  ['Char', ['"a"', '"\\n"'], ['"ab"', '""', '1']],
  ['Bytes', ['"AA=="', '""'], ['"A"', '"a-b="']],
  ['DateTime', ['"2026-11-24T18:00:00Z"', '1764000000000'], ['"2026-13-01T00:00:00Z"', '"today"']],
  ['JSON', ['1', '{"a":[]}', '"x"'], []],
])('a value of %s', (scalar, good, bad) => {
  const check = compileValueCheck({ type: `${scalar}!`, types: {} }, { unknownMembers: 'accept' });
  expect(good.filter((json) => check(json).length > 0)).toEqual([]);
  expect(bad.filter((json) => check(json).length === 0)).toEqual([]);
});

describe('any JSON', () => {
  const json = fc.json().map((text) => text);
  test('is walked to its end, with or without white space', () => {
    fc.assert(
      fc.property(json, fc.boolean(), (text, isSpaced) => {
        const spaced = isSpaced ? JSON.stringify(JSON.parse(text), null, 2) : text;
        const list = `{"id":1,"name":"a","books":[],"x":${spaced},"role":7}`;
        expect(problemsOf(list)).toEqual(['value.role: expected one of READER, STAFF, found 7']);
        expect(problemsOf(`{"id":1,"name":"a","books":${spaced},"role":7}`).at(-1)).toMatch(/role/);
      }),
    );
  });
});
