import type { DefinitionProblem } from '../problems/definition-error.ts';
import type { TopicUse } from '../directives/topic-use.ts';

/** Checks one property of a `@topic`. */
export type Rule = (use: TopicUse) => DefinitionProblem | undefined;
