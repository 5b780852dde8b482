import type { CommandCall } from '../grammar/command-call.ts';
import { usageError } from '../output/cli-error.ts';

/** Prints breaking changes. Throws `CliError` if there are any without --allow-breaking. */
export function requireAllowed(changes: readonly string[], { options, around }: CommandCall): void {
  if (changes.length === 0) {
    return;
  }
  if (!options.flag('allowBreaking')) {
    const lines = changes.map((change) => `\n- ${change}`).join('');
    throw usageError(
      `Clients of the current schema would fail, so nothing was changed:${lines}`,
      'To apply it nevertheless, run it again with --allow-breaking.',
    );
  }
  changes.forEach((change) => around.stderr.write(`Breaking change: ${change}\n`));
}
