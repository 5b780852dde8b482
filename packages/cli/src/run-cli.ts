import type { CallOptions } from './grammar/command-call.ts';
import { parseCommandLine } from './grammar/parse-command-line.ts';
import { EXIT } from './output/cli-error.ts';
import type { Surroundings } from './output/surroundings.ts';
import { VERSION_LINE } from './output/version-line.ts';
import { COMMANDS, GROUPS } from './table/all-rows.ts';

/** Runs one command line. Resolves to the exit code and never rejects. */
export async function runCli(argv: readonly string[], around: Surroundings): Promise<number> {
  let options: CallOptions | undefined;
  try {
    const commandLine = parseCommandLine(argv, {
      rows: COMMANDS,
      groups: GROUPS,
      version: VERSION_LINE,
      stdout: around.stdout,
    });
    if (commandLine.kind === 'printed') {
      return EXIT.ok;
    }
    const { row, args } = commandLine;
    options = commandLine.options;
    const { run } = await row.load();
    const output = { format: options.text('output'), stdout: around.stdout };
    return (await run({ row, args, options, around, output, rows: COMMANDS })) ?? EXIT.ok;
  } catch (error) {
    // Imported only here, to keep the startup short.
    const { reportError } = await import('./output/report-error.ts');
    return reportError(error, around, {
      format: options?.text('output'),
      color: options?.text('color'),
      isDebugging: options?.flag('debug') === true,
    });
  }
}
