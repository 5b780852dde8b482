import type { CommandCall } from '../../grammar/command-call.ts';
import type { OpenProject } from '../../project/open-project.ts';
import { otherTopicsText } from '../../project/other-topics.ts';

/** Prints what happens to topics that are not in the project, unless they are deleted. */
export function printOtherTopics(
  { options, output, around }: CommandCall,
  { specs, live }: Pick<OpenProject, 'specs' | 'live'>,
): void {
  const { format = 'table' } = output;
  if (format === 'table' && !options.flag('prune')) {
    around.stderr.write(otherTopicsText(specs, live) ?? '');
  }
}
