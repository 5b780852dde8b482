import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';

import { usageError } from '../output/cli-error.ts';
import { didYouMean } from '../output/suggest.ts';
import type { Writer } from '../output/surroundings.ts';
import { CallOptions, type OptionValue, type RunnableRow } from './command-call.ts';
import type { GroupRow, OptionRow } from './command-row.ts';
import { commonOptions } from './common-options.ts';
import { expandFlags } from './expand-flags.ts';
import { commandHelp, groupHelp, rootHelp } from './help-text.ts';

export interface ParseOptions {
  readonly rows: readonly RunnableRow[];
  readonly groups: readonly GroupRow[];
  readonly version: string;
  readonly stdout: Writer;
}

export type CommandLine =
  | {
      readonly kind: 'call';
      readonly row: RunnableRow;
      readonly args: readonly string[];
      readonly options: CallOptions;
    }
  /** The parser has printed the help or the version. */
  | { readonly kind: 'printed' };

/** Parses a command line. Throws `CliError` with exit code 2 if it is invalid. */
export function parseCommandLine(argv: readonly string[], options: ParseOptions): CommandLine {
  let commandLine: CommandLine = { kind: 'printed' };
  const program = newCommand('quick', () => rootHelp(options.rows, options.groups), options.stdout);
  program
    .version(options.version, '-v, --version')
    .enablePositionalOptions()
    .action((_options, command: Command) => {
      if (command.args.length > 0) {
        throw unknownCommand(command, '');
      }
      options.stdout.write(rootHelp(options.rows, options.groups));
    })
    .allowExcessArguments(true);
  // Common options are also valid before the command.
  const anyRow = { path: '', summary: '', formats: ['json'], reach: 'deployment' } as const;
  for (const option of commonOptions({ ...anyRow, group: 'self' })) {
    program.addOption(toOption(option).hideHelp());
  }
  const parents = new Map([['', program]]);
  for (const group of options.groups) {
    const command = newCommand(group.path, () => groupHelp(group, options.rows), options.stdout);
    command.allowExcessArguments(true).action((_options, self: Command) => {
      throw unknownCommand(self, group.path);
    });
    program.addCommand(command);
    parents.set(group.path, command);
  }
  for (const row of options.rows) {
    const { parent, name } = parentOf(row, parents, program);
    const command = newCommand(name, () => commandHelp(row, options.rows), options.stdout);
    for (const { name: arg, text, isOptional } of row.args ?? []) {
      command.addArgument(new Argument(isOptional === true ? `[${arg}]` : `<${arg}>`, text));
    }
    for (const option of [...(row.options ?? []), ...commonOptions(row)]) {
      command.addOption(toOption(option));
    }
    command.action(() => {
      commandLine = { kind: 'call', row, args: command.args, options: readOptions(command) };
    });
    parent.addCommand(command);
    // `quick dev` and `quick mirror poison` are commands and have subcommands.
    parents.set(row.path, command);
  }
  try {
    program.parse([...expandFlags(argv, options.rows)], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) {
      throw error;
    }
    if (error.exitCode !== 0) {
      throw usageError(error.message.replace(/^error: /, ''), seeHelp(argv, options));
    }
  }
  return commandLine;
}

function newCommand(name: string, help: () => string, stdout: Writer): Command {
  return new Command(name)
    .helpOption('-h, --help', 'Show this help')
    .helpCommand(name === 'quick')
    .configureHelp({ formatHelp: help })
    .configureOutput({ writeOut: (text) => void stdout.write(text), writeErr: ignore })
    .exitOverride();
}

function ignore(): void {
  // `parseCommandLine` throws the same text as an error.
}

function parentOf(
  row: RunnableRow,
  parents: ReadonlyMap<string, Command>,
  program: Command,
): { readonly parent: Command; readonly name: string } {
  const words = row.path.split(' ');
  for (let count = words.length - 1; count > 0; count -= 1) {
    const parent = parents.get(words.slice(0, count).join(' '));
    if (parent !== undefined) {
      return { parent, name: words.slice(count).join(' ') };
    }
  }
  return { parent: program, name: row.path };
}

function unknownCommand(command: Command, path: string): Error {
  const [word] = command.args;
  const hint = `For the commands, see 'quick ${path}${path === '' ? '' : ' '}--help'.`;
  if (word === undefined) {
    return usageError('No subcommand specified.', hint);
  }
  const known = command.commands.map((each) => each.name());
  return usageError(
    `Unknown command "${path === '' ? '' : `${path} `}${word}".${didYouMean(word, known)}`,
    hint,
  );
}

function toOption(row: OptionRow): Option {
  const option = new Option(row.flags, row.text);
  const { choices, isNumber } = row;
  if (row.isRequired === true) {
    option.makeOptionMandatory();
  }
  if (choices !== undefined) {
    option.argParser((text) => {
      if (!choices.includes(text.toLowerCase())) {
        throw new InvalidArgumentError(
          `Expected ${choices.join(', ')}.${didYouMean(text, choices)}`,
        );
      }
      return text.toLowerCase();
    });
  } else if (isNumber === true) {
    option.argParser((text) => {
      if (!/^\d{1,9}$/.test(text)) {
        throw new InvalidArgumentError('Expected a whole number.');
      }
      return text;
    });
  } else if (row.isRepeatable === true) {
    option.argParser((text, before: unknown) => [...(Array.isArray(before) ? before : []), text]);
  }
  return option;
}

function readOptions(command: Command): CallOptions {
  const values = new Map<string, OptionValue>();
  for (const [name, value] of Object.entries(command.optsWithGlobals())) {
    if (typeof value === 'string' || typeof value === 'boolean') {
      values.set(name, value);
    } else if (Array.isArray(value)) {
      values.set(name, value.map(String));
    }
  }
  return new CallOptions(values);
}

/** Names the help of the longest command at the beginning of the arguments. */
function seeHelp(argv: readonly string[], { rows, groups }: ParseOptions): string {
  const words = argv.filter((word) => !word.startsWith('-'));
  const paths = new Set([...rows, ...groups].map(({ path }) => path));
  const known = [2, 1]
    .map((count) => words.slice(0, count).join(' '))
    .find((path) => paths.has(path));
  return `For help, see 'quick ${known === undefined ? '' : `${known} `}--help'.`;
}
