import { PassThrough, Readable } from 'node:stream';

/** What a command printed, and how it ended. */
export interface CliOutcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliAround {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly home: string;
  readonly stdin?: string;
  /** Ends the command, as Ctrl-C would, once it has printed this. */
  readonly endAt?: string;
}

/** The part of the command that this runs; handed in, for the testkit knows no command. */
export type Run = (argv: readonly string[], around: SurroundingsOfTest) => Promise<number>;

interface SurroundingsOfTest {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly home: string;
  readonly nodePath: string;
  readonly stdin: PassThrough;
  readonly stdout: { write(text: string): void };
  readonly stderr: { write(text: string): void };
  readonly signal: AbortSignal;
}

/** For what hangs: an `apply` on a busy machine waits for the services that it starts. */
const DEADLINE_MS = 120_000;

/** Runs the command in this process, with everything around it made for the test. */
export async function runCommand(
  run: Run,
  argv: readonly string[],
  around: CliAround,
): Promise<CliOutcome> {
  let stdout = '';
  let stderr = '';
  const end = new AbortController();
  const stdin = Readable.from([around.stdin ?? '']).pipe(new PassThrough());
  const code = await run(argv, {
    env: around.env ?? {},
    cwd: around.cwd ?? around.home,
    home: around.home,
    nodePath: process.execPath,
    stdin,
    stdout: {
      write: (text) => {
        stdout += text;
        if (around.endAt !== undefined && stdout.includes(around.endAt)) {
          end.abort();
        }
      },
    },
    stderr: { write: (text) => void (stderr += text) },
    signal: AbortSignal.any([AbortSignal.timeout(DEADLINE_MS), end.signal]),
  });
  return { code, stdout, stderr };
}
