import { fileURLToPath } from 'node:url';
import { runTool } from '@quicksilver/local-kafka/run-tool';

export interface JavaProgramOptions {
  /** A `.java` file that is whole in itself; compiled in memory against Kafka's JARs and run. */
  readonly file: string | URL;
  readonly args?: readonly string[] | undefined;
  readonly jarsDir: string;
  /** JARs that come before those of the directory. */
  readonly jars?: readonly string[] | undefined;
  readonly input?: string | Uint8Array | undefined;
  /** Compiling included, which takes about a second. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Standard output of a Java program. Throws with the last lines of standard error when it fails.
 */
export async function runJavaProgram(options: JavaProgramOptions): Promise<Buffer> {
  const { file, args = [], jarsDir, jars, input, timeoutMs } = options;
  const outcome = await runTool({
    jarsDir,
    jars,
    mainClass: file instanceof URL ? fileURLToPath(file) : file,
    args,
    input,
    timeoutMs,
  });
  return outcome.stdout;
}
