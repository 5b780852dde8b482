import type { Environment } from '@quicksilver/common/config/option';

/** Where text goes; a terminal or not. */
export interface Writer {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

/** Where text comes from. */
export interface Reader extends AsyncIterable<Buffer | string> {
  readonly isTTY?: boolean | undefined;
  readonly setRawMode?: (mode: boolean) => unknown;
}

/** The process around a command; tests hand in their own. */
export interface Surroundings {
  readonly env: Environment;
  readonly cwd: string;
  /** The user's home directory. */
  readonly home: string;
  readonly nodePath: string;
  readonly pid: number;
  readonly stdin: NodeJS.ReadableStream & Reader;
  /** Data. */
  readonly stdout: Writer;
  /** Talk: progress, warnings, questions, errors. */
  readonly stderr: Writer;
  /** Aborted when the command should end. */
  readonly signal: AbortSignal;
}
