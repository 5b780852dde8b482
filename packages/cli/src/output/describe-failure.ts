import { describeError } from '@quicksilver/common/errors/describe';
import { ConfigError } from '@quicksilver/common/config/option';
import { saysDiskFull } from '@quicksilver/local-kafka/disk-space';
import { LocalKafkaError } from '@quicksilver/local-kafka/local-kafka-error';

import { CliError } from './cli-error.ts';
import { DevError } from '../dev/dev-error.ts';

/** What a person reads when the command fails: what happened, what to do, and the last output. */
export function describeFailure(error: unknown, dataDir?: string): string {
  if (error instanceof DevError || error instanceof LocalKafkaError) {
    const output = error.output === '' ? '' : `\n\n${indent(error.output)}`;
    return `${error.message} ${error.whatToDo}${output}`;
  }
  if (error instanceof CliError) {
    return error.hint === undefined ? error.message : `${error.message}\n${indent(error.hint)}`;
  }
  if (error instanceof ConfigError) {
    return error.message;
  }
  if (saysDiskFull(error)) {
    return describeFailure(
      diskFullError(dataDir ?? 'the data directory', 'a file cannot be written', error),
    );
  }
  return `Unexpected: ${describeError(error)}`;
}

export function diskFullError(dir: string, detail: string, cause?: unknown): DevError {
  return new DevError(`The disk of ${dir} is full: ${detail}.`, {
    whatToDo:
      'Free some space there, or name a directory on another disk with QUICK_DATA_DIR, and start again.',
    ...(cause === undefined ? {} : { cause }),
  });
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}
