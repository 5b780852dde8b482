export type LocalKafkaErrorCode =
  | 'JAVA_MISSING'
  | 'JAVA_TOO_OLD'
  | 'DOWNLOAD_FAILED'
  | 'DISK_FULL'
  | 'PORT_IN_USE'
  | 'DATA_DIRECTORY_IN_USE'
  | 'DATA_DIRECTORY_UNUSABLE'
  | 'START_FAILED'
  | 'TOOL_FAILED';

export interface LocalKafkaErrorOptions extends ErrorOptions {
  /** One or two sentences for a person: the step that makes it work. */
  readonly whatToDo: string;
  /** The last lines of output of the failed program; empty if there are none. */
  readonly output?: string;
}

/**
 * Why a Kafka on this machine could not be had. `message` is one sentence about what was wanted and
 * what was found, `whatToDo` the way out. A command line prints both, and `output` below them.
 */
export class LocalKafkaError extends Error {
  override readonly name = 'LocalKafkaError';
  readonly code: LocalKafkaErrorCode;
  readonly whatToDo: string;
  readonly output: string;

  constructor(code: LocalKafkaErrorCode, message: string, options: LocalKafkaErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.whatToDo = options.whatToDo;
    this.output = options.output ?? '';
  }
}
