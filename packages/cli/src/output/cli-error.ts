/** Exit codes of the command, documented in every help. */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  notFound: 3,
  conflict: 4,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface CliErrorOptions extends ErrorOptions {
  /** Symbol for programs, such as `TOPIC_NOT_FOUND`. */
  readonly code: string;
  readonly exitCode?: ExitCode;
  /** The remedy, as one or two sentences. */
  readonly hint?: string | undefined;
  readonly requestId?: string | undefined;
  /** The last lines of the program that failed. */
  readonly log?: string | undefined;
}

/** The one error class of the command. `message` states a fact, `hint` the remedy. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code: string;
  readonly exitCode: ExitCode;
  readonly hint: string | undefined;
  readonly requestId: string | undefined;
  readonly log: string | undefined;

  constructor(message: string, options: CliErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
    this.exitCode = options.exitCode ?? EXIT.failure;
    this.hint = options.hint;
    this.requestId = options.requestId;
    this.log = options.log;
  }

  /** The same error with another message, hint or exit code; this one becomes its cause. */
  with(change: {
    readonly message?: string;
    readonly hint?: string;
    readonly exitCode?: ExitCode;
  }): CliError {
    return new CliError(change.message ?? this.message, {
      code: this.code,
      exitCode: change.exitCode ?? this.exitCode,
      hint: change.hint ?? this.hint,
      requestId: this.requestId,
      log: this.log,
      cause: this,
    });
  }
}

export function usageError(message: string, hint?: string): CliError {
  return new CliError(message, { code: 'USAGE', exitCode: EXIT.usage, hint });
}
