import { expect, test } from 'vitest';

import { DefinitionError } from './definition-error.ts';
import { parseDefinition } from './parse-definition.ts';

/** `line:column message` of everything that is wrong. */
function problemsOf(sdl: string): string[] {
  try {
    parseDefinition(sdl);
    return [];
  } catch (error) {
    if (!(error instanceof DefinitionError)) {
      throw error;
    }
    return error.problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
  }
}

const query = (fields: string): string => `type Query { ${fields} }`;
const withQuery = (rest: string): string => `type Query { q: Int }\n${rest}`;
const mutation = (field: string): string => withQuery(`type Mutation { ${field} }`);
const subscription = (field: string, types = ''): string =>
  withQuery(`type Subscription { ${field} }\n${types}`);

/** What is wrong, the schema, and all that is said about it. */
const BROKEN: readonly (readonly [string, string, readonly string[]])[] = [];

test.each(BROKEN)('%s', (_what, sdl, problems) => {
  expect(problemsOf(sdl)).toEqual(problems);
});
