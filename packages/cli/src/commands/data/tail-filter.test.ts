import { expect, test } from 'vitest';

import { renderHeaders, tailFilter, type FilterTexts } from './tail-filter.ts';

const RECORD = {
  key: '"a"',
  value: '{"id":9007199254740993,"position":{"lat":52.50},"name":"tea","gone":null}',
  headers: [
    { key: 'type', value: 'order=new' },
    { key: 'trace', value: null },
  ],
};

test.each<[FilterTexts, boolean]>([
  [{}, true],
  [{ key: 'a' }, true],
  [{ key: '"a"' }, true],
  [{ key: 'b' }, false],
  [{ contains: '"tea"' }, true],
  [{ contains: 'coffee' }, false],
  [{ where: 'name=tea' }, true],
  [{ where: 'name="tea"' }, true],
  [{ where: 'id=9007199254740993' }, true],
  [{ where: 'id=9007199254740992' }, false],
  [{ where: 'position.lat=52.50' }, true],
  [{ where: 'position.lat=52.5' }, false],
  [{ where: 'gone=null' }, true],
  [{ where: 'missing=null' }, false],
  [{ where: 'toString=x' }, false],
  [{ header: 'trace' }, true],
  [{ header: 'type=order=new' }, true],
  [{ header: 'type=order' }, false],
  [{ header: 'other' }, false],
  [{ key: 'a', where: 'name=tea', header: 'type' }, true],
  [{ key: 'a', where: 'name=milk', header: 'type' }, false],
])('a filter of %o lets the record pass: %s', (texts, isMatch) => {
  expect(tailFilter(texts)(RECORD)).toBe(isMatch);
});

test('a value without members has none, and a filter without a value is a mistake', () => {
  expect(tailFilter({ where: 'a=1' })({ ...RECORD, value: '[1]' })).toBe(false);
  expect(tailFilter({ where: 'a=1' })({ ...RECORD, value: 'null' })).toBe(false);
  for (const where of ['a', '=1', '']) {
    expect(() => tailFilter({ where })).toThrow(/path=value/);
  }
});

test('headers are text, or base64', () => {
  const record = { offset: 0n, timestamp: 0n, key: null, value: null };
  const headers = [
    ['a', Buffer.from('ü')],
    ['b', null],
    ['c', Buffer.from([0xff])],
  ] as const;
  expect(renderHeaders({ ...record, headers })).toEqual([
    { key: 'a', value: 'ü' },
    { key: 'b', value: null },
    { key: 'c', value: { base64: '/w==' } },
  ]);
  expect(renderHeaders(record)).toEqual([]);
});
