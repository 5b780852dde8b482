import { describe, expect, test } from 'vitest';

import { parseCsv } from './csv.ts';

const rowsOf = (text: string) => [...parseCsv(text)];

describe('CSV', () => {
  test('a row is read by the names of the first row', () => {
    expect(rowsOf('a,b\n1,2\n3,4\n')).toEqual([
      { a: '1', b: '2' },
      { a: '3', b: '4' },
    ]);
  });

  test('a quoted field keeps its commas, its doubled quotes and its line feeds', () => {
    expect(rowsOf('a,b\n"W. H. ""Bud"" Barron","x,\ny"\nz,1')).toEqual([
      { a: 'W. H. "Bud" Barron', b: 'x,\ny' },
      { a: 'z', b: '1' },
    ]);
  });

  test('line ends of both kinds, blank lines, empty fields and a byte order mark are read', () => {
    expect(rowsOf('\uFEFFa,b\r\n1,\r\n\r\n,2')).toEqual([
      { a: '1', b: '' },
      { a: '', b: '2' },
    ]);
  });

  test('an empty field at the very end is a field', () => {
    expect(rowsOf('a,b\n1,')).toEqual([{ a: '1', b: '' }]);
  });

  test('an empty text has no rows', () => {
    expect(rowsOf('')).toEqual([]);
    expect(rowsOf('a,b\n')).toEqual([]);
  });

  test.each([
    ['a,b\n1,"2\n3,4\n', /Line 2 has a quote/],
    ['a,b\n1,x"2"\n', /Line 2 has a quote/],
    ['a,b\n1,"2"x\n', /Line 2 has a quote/],
    ['a,b\n1,2\n1,2,3\n', /Line 3 has 3 fields, expected 2/],
    ['a,b\n"1\n1",2\n1\n', /Line 4 has 1 fields, expected 2/],
  ])('the broken text %j is refused with its line', (text, message) => {
    expect(() => rowsOf(text)).toThrow(message);
  });
});
