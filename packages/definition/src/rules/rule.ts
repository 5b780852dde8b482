import type { DefinitionProblem } from '../problems/definition-error.ts';
import type { TopicUse } from '../directives/topic-use.ts';

/** Looks at one thing that may be wrong with a `@topic`. */
export type Rule = (use: TopicUse) => DefinitionProblem | undefined;
