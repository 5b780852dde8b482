import { describe, expect, test } from 'vitest';

import type { DataType } from './codec.ts';
import { canonicalKey, codecFor, keyToJson } from './codecs.ts';
import { keyCodecFor } from './key-codec.ts';

const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'none';
};
const roundTrip = (type: DataType, json: string): string =>
  codecFor(type).toJson(codecFor(type).fromJson(json)).toString();

describe('the bytes are those of the serializers of Kafka', () => {
  test.each<[DataType, string, string]>([
    ['INTEGER', '1', '00000001'],
    ['INTEGER', '-2', 'fffffffe'],
    ['LONG', '1', '0000000000000001'],
    ['LONG', '-9223372036854775808', '8000000000000000'],
    ['DOUBLE', '1.5', '3ff8000000000000'],
    ['STRING', '"é"', 'c3a9'],
    ['STRING', '""', ''],
    ['JSON', '{"a":1.50}', '7b2261223a312e35307d'],
    ['SHORT', '-2', 'fffe'],
    ['FLOAT', '1.5', '3fc00000'],
    ['FLOAT', '0.1', '3dcccccd'],
    ['BOOLEAN', 'true', '01'],
    ['BOOLEAN', 'false', '00'],
    ['BYTES', '"AP8="', '00ff'],
    ['BYTES', '""', ''],
    [
      'UUID',
      '"F81D4FAE-7dec-11d0-a765-00a0c91e6bf6"',
      Buffer.from('f81d4fae-7dec-11d0-a765-00a0c91e6bf6').toString('hex'),
    ],
  ])('%s %s', (type, json, hex) => {
    expect(codecFor(type).fromJson(json).toString('hex')).toBe(hex);
  });
});

describe('values that pass come back as the same value', () => {
  test.each<[DataType, string, string]>([
    ['INTEGER', '2147483647', '2147483647'],
    ['INTEGER', '-2147483648', '-2147483648'],
    ['INTEGER', '-0', '0'],
    ['INTEGER', '1.0', '1'],
    ['INTEGER', '1E+3', '1000'],
    ['INTEGER', '21474836470e-1', '2147483647'],
    ['LONG', '9007199254740993', '9007199254740993'],
    ['LONG', '9007199254740993.000', '9007199254740993'],
    ['LONG', '-9.223372036854775808e18', '-9223372036854775808'],
    ['LONG', '-0.0e-7', '0'],
    ['LONG', '"9007199254740993"', '9007199254740993'],
    ['LONG', '"9223372036854775807"', '9223372036854775807'],
    ['LONG', '"-9223372036854775808"', '-9223372036854775808'],
    ['LONG', '-0', '0'],
    ['DOUBLE', '-0', '0'],
    ['DOUBLE', '-0.0e5', '0'],
    ['DOUBLE', '1E3', '1000'],
    ['DOUBLE', '5e-324', '5e-324'],
    ['DOUBLE', '1.7976931348623157e308', '1.7976931348623157e+308'],
    ['DOUBLE', '0.1', '0.1'],
    ['STRING', '"a\\nb\\u0000\\ud83d\\ude00"', '"a\\nb\\u0000😀"'],
    ['STRING', 'true', '"true"'],
    ['SHORT', '-32768', '-32768'],
    ['SHORT', '3.2767e4', '32767'],
    ['FLOAT', '-0.0', '0'],
    ['FLOAT', '3.4028234663852886e38', '3.4028234663852886e+38'],
    ['FLOAT', '1e-45', '1e-45'],
    ['FLOAT', '0.1', '0.1'],
    ['FLOAT', '0.100000001', '0.1'],
    ['STRING', '{"a": 1}', '"{\\"a\\": 1}"'],
    ['JSON', '1e400', '1e400'],
    ['JSON', '{"__proto__":{"admin":true}}', '{"__proto__":{"admin":true}}'],
    ['JSON', '12345678901234567890.10', '12345678901234567890.10'],
    ['JSON', '[1,\n  2]', '[1,2]'],
    ['JSON', '"\\u00e9"', '"\\u00e9"'],
  ])('%s %s', (type, json, printed) => {
    expect(roundTrip(type, json)).toBe(printed);
  });
});

