import type { CommandCall } from '../../grammar/command-call.ts';
import type { Change } from '../../project/plan.ts';
import { labelOf } from '../kinds.ts';

/** `topic/products created`, or as `-o` says; warnings are talk. */
export function printChange({ options, around }: CommandCall, change: Change, note = ''): void {
  const { kind, name, result, warnings } = change;
  const label = labelOf(kind, name);
  const format = options.text('output') ?? 'table';
  if (format === 'name') {
    around.stdout.write(`${label}\n`);
  } else if (format === 'table') {
    around.stdout.write(`${label} ${result}${note}\n`);
  } else if (format === 'yaml') {
    around.stdout.write(`- {kind: ${kind}, name: ${name}, result: ${result}}\n`);
  } else {
    around.stdout.write(`${JSON.stringify({ kind, name, result, warnings })}\n`);
  }
  for (const warning of warnings) {
    around.stderr.write(`warning: ${label}: ${warning}\n`);
  }
}
