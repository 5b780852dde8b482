import { Kind, specifiedDirectives, type DocumentNode } from 'graphql';
import { didYouMean } from 'graphql/jsutils/didYouMean.js';
import { suggestionList } from 'graphql/jsutils/suggestionList.js';

import type { DefinitionProblem } from '../problems/definition-error.ts';

/** Adds similar names to an unknown directive. graphql-js does so for types and arguments only. */
export function withSuggestion(
  document: DocumentNode,
): (problem: DefinitionProblem) => DefinitionProblem {
  const defined = document.definitions.flatMap((each) =>
    each.kind === Kind.DIRECTIVE_DEFINITION ? [each.name.value] : [],
  );
  const candidates = [...defined, ...specifiedDirectives.map(({ name }) => name)];
  return (problem) => {
    const [, name] = /^Unknown directive "@(\w+)"\.$/.exec(problem.message) ?? [];
    if (name === undefined) {
      return problem;
    }
    const suggestions = suggestionList(name, candidates).map((each) => `@${each}`);
    return { ...problem, message: problem.message + didYouMean(suggestions) };
  };
}
