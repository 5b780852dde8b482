import { createBuiltIns } from '@quicksilver/definition/scalars/built-in-scalars';
import { GraphQLScalarType, parseValue } from 'graphql';
import { describe, expect, test } from 'vitest';

import { parseJson } from '@quicksilver/common/numbers/parse-json';
import { scalarOf } from './scalars.ts';

const long = scalarOf(new GraphQLScalarType({ name: 'Long' }));
const [int, float, id] = createBuiltIns() as [
  GraphQLScalarType,
  GraphQLScalarType,
  GraphQLScalarType,
];

describe('Long', () => {
  test.each(['9223372036854775807', '-9223372036854775808', '9007199254740993', '5', '-0'])(
    'prints %s with all its digits',
    (text) => {
      const printed = JSON.stringify(long.serialize(parseJson(text)));
      expect(printed).toBe(text === '-0' ? '0' : text);
    },
  );

  test.each([
    ['9007199254740994', '9007199254740994'],
    ['1764000000123456000', '1764000000123456000'],
    ['9.007199254740993e15', '9007199254740993'],
    ['9007199254740993.000', '9007199254740993'],
    ['1E+3', '1000'],
    ['-0.0', '0'],
  ])('accepts %s as a whole number', (text, printed) => {
    expect(JSON.stringify(long.serialize(parseJson(text)))).toBe(printed);
    expect(JSON.stringify(long.parseValue(parseJson(text)))).toBe(printed);
    expect(JSON.stringify(long.parseLiteral(parseValue(text)))).toBe(printed);
  });

  test('prints digits that a record contains as a string, as Protobuf writes them', () => {
    expect(JSON.stringify(long.serialize('9007199254740993'))).toBe('9007199254740993');
  });

  test.each(['9007199254740993', '"9007199254740993"', '-1'])(
    'reads the literal %s exactly',
    (text) => {
      expect(JSON.stringify(long.parseLiteral(parseValue(text)))).toBe(text.replaceAll('"', ''));
    },
  );

  test.each(['9007199254740993', '"9007199254740993"', '5'])(
    'reads the variable %s exactly',
    (text) => {
      expect(JSON.stringify(long.parseValue(parseJson(text)))).toBe(text.replaceAll('"', ''));
    },
  );

  test.each(['9223372036854775808', '1.5', '"1e3"', '"abc"', '""', 'true', '[]', '{}', '"0x10"'])(
    'refuses %s',
    (text) => {
      expect(() => long.parseValue(parseJson(text))).toThrow('Long is a whole number of 64 bits');
      expect(() => long.serialize(parseJson(text))).toThrow('Long is a whole number of 64 bits');
    },
  );
});

const named = (name: string): GraphQLScalarType => scalarOf(new GraphQLScalarType({ name }));

describe('scalars of a schema', () => {
  test.each([
    ['Short', '32767', '32767'],
    ['Short', '-32768', '-32768'],
    ['Byte', '"127"', '127'],
    ['Byte', '-128', '-128'],
    ['Char', '"ä"', '"ä"'],
    ['BigInteger', '123456789012345678901234567890', '123456789012345678901234567890'],
    ['BigInteger', '"-00123456789012345678901234567890"', '-123456789012345678901234567890'],
    ['BigDecimal', '"0.10000000000000000000000001"', '0.10000000000000000000000001'],
    ['BigDecimal', '1e400', '1e400'],
    ['DateTime', '"2024-02-29T23:59:60.123456789+05:30"', '"2024-02-29T23:59:60.123456789+05:30"'],
    ['Bytes', '"AAECAw=="', '"AAECAw=="'],
    ['Bytes', '""', '""'],
    [
      'JSON',
      '{"a":[9007199254740993,{"__proto__":1}]}',
      '{"a":[9007199254740993,{"__proto__":1}]}',
    ],
    ['Money', '[1e400,"x",null]', '[1e400,"x",null]'],
  ])('%s accepts %s in a record and in a variable, and returns %s', (name, text, printed) => {
    const scalar = named(name);
    expect(JSON.stringify(scalar.serialize(parseJson(text)))).toBe(printed);
    expect(JSON.stringify(scalar.parseValue(parseJson(text)))).toBe(printed);
  });

  test.each([
    ['Short', '32767', '32767'],
    ['BigInteger', '123456789012345678901234567890', '123456789012345678901234567890'],
    ['BigDecimal', '0.10000000000000000000000001', '0.10000000000000000000000001'],
    ['DateTime', '"2024-02-29t00:00:00z"', '"2024-02-29t00:00:00z"'],
    [
      'JSON',
      '{a: [9007199254740993, X, null, true, {b: "c"}]}',
      '{"a":[9007199254740993,"X",null,true,{"b":"c"}]}',
    ],
    ['Money', '1.00000000000000000001', '1.00000000000000000001'],
  ])('%s accepts the literal %s', (name, literal, printed) => {
    expect(JSON.stringify(named(name).parseLiteral(parseValue(literal)))).toBe(printed);
  });

  test('JSON in a document has no prototype, and its variables are replaced', () => {
    const node = parseValue('{__proto__: {admin: true}, id: $id}');
    const value = named('JSON').parseLiteral(node, { id: 5 }) as object;
    expect(Object.getPrototypeOf(value)).toBeNull();
    expect(JSON.stringify(value)).toBe('{"__proto__":{"admin":true},"id":5}');
  });

  test.each([
    ['0', '1970-01-01T00:00:00.000Z'],
    ['-1', '1969-12-31T23:59:59.999Z'],
    ['"1764000000000"', '2025-11-24T16:00:00.000Z'],
  ])('DateTime returns the milliseconds %s of a record as %s', (text, printed) => {
    expect(named('DateTime').serialize(parseJson(text))).toBe(printed);
    expect(() => named('DateTime').parseValue(parseJson(text))).toThrow('in the form of RFC 3339');
  });

  test.each([
    ['Short', '32768'],
    ['Short', '1.5'],
    ['Byte', '-129'],
    ['Char', '""'],
    ['Char', '"ab"'],
    ['Char', '5'],
    ['BigInteger', '1.5'],
    ['BigInteger', '"1e-3"'],
    ['BigInteger', '"x"'],
    ['BigDecimal', '"0x10"'],
    ['BigDecimal', 'true'],
    ['BigDecimal', '""'],
    ['DateTime', '"2023-02-29T00:00:00Z"'],
    ['DateTime', '"2024-13-01T00:00:00Z"'],
    ['DateTime', '"2024-01-01T24:00:00Z"'],
    ['DateTime', '"2024-01-01T00:00:00"'],
    ['DateTime', '"2024-01-01"'],
    ['DateTime', '1e300'],
    ['DateTime', '9000000000000000'],
    ['Bytes', '"AAECAw"'],
    ['Bytes', '"A_=="'],
    ['Bytes', '5'],
  ])('%s rejects %s with the expected and the found value', (name, text) => {
    const refusal = new RegExp(`^${name} is a .* Found: `);
    expect(() => named(name).serialize(parseJson(text))).toThrow(refusal);
    expect(() => named(name).parseValue(parseJson(text))).toThrow(refusal);
    expect(() => named(name).parseLiteral(parseValue(text))).toThrow(refusal);
  });

  test('a number whose digits would take gigabytes is cheap', () => {
    const number = named('BigInteger').serialize(parseJson('1e999999999'));
    expect(JSON.stringify(number)).toBe('1e999999999');
  });
});

