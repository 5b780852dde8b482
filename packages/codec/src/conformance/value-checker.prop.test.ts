import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { checkJson } from '../json-text.ts';
import { compileValueCheck } from './value-checker.ts';
import type { ValueSchema } from './value-schema.ts';

type Types = ValueSchema['types'];

/** Random types, and the values of each. */
const TYPES = 1_000;
const VALUES = 10;

const OBJECTS = ['A', 'B', 'C'];
const SYMBOLS = ['X', 'Y', '__typename'];
const FIELDS = ['a', 'b', 'a.b', '@at', '__proto__', 'then'];
const SCALARS = ['String', 'ID', 'Boolean', 'Int', 'Float', 'Long', 'JSON'];

/** A type in GraphQL's notation: lists of up to two levels, with and without `!`. */
const typeText = fc
  .tuple(fc.constantFrom(...OBJECTS, 'E', 'U', ...SCALARS), fc.nat(2), fc.array(fc.boolean()))
  .map(([name, lists, required]) => {
    let text = `${name}${required[0] === true ? '!' : ''}`;
    for (let level = 1; level <= lists; level += 1) {
      text = `[${text}]${required[level] === true ? '!' : ''}`;
    }
    return text;
  });

const types: fc.Arbitrary<Types> = fc
  .tuple(
    fc.array(
      fc.dictionary(fc.constantFrom(...FIELDS), typeText, { maxKeys: 4, noNullPrototype: true }),
      {
        minLength: OBJECTS.length,
        maxLength: OBJECTS.length,
      },
    ),
    fc.subarray(OBJECTS, { minLength: 1 }),
  )
  .map(([fields, members]) => ({
    ...Object.fromEntries(OBJECTS.map((name, at) => [name, { fields: fields[at] ?? {} }])),
    E: { symbols: SYMBOLS },
    U: { members },
  }));

/** JSON as a tree, whose objects keep their members in order. */
type Json = string | number | boolean | null | readonly Json[] | ReadonlyMap<string, Json>;

/** A number from 0 to below `count`. */
type Next = (count: number) => number;

const ANY: readonly Json[] = [
  null,
  true,
  0,
  -1.5,
  2 ** 31,
  1e21,
  '',
  'X',
  'A',
  '7',
  '-0',
  'é"\\',
  [],
  new Map(),
];
const OF_SCALAR: Readonly<Record<string, readonly Json[]>> = {
  String: ['', 'a', 'X', 'é"\\', '\u2028'],
  ID: ['', 'a', 7, -7, 1.5],
  Boolean: [true, false, 'true', 0],
  Int: [0, -1, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 1e3, 0.5],
  Float: [0, -1.5, 1e21, '1.5'],
  Long: [0, 2 ** 53, '7', '-7', '1.5', '', 0.5],
};

/** A value that mostly has the type, and mostly differs from it in one place if it does not. */
function valueOf(type: string, all: Types, next: Next, levels = 5): Json {
  const pick = (list: readonly Json[]): Json => list[next(list.length)] ?? null;
  if (next(12) === 0 || levels === 0) {
    return pick(ANY);
  }
  if (!type.endsWith('!') && next(6) === 0) {
    return null;
  }
  const bare = type.replace(/!$/, '');
  if (bare.startsWith('[')) {
    const item = bare.slice(1, -1);
    return Array.from({ length: next(4) }, () => valueOf(item, all, next, levels - 1));
  }
  const named = all[bare];
  if (named === undefined) {
    return pick(OF_SCALAR[bare] ?? ANY);
  }
  if ('symbols' in named) {
    return pick(named.symbols);
  }
  const name = 'members' in named ? String(pick(named.members)) : bare;
  const object = all[name];
  const fields = object !== undefined && 'fields' in object ? Object.entries(object.fields) : [];
  const members = fields
    .filter(() => next(8) > 0)
    .map(([field, text]) => [field, valueOf(text, all, next, levels - 1)] as const);
  const more = [
    ...(next(2) === 0 ? [['__typename', next(6) === 0 ? pick(ANY) : name] as const] : []),
    ...(next(4) === 0 ? [['zz', pick(ANY)] as const] : []),
  ];
  return new Map(next(2) === 0 ? [...members, ...more] : [...more, ...members.toReversed()]);
}

