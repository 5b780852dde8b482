import { claimRules } from './claim-rules.ts';
import { connectionProblems } from './connection-rules.ts';
import { problemAt, type DefinitionProblem } from '../problems/definition-error.ts';
import { keyRules } from './key-rules.ts';
import { rangeRules } from './range-rules.ts';
import type { Rule } from './rule.ts';
import { argumentNode } from '../directives/directive-use.ts';
import { shapeOf, type TopicUse } from '../directives/topic-use.ts';
import { subscriptionRules } from './subscription-rules.ts';
import { writeRules } from './write-rules.ts';

/**
 * All problems of one `@topic`. A rule that bakdata Quick has too keeps its text. Each rule checks
 * one property, so that all problems are reported at once.
 */
export function topicProblems(use: TopicUse): DefinitionProblem[] {
  const problems = RULES.map((rule) => rule(use)).filter((problem) => problem !== undefined);
  return [...problems, ...connectionProblems(use)];
}

const TOPIC_NAME = /^[a-zA-Z0-9._-]{1,249}$/;

const topicName: Rule = (use) => {
  const { name } = use.args;
  const at = argumentNode(use, 'name');
  if (!TOPIC_NAME.test(name) || name === '.' || name === '..') {
    return problemAt(
      at,
      `${JSON.stringify(name)} is not a valid topic name. Use 1 to 249 letters, digits, dots, dashes and underscores.`,
    );
  }
  return name.startsWith('__')
    ? problemAt(at, `Topic ${name} is internal and cannot be used.`)
    : undefined;
};

const returnType: Rule = (use) =>
  shapeOf(use.field.type).isListOfLists
    ? problemAt(
        use.node,
        `The type of ${use.parent.name}.${use.field.name} is a list of lists. Use a list.`,
      )
    : undefined;

const RULES: readonly Rule[] = [
  topicName,
  ...subscriptionRules,
  ...keyRules,
  ...claimRules,
  ...rangeRules,
  ...writeRules,
  returnType,
];
