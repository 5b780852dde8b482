import { GraphQLScalarType, parseValue } from 'graphql';
import { describe, expect, test } from 'vitest';

import { parseJson } from '../load/parse-json.ts';
import { createFloat, createLong } from './scalars.ts';

const long = createLong(new GraphQLScalarType({ name: 'Long' }));
const float = createFloat();

describe('Long', () => {
  test.each(['9223372036854775807', '-9223372036854775808', '9007199254740993', '5', '-0'])(
    'prints %s with all its digits',
    (text) => {
      const printed = JSON.stringify(long.serialize(parseJson(text)));
      expect(printed).toBe(text === '-0' ? '0' : text);
    },
  );

  test('prints digits that a record holds as text, as Protobuf writes them', () => {
    expect(JSON.stringify(long.serialize('9007199254740993'))).toBe('9007199254740993');
  });

  test.each(['9007199254740993', '"9007199254740993"', '-1'])(
    'reads the literal %s exactly',
    (text) => {
      expect(long.parseLiteral(parseValue(text))).toBe(BigInt(text.replaceAll('"', '')));
    },
  );

  test.each(['9007199254740993', '"9007199254740993"', '5'])(
    'reads the variable %s exactly',
    (text) => {
      expect(long.parseValue(parseJson(text))).toBe(BigInt(text.replaceAll('"', '')));
    },
  );

  test('asks for a string where a number was rounded already', () => {
    expect(() => long.parseValue(2 ** 53)).toThrow('has to be sent as a string');
  });

  test.each(['9223372036854775808', '1.5', '"1e3"', '"abc"', '""', 'true', '[]', '{}', '"0x10"'])(
    'refuses %s',
    (text) => {
      expect(() => long.parseValue(parseJson(text))).toThrow('Long is a whole number of 64 bits');
      expect(() => long.serialize(parseJson(text))).toThrow('Long is a whole number of 64 bits');
    },
  );
});

describe('Float', () => {
  test.each(['0.12345678901234567890', '9007199254740993', '1.5', '1e-7'])(
    'prints %s with all its digits',
    (text) => {
      expect(JSON.stringify(float.serialize(parseJson(text)))).toBe(text);
    },
  );

  test('reads a variable with more digits than a number has', () => {
    expect(float.parseValue(parseJson('0.1000000000000000055'))).toBe(0.1);
  });

  test.each(['1e400', '"a"', '{}'])('refuses %s', (text) => {
    expect(() => float.serialize(parseJson(text))).toThrow('Float cannot represent');
  });
});
