import { describe, expect, test } from 'vitest';

import {
  checkJson,
  decodeUtf8,
  JSON_DEPTH_MAX,
  splitArray,
  splitObject,
  unquote,
  withoutLineFeeds,
} from './json-text.ts';

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'none';
};

describe('decodeUtf8', () => {
  test('bytes that are not UTF-8 are rejected, never replaced', () => {
    for (const bytes of [[0xe9], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0xaf], [0xf5, 0x80]]) {
      expect(codeOf(() => decodeUtf8(Buffer.from(bytes)))).toBe('INVALID_UTF8');
    }
    expect(decodeUtf8(Buffer.from('grün 😀'))).toBe('grün 😀');
  });
});

describe('checkJson', () => {
  test('a text at the depth limit passes, and one level more is rejected', () => {
    expect(codeOf(() => checkJson(nested(JSON_DEPTH_MAX)))).toBe('none');
    expect(codeOf(() => checkJson(nested(JSON_DEPTH_MAX + 1)))).toBe('TOO_DEEP');
    expect(codeOf(() => checkJson('{"a":'.repeat(65) + '1' + '}'.repeat(65)))).toBe('TOO_DEEP');
  });

  test('a hundred thousand levels are rejected, closed or not', () => {
    expect(codeOf(() => checkJson(nested(100_000)))).toBe('TOO_DEEP');
    expect(codeOf(() => checkJson('['.repeat(100_000)))).toBe('TOO_DEEP');
    expect(codeOf(() => checkJson('{"a":'.repeat(100_000)))).toBe('TOO_DEEP');
  });

  test('brackets inside strings and brackets side by side are no depth', () => {
    expect(codeOf(() => checkJson(`"${'['.repeat(1000)}"`))).toBe('none');
    expect(codeOf(() => checkJson(JSON.stringify(`\\"${'{'.repeat(1000)}`)))).toBe('none');
    expect(codeOf(() => checkJson(`[${Array(1000).fill('{}').join(',')}]`))).toBe('none');
  });

  test.each([
    ['', 'nothing'],
    ['{"key":1,', 'a truncated object'],
    ['\ufeff{}', 'a byte order mark'],
    ['{"a":1}{"a":2}', 'two values'],
    ['01', 'a leading zero'],
    ['NaN', 'NaN'],
    ['Infinity', 'Infinity'],
    ["{'a':1}", 'single quotes'],
    ['[1,]', 'a trailing comma'],
    ['"\n"', 'a raw line feed in a string'],
    ['"\\x"', 'an unknown escape'],
  ])('%j is rejected as malformed: %s', (text) => {
    expect(codeOf(() => checkJson(text))).toBe('MALFORMED_JSON');
  });

  test.each([
    ['"\\ud800"'],
    ['"\\uD800x"'],
    ['"\\udc00"'],
    ['"\\ud800\\ud800"'],
    ['"\\udc00\\ud800"'],
    ['"\\ud83d\\u0041"'],
    ['{"\\ud800":1}'],
    ['"\ud800"'],
    ['"\\\\\\ud800"'],
  ])('%s is rejected: it has half of a surrogate pair', (text) => {
    expect(codeOf(() => checkJson(text))).toBe('INVALID_UNICODE');
  });

  test.each([['"\\ud83d\\ude00"'], ['"\\uD83D\\uDE00 \\u00e9"'], ['"\\\\ud800"'], ['"😀"']])(
    '%s is whole and passes',
    (text) => {
      expect(codeOf(() => checkJson(text))).toBe('none');
    },
  );

  test('a name such as __proto__ is plain data and changes no prototype', () => {
    checkJson('{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}');
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });
});

describe('splitObject and splitArray', () => {
  test('members come in order, with names unescaped and values as they were written', () => {
    const text = ' { "k\\u0065y" : 9007199254740993 , "value":{"a":[1, "]}\\""]} ,"z":-1.0e+05\n}';
    expect(splitObject(text)).toEqual([
      { name: 'key', value: '9007199254740993' },
      { name: 'value', value: '{"a":[1, "]}\\""]}' },
      { name: 'z', value: '-1.0e+05' },
    ]);
  });

  test('elements come in order, as they were written', () => {
    expect(splitArray('[1.50 ,"a,b" , [2,[3]],{"x":"}"},null]')).toEqual([
      '1.50',
      '"a,b"',
      '[2,[3]]',
      '{"x":"}"}',
      'null',
    ]);
  });

  test('an empty object and an empty array have no parts', () => {
    expect(splitObject(' { } ')).toEqual([]);
    expect(splitArray('[ ]')).toEqual([]);
  });

  test('other values are distinguished', () => {
    expect(splitObject('[1]')).toBeUndefined();
    expect(splitObject('"{"')).toBeUndefined();
    expect(splitArray('{"a":[1]}')).toBeUndefined();
    expect(splitArray('12')).toBeUndefined();
  });
});

test('a name that is there twice comes twice', () => {
  expect(splitObject('{"a":1,"a":2}')?.map((member) => member.value)).toEqual(['1', '2']);
});

test('unquote returns the text of a JSON string', () => {
  expect(unquote('"plain"')).toBe('plain');
  expect(unquote('"a\\"\\u00e9\\n"')).toBe('a"é\n');
});

test('line breaks and indentation go, everything else stays', () => {
  expect(withoutLineFeeds('{\r\n  "a": [\n1,\n\t2 ],\n\n"b": "x\\n  y"\n}')).toBe(
    '{"a": [1,2 ],"b": "x\\n  y"}',
  );
});

test('a megabyte of white space before a line feed costs no more than reading it', () => {
  const text = `${' '.repeat(1_000_000)}\n1`;
  const start = performance.now();
  expect(withoutLineFeeds(text)).toHaveLength(1_000_001);
  expect(performance.now() - start).toBeLessThan(20_000);
});
