import type { Environment } from '@quicksilver/common/config/option';

/** A destination for text, which may be a terminal. */
export interface Writer {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

/** A source of text, which may be a terminal. */
export interface Reader extends AsyncIterable<Buffer | string> {
  readonly isTTY?: boolean | undefined;
  readonly setRawMode?: (mode: boolean) => unknown;
}

/** The parts of the process that a command uses. Tests replace them. */
export interface Surroundings {
  readonly env: Environment;
  readonly cwd: string;
  /** The user's home directory. */
  readonly home: string;
  readonly nodePath: string;
  readonly stdin: NodeJS.ReadableStream & Reader;
  /** For data. */
  readonly stdout: Writer;
  /** For progress, warnings, questions and errors. */
  readonly stderr: Writer;
  /** Aborts when the command should end. */
  readonly signal: AbortSignal;
}
