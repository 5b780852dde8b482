import { ConfigError } from '@quicksilver/common/config/option';
import { AppError } from '@quicksilver/common/errors/app-error';
import { describeError } from '@quicksilver/common/errors/describe';

import { CliError, EXIT } from './cli-error.ts';
import { paintFor } from './colour.ts';
import { indented } from './indented.ts';
import type { Surroundings } from './surroundings.ts';

const DOCS = 'docs/errors.md';

/** The options of a command that decide how its errors are printed. */
export interface ReportOptions {
  /** `-o`: errors are JSON too for `json` and `jsonl`. */
  readonly format?: string | undefined;
  /** `--color`. */
  readonly color?: string | undefined;
  /** `--debug`: print the stack as well. */
  readonly isDebugging?: boolean;
}

/** Prints an error to standard error and returns the exit code. */
export function reportError(
  error: unknown,
  { stderr, env, signal }: Surroundings,
  { format, color, isDebugging = false }: ReportOptions = {},
): number {
  if (signal.aborted) {
    return EXIT.interrupted;
  }
  const { code, message, hint, requestId, exitCode } = toCliError(error);
  if (format === 'json' || format === 'jsonl') {
    stderr.write(`${JSON.stringify({ code, message, hint, docs: DOCS, requestId })}\n`);
    return exitCode;
  }
  const paint = paintFor({ when: color, env, isTTY: stderr.isTTY === true });
  stderr.write(
    `${paint('red', 'quick:')} ${message}\n${hint === undefined ? '' : `${indented(hint)}\n`}`,
  );
  if (isDebugging && error instanceof Error) {
    stderr.write(`${error.stack ?? ''}\n`);
  }
  return exitCode;
}

function toCliError(error: unknown): CliError {
  if (error instanceof CliError) {
    return error;
  }
  if (error instanceof AppError) {
    const exitCode = { 404: EXIT.notFound, 409: EXIT.conflict }[error.status] ?? EXIT.failure;
    return new CliError(error.message, { code: error.code, exitCode, cause: error });
  }
  if (error instanceof ConfigError) {
    return new CliError(error.message, { code: 'CONFIG', exitCode: EXIT.usage });
  }
  return new CliError(`Unexpected error: ${describeError(error)}`, {
    code: 'INTERNAL',
    hint: 'To see the stack trace, run the command again with --debug.',
    cause: error,
  });
}
