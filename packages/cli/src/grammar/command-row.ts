export interface ArgumentRow {
  /** As in the usage line. */
  readonly name: string;
  readonly text: string;
  readonly isOptional?: boolean;
}

export interface OptionRow {
  /** `-k, --key-type <type>`; `<x...>` takes several values. */
  readonly flags: string;
  readonly text: string;
  readonly isRequired?: boolean;
  /** Can be used several times. */
  readonly isRepeatable?: boolean;
  /** Valid values, in any case. */
  readonly choices?: readonly string[];
  /** Accepts whole numbers only. */
  readonly isNumber?: boolean;
  /** The command of quick-cli has it, so its beginnings mean it even if newer flags share them. */
  readonly isOfQuickCli?: boolean;
}

/** The common options of a command. */
export type Reach =
  /** The options of every command. */
  | 'local'
  /** Also the options that select a deployment. */
  | 'deployment';

/**
 * The description of one command. Help, completion, documentation and parser are generated from
 * these rows.
 */
export interface CommandRow {
  /** The words of the command, such as `topic create`. */
  readonly path: string;
  readonly summary: string;
  /** More sentences for the help of this command. */
  readonly description?: string;
  readonly group: 'start' | 'project' | 'look' | 'data' | 'bakdata' | 'self';
  readonly reach: Reach;
  /** Changes the deployment, so it prints which one. */
  readonly isChange?: boolean;
  readonly args?: readonly ArgumentRow[];
  readonly options?: readonly OptionRow[];
  /** Formats of `-o`; a command without formats has no `-o`. */
  readonly formats?: readonly string[];
  readonly examples?: readonly string[];
  /** Exit codes, if they differ from those of every command. */
  readonly exits?: string;
}

/** The first word of several commands. */
export interface GroupRow {
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
}
