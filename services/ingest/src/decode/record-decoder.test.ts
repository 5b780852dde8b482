import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';
import { describe, expect, test } from 'vitest';

import { bodyText, decodeKey, decodePair, decodePathKey, itemsOf } from './record-decoder.ts';

const limits = { keyBytesMax: 10, valueBytesMax: 20, itemsMax: 3 };
const topic = (
  keyType: TopicEntry['keyType'] = 'STRING',
  valueType: TopicEntry['valueType'] = 'JSON',
): TopicEntry => ({ name: 't', keyType, valueType, writeType: 'MUTABLE', partitions: 3 });

const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'none';
};

describe('a pair', () => {
  test('becomes the bytes of its key and of its value, digits kept', () => {
    const { key, value } = decodePair('{"value": {"a":1.50}, "key":"k"}', topic(), limits);
    expect([String(key), String(value)]).toEqual(['k', '{"a":1.50}']);
  });

  test('may have other members, which are passed over', () => {
    expect(String(decodePair('{"key":"k","x":[1],"value":1}', topic(), limits).value)).toBe('1');
  });

  test.each([
    ['1', 'BAD_REQUEST'],
    ['["k","v"]', 'BAD_REQUEST'],
    ['{"value":1}', 'KEY_REQUIRED'],
    ['{"key":null,"value":1}', 'KEY_REQUIRED'],
    ['{"key":"","value":1}', 'KEY_REQUIRED'],
    ['{"key":"k"}', 'VALUE_REQUIRED'],
    ['{"key":"k","value":null}', 'NULL_VALUE'],
    ['{"key":1,"value":1}', 'TYPE_MISMATCH'],
    ['{"key":true,"value":1}', 'TYPE_MISMATCH'],
    ['{"key":{"a":1},"value":1}', 'TYPE_MISMATCH'],
    ['{"key":"k","key":"l","value":1}', 'BAD_REQUEST'],
    ['{"key":"k","value":1,"\\u0076alue":2}', 'BAD_REQUEST'],
    ['{"key":"12345678901","value":1}', 'KEY_TOO_LARGE'],
    ['{"key":"ééééé€","value":1}', 'KEY_TOO_LARGE'],
    ['{"key":"k","value":"1234567890123456789"}', 'VALUE_TOO_LARGE'],
  ])('%s is refused with %s', (text, code) => {
    expect(codeOf(() => decodePair(text, topic(), limits))).toBe(code);
  });

  test.each([
    ['7', 'Expected key-value object or list of key-value objects. Got: NUMBER'],
    ['[1]', 'Expected key-value object or list of key-value objects. Got: ARRAY'],
    ['{"key":1}', "Could not find 'key' or 'value' fields in: {\"key\":1}"],
    ['{"value":1}', "Could not find 'key' or 'value' fields in: {\"value\":1}"],
    [
      '{"key":"a","value":1}',
      'Data must be of type LONG. Got: STRING ("a"). Expected a whole JSON number, or its digits as a JSON string, in the member key.',
    ],
    [
      '{"key":1,"value":1.5}',
      'Data must be of type LONG. Got: NUMBER (1.5). Expected a whole JSON number, or its digits as a JSON string, in the member value.',
    ],
  ])('%s is reported as in bakdata Quick, with the member', (text, message) => {
    expect(() => decodePair(text, topic('LONG', 'LONG'), limits)).toThrow(message);
  });

  test('a hint leads from null to DELETE', () => {
    expect(() => decodePair('{"key":"k","value":null}', topic(), limits)).toThrow(/use DELETE/);
  });
});

describe('a body', () => {
  test.each([
    [undefined, 'BODY_REQUIRED'],
    [Buffer.alloc(0), 'BODY_REQUIRED'],
    [Buffer.from('  '), 'MALFORMED_JSON'],
    [Buffer.from([0x22, 0xe9, 0x22]), 'INVALID_UTF8'],
    [Buffer.from('{"key":1,'), 'MALFORMED_JSON'],
  ])('%s is refused with %s', (body, code) => {
    expect(codeOf(() => bodyText(body))).toBe(code);
  });

  test('is several items if it is an array, within the limit', () => {
    expect(itemsOf('[1, {"a":[2]} ,"3"]', limits)).toEqual(['1', '{"a":[2]}', '"3"']);
    expect(itemsOf('{"a":1}', limits)).toBeUndefined();
    expect(codeOf(() => itemsOf('[1,2,3,4]', limits))).toBe('TOO_MANY_ITEMS');
    expect(codeOf(() => itemsOf(' [ ] ', limits))).toBe('EMPTY_BATCH');
  });
});

describe('a key', () => {
  test('is the same in a body and in a path', () => {
    expect(decodePathKey('-7', topic('INTEGER'), limits)).toEqual(
      decodeKey('-7', topic('INTEGER'), limits),
    );
    expect(decodePathKey('a b', topic(), limits)).toEqual(decodeKey('"a b"', topic(), limits));
  });

  test('has limits in a path, too', () => {
    expect(codeOf(() => decodePathKey('12345678901', topic(), limits))).toBe('KEY_TOO_LARGE');
    expect(codeOf(() => decodePathKey('', topic(), limits))).toBe('KEY_REQUIRED');
    expect(codeOf(() => decodePathKey('1.0', topic('DOUBLE'), limits))).toBe('BAD_KEY');
  });
});
