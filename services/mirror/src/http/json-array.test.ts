import { splitBatch, splitPage } from '@quicksilver/contracts/mirror-api/split-answer';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { bytesOf } from '../query/octets.ts';
import { jsonArray, listItem, listPage, valueEnvelope } from './json-array.ts';

const bytes = (text: string): Buffer => Buffer.from(text);
const octets = (text: string): string => bytes(text).toString('latin1');

test('an array has a line feed before every comma and bracket', () => {
  expect(jsonArray(['1', undefined])).toBe('[\n1\n,null\n]');
  expect(jsonArray([])).toBe('[\n]');
  expect(bytesOf(jsonArray([octets('"é"')])).toString()).toBe('[\n"é"\n]');
});

test('an array is JSON and splits into its elements', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.json(), { nil: undefined })), (elements) => {
      const array = bytesOf(
        jsonArray(elements.map((one) => (one === undefined ? one : octets(one)))),
      );
      const expected = elements.map((one) => one ?? 'null');
      expect(JSON.parse(array.toString())).toEqual(expected.map((one) => JSON.parse(one)));
      expect(splitBatch(array.toString())).toEqual(expected);
    }),
  );
});

test('a page is JSON and splits into its items and its cursor', () => {
  const items = [listItem(bytes('"a"'), bytes('{"x":1}')), listItem(bytes('"b"'), bytes('2'))];
  const page = bytesOf(listPage(items, 'next')).toString();
  expect(JSON.parse(page)).toEqual({
    items: [
      { key: 'a', value: { x: 1 } },
      { key: 'b', value: 2 },
    ],
    next: 'next',
  });
  expect(splitPage(page)).toEqual({
    items: ['{"key":"a","value":{"x":1}}', '{"key":"b","value":2}'],
    next: 'next',
  });
  expect(splitPage(listPage([], null))).toEqual({ items: [], next: null });
});

test('the envelope of bakdata Quick contains the value unchanged', () => {
  expect(valueEnvelope('12345678901234567890')).toBe('{"value":12345678901234567890}');
});
