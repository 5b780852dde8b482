import { expect, test } from 'vitest';

import type { DefinitionError } from '../problems/definition-error.ts';
import { parseDefinition } from '../parse/parse-definition.ts';

function problemsOf(sdl: string): readonly string[] {
  try {
    parseDefinition(sdl);
    return [];
  } catch (error) {
    const { problems } = error as DefinitionError;
    return problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
  }
}

test.each([
  [
    'defaults of output types',
    `type Query { a(x: T = 1, y: I = {}): [Int] @topic(name: "t") }
type T { b: Int }
input I { b: T = 1 }`,
    [
      '1:19 The type of Query.a(x:) must be Input Type but got: T.',
      '3:14 The type of I.b must be Input Type but got: T.',
    ],
  ],
  [
    'defaults that contain themselves',
    `type Query { a(x: I = {}): [Int] @topic(name: "t") }
input I { i: [J!] = [{}] }
input J { i: I! = {} }`,
    [
      '2:1 The defaults of I never end: one of them contains I itself. Remove it.',
      '3:1 The defaults of J never end: one of them contains J itself. Remove it.',
    ],
  ],
  [
    'defaults of another type',
    'type Query { a(id: Long = 1.5): Int @topic(name: "t", keyArgument: "id") }',
    ['1:27 The default of id must be of type Long, found 1.5.'],
  ],
  [
    'defaults of other types, deep in an object and of a directive',
    `directive @mine(level: Short = 32768) on FIELD_DEFINITION
type Query { a(in: Outer = { inner: { day: "today" } }): [Int] @topic(name: "t") }
input Outer { inner: Inner }
input Inner { day: DateTime, color: Color = BLUE }
enum Color { RED }`,
    [
      '1:32 The default of level must be of type Short, found 32768.',
      '2:28 The default of in must be of type Outer, found {inner: {day: "today"}}.',
      '4:45 The default of color must be of type Color, found BLUE.',
    ],
  ],
])('%s are reported at their place', (_what, sdl, problems) => {
  expect(problemsOf(sdl)).toEqual(problems);
});

test('a default of a recursive type is valid if it does not contain itself', () => {
  const sdl = `
    type Query { a(x: I = { i: { i: {} } }, m: Money = { a: [1, 2.5] }): [Int] @topic(name: "t") }
    input I { i: I, ids: [Long!] = [1, "9223372036854775807"] }
    scalar Money
  `;
  expect(problemsOf(sdl)).toEqual([]);
});
