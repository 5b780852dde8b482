/** What the command ends with; documented in every help. */
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
  /** What to do next, as a sentence. */
  readonly hint?: string;
  readonly requestId?: string;
}

/** A failure that a person reads: what was wanted, what was found, and in `hint` what to do. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code: string;
  readonly exitCode: ExitCode;
  readonly hint: string | undefined;
  readonly requestId: string | undefined;

  constructor(message: string, options: CliErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
    this.exitCode = options.exitCode ?? EXIT.failure;
    this.hint = options.hint;
    this.requestId = options.requestId;
  }
}

export function usageError(message: string, hint?: string): CliError {
  return new CliError(message, {
    code: 'USAGE',
    exitCode: EXIT.usage,
    ...(hint === undefined ? {} : { hint }),
  });
}
