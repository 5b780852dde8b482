import { ConfigError } from '@quicksilver/common/config/option';
import { describeError } from '@quicksilver/common/errors/describe';
import { saysDiskFull } from '@quicksilver/local-kafka/disk-space';
import { LocalKafkaError } from '@quicksilver/local-kafka/local-kafka-error';

import { CliError } from './cli-error.ts';
import { indented } from './indented.ts';

/** The text of a failed `quick dev` or `quick load`: the fact, the remedy, and the last output. */
export function describeFailure(error: unknown, dataDir = 'the data directory'): string {
  if (error instanceof CliError) {
    return textOf(error.message, error.hint, error.log);
  }
  if (error instanceof LocalKafkaError) {
    return textOf(error.message, error.whatToDo, error.output);
  }
  if (error instanceof ConfigError) {
    return error.message;
  }
  return saysDiskFull(error)
    ? describeFailure(diskFullError(dataDir, 'a file cannot be written', error))
    : `Unexpected error: ${describeError(error)}`;
}

export function diskFullError(dir: string, detail: string, cause?: unknown): CliError {
  return new CliError(`The disk of ${dir} is full: ${detail}.`, {
    code: 'DISK_FULL',
    hint: 'Free some space there, or set QUICK_DATA_DIR to a directory on another disk. Then start again.',
    cause,
  });
}

/** The remedy follows on the same line if the message is a single line, else below it. */
function textOf(message: string, hint = '', log = ''): string {
  const remedy = message.includes('\n') ? `\n${indented(hint)}` : ` ${hint}`;
  return `${message}${hint === '' ? '' : remedy}${log === '' ? '' : `\n\n${indented(log)}`}`;
}