describe('values that a type cannot hold are rejected', () => {
  test.each<[DataType, string, string]>([
    ['INTEGER', '2147483648', 'OUT_OF_RANGE'],
    ['INTEGER', '-2147483649', 'OUT_OF_RANGE'],
    ['INTEGER', '9'.repeat(100_000), 'OUT_OF_RANGE'],
    ['INTEGER', '1.5', 'TYPE_MISMATCH'],
    ['INTEGER', '1e-3', 'TYPE_MISMATCH'],
    ['INTEGER', '1e99', 'OUT_OF_RANGE'],
    ['INTEGER', '1e999999999999999999999', 'OUT_OF_RANGE'],
    ['INTEGER', '"1"', 'TYPE_MISMATCH'],
    ['INTEGER', 'true', 'TYPE_MISMATCH'],
    ['INTEGER', 'null', 'TYPE_MISMATCH'],
    ['INTEGER', '[1]', 'TYPE_MISMATCH'],
    ['LONG', '9223372036854775808', 'OUT_OF_RANGE'],
    ['LONG', '"9223372036854775808"', 'OUT_OF_RANGE'],
    ['LONG', '"-9223372036854775809"', 'OUT_OF_RANGE'],
    ['LONG', `"${'9'.repeat(100_000)}"`, 'OUT_OF_RANGE'],
    ['LONG', '"0x10"', 'TYPE_MISMATCH'],
    ['LONG', '" 1"', 'TYPE_MISMATCH'],
    ['LONG', '"1 "', 'TYPE_MISMATCH'],
    ['LONG', '"1_000"', 'TYPE_MISMATCH'],
    ['LONG', '"١٢"', 'TYPE_MISMATCH'],
    ['LONG', '"01"', 'TYPE_MISMATCH'],
    ['LONG', '"-0"', 'TYPE_MISMATCH'],
    ['LONG', '"+1"', 'TYPE_MISMATCH'],
    ['LONG', '""', 'TYPE_MISMATCH'],
    ['LONG', '"\\u0031"', 'TYPE_MISMATCH'],
    ['LONG', '9007199254740993.5', 'TYPE_MISMATCH'],
    ['LONG', '"1e3"', 'TYPE_MISMATCH'],
    ['LONG', '9.223372036854775808e18', 'OUT_OF_RANGE'],
    ['LONG', '1e999999999999999999999', 'OUT_OF_RANGE'],
    ['LONG', '{}', 'TYPE_MISMATCH'],
    ['DOUBLE', '1e400', 'OUT_OF_RANGE'],
    ['DOUBLE', '-1e400', 'OUT_OF_RANGE'],
    ['DOUBLE', '5e-325', 'OUT_OF_RANGE'],
    ['DOUBLE', '-0.00001e-400', 'OUT_OF_RANGE'],
    ['DOUBLE', '"NaN"', 'TYPE_MISMATCH'],
    ['DOUBLE', '"1.5"', 'TYPE_MISMATCH'],
    ['DOUBLE', 'null', 'TYPE_MISMATCH'],
    ['SHORT', '32768', 'OUT_OF_RANGE'],
    ['SHORT', '-32769', 'OUT_OF_RANGE'],
    ['SHORT', '1e999999999999999999999', 'OUT_OF_RANGE'],
    ['SHORT', '1.5', 'TYPE_MISMATCH'],
    ['SHORT', '"1"', 'TYPE_MISMATCH'],
    ['FLOAT', '3.5e38', 'OUT_OF_RANGE'],
    ['FLOAT', '1e-46', 'OUT_OF_RANGE'],
    ['FLOAT', '"NaN"', 'TYPE_MISMATCH'],
    ['BOOLEAN', '1', 'TYPE_MISMATCH'],
    ['BOOLEAN', '"true"', 'TYPE_MISMATCH'],
    ['BYTES', '"AP8"', 'TYPE_MISMATCH'],
    ['BYTES', '"-_8="', 'TYPE_MISMATCH'],
    ['BYTES', '1', 'TYPE_MISMATCH'],
    ['UUID', '"f81d4fae7dec11d0a76500a0c91e6bf6"', 'TYPE_MISMATCH'],
    ['UUID', '"1-1-1-1-1"', 'TYPE_MISMATCH'],
    ['UUID', '7', 'TYPE_MISMATCH'],
    ['STRING', '1', 'TYPE_MISMATCH'],
    ['STRING', '-1.5', 'TYPE_MISMATCH'],
    ['STRING', 'null', 'TYPE_MISMATCH'],
    ['STRING', '"\\ud800"', 'INVALID_UNICODE'],
  ])('%s %s', (type, json, code) => {
    expect(codeOf(() => codecFor(type).fromJson(json))).toBe(code);
  });
});