describe('Float', () => {
  test.each(['0.12345678901234567890', '9007199254740993', '1.5', '1e-7'])(
    'prints %s with all its digits',
    (text) => {
      expect(JSON.stringify(float.serialize(parseJson(text)))).toBe(text);
    },
  );

  test.each(['0.1000000000000000055', '9007199254740993', '-1.5'])(
    'reads the variable and the literal %s with all its digits',
    (text) => {
      expect(JSON.stringify(float.parseValue(parseJson(text)))).toBe(text);
      expect(JSON.stringify(float.parseLiteral(parseValue(text)))).toBe(text);
    },
  );

  test('prints all digits that a record contains as a string', () => {
    expect(JSON.stringify(float.serialize('9007199254740993'))).toBe('9007199254740993');
  });

  test.each(['1e400', '"a"', '{}'])('rejects %s', (text) => {
    expect(() => float.serialize(parseJson(text))).toThrow('Float cannot represent');
    expect(() => float.parseValue(parseJson(text))).toThrow('Float cannot represent');
    expect(() => float.parseLiteral(parseValue(text))).toThrow('Float cannot represent');
  });
});

describe('Int', () => {
  test.each(['1000', '1E+3', '1000.000000000000000000'])('reads and prints %s as 1000', (text) => {
    expect(int.parseValue(parseJson(text))).toBe(1000);
    expect(int.serialize(parseJson(text))).toBe(1000);
    expect(int.serialize(text)).toBe(1000);
  });

  test.each([
    ['5.0000000000000000001', 'non-integer value: 5.0000000000000000001'],
    ['9007199254740993', 'non 32-bit signed integer value: 9007199254740993'],
    ['1e400', 'non 32-bit signed integer value: 1e400'],
  ])('does not round %s', (text, message) => {
    expect(() => int.parseValue(parseJson(text))).toThrow(message);
    expect(() => int.serialize(parseJson(text))).toThrow(message);
    expect(() => int.serialize(text)).toThrow(message);
  });
});

describe('ID', () => {
  test.each([
    ['9007199254740993', '9007199254740993'],
    ['9007199254740994', '9007199254740994'],
    ['9.007199254740993e15', '9007199254740993'],
    ['1e21', '1000000000000000000000'],
    ['1000000000000000000000', '1000000000000000000000'],
    ['1000.0', '1000'],
    ['-0', '0'],
  ])('accepts %s in a record and in a variable as the string %s', (text, printed) => {
    expect(id.serialize(parseJson(text))).toBe(printed);
    expect(id.parseValue(parseJson(text))).toBe(printed);
  });

  test.each(['9007199254740993', '1000000000000000000000', '-0'])(
    'takes the literal %s',
    (text) => {
      expect(id.parseLiteral(parseValue(text))).toBe(text === '-0' ? '0' : text);
    },
  );

  test.each(['1e1001', '1e999999999', '{"a":9007199254740993}'])(
    'rejects %s with a readable message',
    (text) => {
      for (const read of [id.parseValue, id.serialize]) {
        expect(() => read(parseJson(text))).toThrow(/^ID cannot represent value: (?!.*raw)/i);
      }
    },
  );

  test.each(['1.5', '9007199254740993.5'])('rejects %s in a variable only', (text) => {
    expect(() => id.parseValue(parseJson(text))).toThrow(`ID cannot represent value: ${text}`);
    // The key of a topic of doubles.
    expect(id.serialize(parseJson(text))).toBe(text);
  });
});
