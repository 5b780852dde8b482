import { COMMANDS, GROUPS } from './table/all-rows.ts';
import { EXIT } from './output/cli-error.ts';
import type { CallOptions } from './grammar/command-call.ts';
import { parseCommandLine } from './grammar/parse-command-line.ts';
import { reportError } from './output/report-error.ts';
import type { Surroundings } from './output/surroundings.ts';

const VERSION = '0.1.0';

/** Runs one command line. Resolves to the exit code and never rejects. */
export async function runCli(argv: readonly string[], around: Surroundings): Promise<number> {
  let options: CallOptions | undefined;
  try {
    const parsed = parseCommandLine(argv, {
      rows: COMMANDS,
      groups: GROUPS,
      version: VERSION,
      stdout: around.stdout,
    });
    if (parsed.kind === 'told') {
      return EXIT.ok;
    }
    options = parsed.options;
    const { run } = await parsed.row.load();
    return (await run({ ...parsed, around, rows: COMMANDS })) ?? EXIT.ok;
  } catch (error) {
    return reportError(error, around, options);
  }
}
