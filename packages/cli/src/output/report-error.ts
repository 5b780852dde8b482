import { ConfigError } from '@quicksilver/common/config/option';
import { AppError } from '@quicksilver/common/errors/app-error';
import { describeError } from '@quicksilver/common/errors/describe';

import { paintFor } from './colour.ts';
import type { CallOptions } from '../grammar/command-call.ts';
import { CliError, EXIT } from './cli-error.ts';
import type { Surroundings } from './surroundings.ts';

const DOCS = 'docs/errors.md';

/** Tells what went wrong, in the form that was asked for. Answers the exit code. */
export function reportError(error: unknown, around: Surroundings, options?: CallOptions): number {
  const { stderr, env, signal } = around;
  if (signal.aborted) {
    return EXIT.interrupted;
  }
  const known = toCliError(error);
  if (isJson(options?.text('output'))) {
    const { code, message, hint, requestId } = known;
    stderr.write(`${JSON.stringify({ code, message, hint, docs: DOCS, requestId })}\n`);
  } else {
    const paint = paintFor({
      when: options?.text('color'),
      env,
      isTTY: stderr.isTTY === true,
    });
    const hint = known.hint === undefined ? '' : `${indented(known.hint)}\n`;
    stderr.write(`${paint('red', 'quick:')} ${known.message}\n${hint}`);
    if (options?.flag('debug') === true && error instanceof Error) {
      stderr.write(`${error.stack ?? ''}\n`);
    }
  }
  return known.exitCode;
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
  return new CliError(`Unexpected: ${describeError(error)}`, {
    code: 'INTERNAL',
    hint: 'Run it again with --debug to see where it comes from.',
    cause: error,
  });
}

function isJson(format: string | undefined): boolean {
  return format === 'json' || format === 'jsonl';
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}