describe('records with bytes of another type are rejected', () => {
  test.each<[DataType, string]>([
    ['STRING', 'e9'],
    ['INTEGER', ''],
    ['INTEGER', '000001'],
    ['INTEGER', '0000000001'],
    ['LONG', '00000001'],
    ['DOUBLE', '00'],
    ['SHORT', '00'],
    ['SHORT', '000000'],
    ['FLOAT', '0000000000000000'],
    ['BOOLEAN', ''],
    ['BOOLEAN', '02'],
    ['BOOLEAN', '0000'],
    ['UUID', '00'],
    ['UUID', Buffer.from('g81d4fae-7dec-11d0-a765-00a0c91e6bf6').toString('hex')],
    ['JSON', ''],
    ['JSON', '22e922'],
    ['JSON', Buffer.from('NaN').toString('hex')],
    ['JSON', Buffer.from('\ufeff1').toString('hex')],
    ['JSON', Buffer.from('['.repeat(65) + ']'.repeat(65)).toString('hex')],
    ['JSON', Buffer.from('['.repeat(100_000)).toString('hex')],
  ])('%s %s', (type, hex) => {
    expect(codeOf(() => codecFor(type).toJson(Buffer.from(hex, 'hex')))).toBe('TYPE_MISMATCH');
  });

  test('an escaped half of a surrogate pair in a topic is valid JSON and stays as it is', () => {
    expect(codecFor('JSON').toJson(Buffer.from('"\\ud800"')).toString()).toBe('"\\ud800"');
  });

  test.each([
    ['7ff8000000000000', '"NaN"'],
    ['7ff0000000000000', '"Infinity"'],
    ['fff0000000000000', '"-Infinity"'],
  ])('a DOUBLE that is not finite (%s) is a string, and not a key', (hex, printed) => {
    const bytes = Buffer.from(hex, 'hex');
    expect(codecFor('DOUBLE').toJson(bytes).toString()).toBe(printed);
    expect(codeOf(() => keyToJson('DOUBLE', bytes))).toBe('TYPE_MISMATCH');
  });

  test('minus zero as a key is the key zero', () => {
    const zero = codecFor('DOUBLE').fromJson('0');
    const minusZero = Buffer.from('8000000000000000', 'hex');
    expect(keyCodecFor('DOUBLE').canonical(minusZero)).toEqual(zero);
    expect(keyToJson('DOUBLE', Buffer.from('8000000000000000', 'hex')).toString()).toBe('0');
  });

  test('the members of a JSON key have one order, and only a key', () => {
    const json = '{ "b": 1.0, "a": "\\u0041" }';
    const key = keyCodecFor('JSON');
    const canonical = '{"a":"A","b":1}';
    expect(key.fromJson(json).toString()).toBe(canonical);
    expect(key.fromText(json).toString()).toBe(canonical);
    expect(key.canonical(Buffer.from(json)).toString()).toBe(canonical);
    expect(key.canonical(Buffer.from('no json')).toString()).toBe('no json');
    expect(codecFor('JSON').fromJson(json).toString()).toBe(json);
  });

  test('a FLOAT that is not finite is a string, and not a key', () => {
    const bytes = Buffer.from('7fc00000', 'hex');
    expect(codecFor('FLOAT').toJson(bytes).toString()).toBe('"NaN"');
    expect(codeOf(() => keyToJson('FLOAT', bytes))).toBe('TYPE_MISMATCH');
  });

  test('a FLOAT of minus zero and a UUID in capital letters have one form as keys', () => {
    const text = 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6';
    expect(canonicalKey('FLOAT', Buffer.from('80000000', 'hex'))).toEqual(Buffer.alloc(4));
    expect(canonicalKey('UUID', Buffer.from(text.toUpperCase()))).toEqual(Buffer.from(text));
    expect(codecFor('UUID').toJson(Buffer.from(text.toUpperCase())).toString()).toBe(`"${text}"`);
  });

  test('minus zero in a topic is printed as zero', () => {
    expect(codecFor('DOUBLE').toJson(Buffer.from('8000000000000000', 'hex')).toString()).toBe('0');
  });
});

