import type { Output } from '../output/print.ts';
import type { Surroundings } from '../output/surroundings.ts';
import type { CommandRow } from './command-row.ts';

export type OptionValue = string | boolean | readonly string[];

/** One use of a command, after parsing. */
export interface CommandCall {
  readonly args: readonly string[];
  readonly options: CallOptions;
  readonly around: Surroundings;
  readonly output: Output;
  readonly row: Pick<CommandRow, 'group' | 'isChange'>;
  /** All commands. */
  readonly rows: readonly CommandRow[];
}

/** Resolves to the exit code; undefined means success. Throws `CliError`. */
export type RunCommand = (call: CommandCall) => Promise<number | undefined>;

/** A command with its code, which is imported only if the command runs. */
export interface RunnableRow extends CommandRow {
  readonly load: () => Promise<{ readonly run: RunCommand }>;
}

/** The options of a call by their names in camel case. */
export class CallOptions {
  readonly #values: ReadonlyMap<string, OptionValue>;

  constructor(values: ReadonlyMap<string, OptionValue>) {
    this.#values = values;
  }

  text(name: string): string | undefined {
    const value = this.#values.get(name);
    return typeof value === 'string' ? value : undefined;
  }

  flag(name: string): boolean {
    return this.#values.get(name) === true;
  }

  list(name: string): readonly string[] {
    const value = this.#values.get(name);
    return typeof value === 'object' ? value : [];
  }
}
