export interface DevErrorOptions extends ErrorOptions {
  /** The step that makes it work, in one or two sentences. */
  readonly whatToDo: string;
  /** The last lines of the program that failed; may span lines. */
  readonly output?: string;
}

/**
 * Why the local network cannot run. `message` is one sentence about what was wanted and what was
 * found, `whatToDo` the way out; both are printed as they are.
 */
export class DevError extends Error {
  override readonly name = 'DevError';
  readonly whatToDo: string;
  readonly output: string;

  constructor(message: string, options: DevErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.whatToDo = options.whatToDo;
    this.output = options.output ?? '';
  }
}