/** Prints a tree with white space and escapes in any place. */
function printed(json: Json, spelling: (max: number) => number): string {
  const space = (): string => ['', ' ', '\n', '\t \r'][spelling(3)] ?? '';
  const text = (plain: string): string =>
    `"${[...plain].map((char) => (spelling(3) === 0 ? escaped(char) : JSON.stringify(char).slice(1, -1))).join('')}"`;
  const print = (each: Json): string => {
    if (typeof each === 'string') {
      return text(each);
    }
    if (each === null || typeof each !== 'object') {
      return JSON.stringify(each);
    }
    const parts =
      each instanceof Map
        ? [...each].map(([name, part]) => `${text(name)}${space()}:${space()}${print(part)}`)
        : (each as readonly Json[]).map(print);
    const [open, close] = each instanceof Map ? '{}' : '[]';
    return `${open}${space()}${parts.join(`${space()},${space()}`)}${space()}${close}`;
  };
  return `${space()}${print(json)}${space()}`;
}

function escaped(char: string): string {
  return Array.from(
    { length: char.length },
    (_none, at) => String.raw`\u` + char.charCodeAt(at).toString(16).padStart(4, '0'),
  ).join('');
}

/** The rules of docs/types.md, without any concern for speed. */
function conforms(json: Json, type: string, all: Types): boolean {
  if (type.endsWith('!')) {
    return json !== null && conforms(json, type.slice(0, -1), all);
  }
  if (json === null) {
    return true;
  }
  if (type.startsWith('[')) {
    return (
      Array.isArray(json) && json.every((item: Json) => conforms(item, type.slice(1, -1), all))
    );
  }
  const named = all[type];
  if (named === undefined) {
    return isScalar(json, type);
  }
  if ('symbols' in named) {
    return typeof json === 'string' && named.symbols.includes(json);
  }
  if (!(json instanceof Map)) {
    return false;
  }
  if ('fields' in named) {
    return Object.entries(named.fields).every(([name, field]) =>
      json.has(name) ? conforms(json.get(name) ?? null, field, all) : !field.endsWith('!'),
    );
  }
  const candidates = named.members.filter((member) =>
    json.has('__typename') ? json.get('__typename') === member : hasRequired(json, member, all),
  );
  return (
    candidates.length > 1 || (candidates[0] !== undefined && conforms(json, candidates[0], all))
  );
}

function hasRequired(json: ReadonlyMap<string, Json>, member: string, all: Types): boolean {
  const type = all[member];
  const fields = type !== undefined && 'fields' in type ? Object.entries(type.fields) : [];
  return fields.every(([name, field]) => !field.endsWith('!') || json.has(name));
}

function isScalar(json: Json, type: string): boolean {
  const isWhole = Number.isInteger(json);
  switch (type) {
    case 'String':
      return typeof json === 'string';
    case 'ID':
      return typeof json === 'string' || isWhole;
    case 'Boolean':
      return typeof json === 'boolean';
    case 'Int':
      return isWhole && Number(json) === (Number(json) | 0);
    case 'Float':
      return typeof json === 'number';
    case 'Long':
      return typeof json === 'string'
        ? /^-?\d{1,18}$/.test(json)
        : isWhole && Math.abs(Number(json)) < 2 ** 63;
    default:
      return true;
  }
}

test('any value conforms to any type if and only if a naive checker finds so', () => {
  let conforming = 0;
  fc.assert(
    fc.property(types, typeText, fc.infiniteStream(fc.nat(4_095)), (all, type, numbers) => {
      const next: Next = (count) => (numbers.next().value ?? 0) % count;
      const check = compileValueCheck({ type, types: all }, { unknownMembers: 'accept' });
      for (let at = 0; at < VALUES; at += 1) {
        const json = valueOf(type, all, next);
        const text = printed(json, (max) => next(max + 1));
        checkJson(text);
        const isConforming = conforms(json, type, all);
        conforming += isConforming ? 1 : 0;
        expect([text, check(text).length === 0]).toEqual([text, isConforming]);
      }
    }),
    { numRuns: TYPES },
  );
  // Values of only one kind would prove nothing.
  expect(conforming).toBeGreaterThan((TYPES * VALUES) / 10);
  expect(conforming).toBeLessThan((TYPES * VALUES * 9) / 10);
});
