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
    'defaults of what is no input',
    `type Query { a(x: T = 1, y: I = {}): [Int] @topic(name: "t") }
type T { b: Int }
input I { b: T = 1 }`,
    [
      '1:19 The type of Query.a(x:) must be Input Type but got: T.',
      '3:14 The type of I.b must be Input Type but got: T.',
    ],
  ],
  [
    'defaults without an end',
    `type Query { a(x: I = {}): [Int] @topic(name: "t") }
input I { i: [J!] = [{}] }
input J { i: I! = {} }`,
    [
      '2:1 The defaults of I have no end: one of them is made of I itself.',
      '3:1 The defaults of J have no end: one of them is made of J itself.',
    ],
  ],
  [
    'defaults of another type',
    'type Query { a(id: Long = 1.5): Int @topic(name: "t", keyArgument: "id") }',
    ['1:27 The default of id has to be of type Long, found 1.5.'],
  ],
  [
    'defaults of other types, deep in an object and of a directive',
    `directive @mine(level: Short = 32768) on FIELD_DEFINITION
type Query { a(in: Outer = { inner: { day: "today" } }): [Int] @topic(name: "t") }
input Outer { inner: Inner }
input Inner { day: DateTime, color: Color = BLUE }
enum Color { RED }`,
    [
      '1:32 The default of level has to be of type Short, found 32768.',
      '2:28 The default of in has to be of type Outer, found {inner: {day: "today"}}.',
      '4:45 The default of color has to be of type Color, found BLUE.',
    ],
  ],
])('%s are told at their place', (_what, sdl, problems) => {
  expect(problemsOf(sdl)).toEqual(problems);
});

test('a default of a type that could have itself in it is none of these', () => {
  const sdl = `
    type Query { a(x: I = { i: { i: {} } }, m: Money = { a: [1, 2.5] }): [Int] @topic(name: "t") }
    input I { i: I, ids: [Long!] = [1, "9223372036854775807"] }
    scalar Money
  `;
  expect(problemsOf(sdl)).toEqual([]);
});
