import type { CommandCall } from '../../grammar/command-call.ts';
import { labelOf } from '../../output/resource-label.ts';
import type { Change } from '../../project/plan.ts';

/** Prints `topic/products created`, or the format of `-o`. Warnings go to standard error. */
export function printChange({ output, around }: CommandCall, change: Change, note = ''): void {
  const { kind, name, result, warnings, breaking = [] } = change;
  const label = labelOf(kind, name);
  const { format = 'table' } = output;
  if (format === 'name') {
    around.stdout.write(`${label}\n`);
  } else if (format === 'table') {
    around.stdout.write(`${label} ${result}${note}\n`);
  } else if (format === 'yaml') {
    around.stdout.write(`- {kind: ${kind}, name: ${name}, result: ${result}}\n`);
  } else {
    around.stdout.write(
      `${JSON.stringify({ kind, name, result, warnings, ...(breaking.length === 0 ? {} : { breaking }) })}\n`,
    );
  }
  for (const text of breaking) {
    around.stderr.write(`Breaking change: ${label}: ${text}\n`);
  }
  for (const warning of warnings) {
    around.stderr.write(`Warning: ${label}: ${warning}\n`);
  }
}
