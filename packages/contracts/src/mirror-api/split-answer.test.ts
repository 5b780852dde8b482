import { describe, expect, test } from 'vitest';

import { splitBatch, splitPage } from './split-answer.ts';

describe('a batch', () => {
  test('splits into its values, commas inside them left alone', () => {
    expect(splitBatch('[\n{"a":[1,2]}\n,null\n,"x,]"\n]')).toEqual([
      '{"a":[1,2]}',
      'null',
      '"x,]"',
    ]);
  });

  test.each(['[]', '[\n]'])('is empty when it is %j', (text) => {
    expect(splitBatch(text)).toEqual([]);
  });

  test.each(['', 'null', '[1,2]', '[\n1\n2\n]', '[\n1', '<html></html>'])(
    'of another form is refused: %j',
    (text) => {
      expect(splitBatch(text)).toBeUndefined();
    },
  );
});

describe('a page', () => {
  test('splits into its items and the cursor', () => {
    const text = '{"items":[\n{"key":1,"value":{"a":1}}\n,{"key":2,"value":[]}\n],"next":"c2"}';
    expect(splitPage(text)).toEqual({
      items: ['{"key":1,"value":{"a":1}}', '{"key":2,"value":[]}'],
      next: 'c2',
    });
  });

  test('is the last one when the cursor is null', () => {
    expect(splitPage('{"items":[\n],"next":null}')).toEqual({ items: [], next: null });
    expect(splitPage('{"items":[],"next":null}')).toEqual({ items: [], next: null });
  });

  test('may hold text that looks like its own end', () => {
    const text = '{"items":[\n{"key":1,"value":"],\\"next\\":"}\n],"next":null}';
    expect(splitPage(text)?.items).toHaveLength(1);
  });

  test.each(['{}', '[]', '{"items":[1],"next":null}', '{"items":[\n1\n],"next":5}', 'oops'])(
    'of another form is refused: %j',
    (text) => {
      expect(splitPage(text)).toBeUndefined();
    },
  );
});
