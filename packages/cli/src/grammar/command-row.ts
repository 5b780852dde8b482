export interface ArgumentRow {
  /** As it stands in the usage. */
  readonly name: string;
  readonly text: string;
  readonly isOptional?: boolean;
}

export interface OptionRow {
  /** `-k, --key-type <type>`; `<x...>` takes several values. */
  readonly flags: string;
  readonly text: string;
  readonly isRequired?: boolean;
  /** May be given several times. */
  readonly isRepeatable?: boolean;
  /** One of these, whatever its case. */
  readonly choices?: readonly string[];
  /** A whole number. */
  readonly isNumber?: boolean;
}

/** Which options a command takes besides its own. */
export type Reach =
  /** Those of every command. */
  | 'local'
  /** And those that say which deployment is meant. */
  | 'deployment';

/**
 * One command, as it is described. The help, the completion, the documentation and the parser are
 * made from these rows.
 */
export interface CommandRow {
  /** Words, such as `topic create`. */
  readonly path: string;
  readonly summary: string;
  /** Further sentences for its own help. */
  readonly description?: string;
  readonly group: 'start' | 'project' | 'look' | 'data' | 'quick' | 'own';
  readonly reach: Reach;
  readonly args?: readonly ArgumentRow[];
  readonly options?: readonly OptionRow[];
  /** Formats of `-o` that it knows; without them it has no `-o`. */
  readonly formats?: readonly string[];
  readonly examples?: readonly string[];
  /** Codes it ends with besides those of every command. */
  readonly exits?: string;
}

/** A word that has commands below it. */
export interface GroupRow {
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
}