describe('a key has one spelling in a path', () => {
  test.each<[DataType, string]>([
    ['INTEGER', '01'],
    ['INTEGER', '+1'],
    ['INTEGER', '-0'],
    ['INTEGER', '1.0'],
    ['INTEGER', ''],
    ['INTEGER', '2147483648'],
    ['LONG', '-0'],
    ['LONG', '"1"'],
    ['LONG', '9223372036854775808'],
    ['LONG', '١٢'],
    ['DOUBLE', '1.0'],
    ['DOUBLE', '-0'],
    ['DOUBLE', '1e3'],
    ['DOUBLE', '0x10'],
    ['DOUBLE', ' 1'],
    ['DOUBLE', ''],
    ['DOUBLE', 'NaN'],
    ['DOUBLE', 'Infinity'],
    ['SHORT', '-0'],
    ['SHORT', '32768'],
    ['FLOAT', '0.10000000149011612'],
    ['FLOAT', 'NaN'],
    ['FLOAT', ''],
    ['BOOLEAN', 'TRUE'],
    ['BYTES', 'AP8'],
    ['UUID', 'F81d4fae-7dec-11d0-a765-00a0c91e6bf6'],
    ['STRING', '\ud800'],
    ['JSON', 'abc'],
    ['JSON', '"\\ud800"'],
    ['JSON', ''],
  ])('%s rejects %j', (type, text) => {
    expect(codeOf(() => codecFor(type).fromText(text))).toBe('BAD_KEY');
  });

  test.each<[DataType, string, string]>([
    ['INTEGER', '-7', '-7'],
    ['LONG', '-9223372036854775808', '-9223372036854775808'],
    ['DOUBLE', '1e+21', '1e21'],
    ['DOUBLE', '-1.5', '-1.5'],
    ['SHORT', '-7', '-7'],
    ['FLOAT', '0.1', '0.1'],
    ['BOOLEAN', 'true', 'true'],
    ['BYTES', 'AP8=', '"AP8="'],
    ['UUID', 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6', '"f81d4fae-7dec-11d0-a765-00a0c91e6bf6"'],
    ['STRING', 'a/b c', '"a/b c"'],
    ['STRING', '1', '"1"'],
    ['JSON', '{"a":1}', '{"a":1}'],
  ])('%s takes %s, the key that a body writes as %s', (type, text, json) => {
    expect(codecFor(type).fromText(text)).toEqual(codecFor(type).fromJson(json));
  });
});

test('the error for JSON after a schema id names the cause', () => {
  const bytes = Buffer.concat([Buffer.from('0000000007', 'hex'), Buffer.from('{"a":1}')]);
  expect(() => codecFor('JSON').toJson(bytes)).toThrow(
    /begin with the schema id 7, as serializers/,
  );
});
