import { Kind, specifiedDirectives, type DocumentNode } from 'graphql';
import { didYouMean } from 'graphql/jsutils/didYouMean.js';
import { suggestionList } from 'graphql/jsutils/suggestionList.js';

import type { DefinitionProblem } from '../problems/definition-error.ts';

/** Of types and arguments graphql says what may have been meant, of directives it does not. */
export function withSuggestion(
  document: DocumentNode,
): (problem: DefinitionProblem) => DefinitionProblem {
  const own = document.definitions.flatMap((each) =>
    each.kind === Kind.DIRECTIVE_DEFINITION ? [each.name.value] : [],
  );
  const known = [...own, ...specifiedDirectives.map(({ name }) => name)];
  return (problem) => {
    const [, name] = /^Unknown directive "@(\w+)"\.$/.exec(problem.message) ?? [];
    if (name === undefined) {
      return problem;
    }
    const meant = suggestionList(name, known).map((each) => `@${each}`);
    return { ...problem, message: problem.message + didYouMean(meant) };
  };
}
