import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lastLines } from '@quicksilver/processes/bounded-tail';
import {
  type ProgramOutcome,
  runProgram,
  type RunProgramOptions,
} from '@quicksilver/processes/run-program';
import { javaEnvironment } from './java.ts';
import { LIGHT_JVM } from './light-jvm.ts';
import { LocalKafkaError } from './local-kafka-error.ts';

export interface RunToolOptions extends Omit<RunProgramOptions, 'command' | 'timeoutMs'> {
  readonly jarsDir: string;
  /** JARs that come before those of the directory. */
  readonly jars?: readonly string[] | undefined;
  /**
   * A class of the JARs, such as `org.apache.kafka.tools.TopicCommand`, or a `.java` file to
   * compile and run.
   */
  readonly mainClass: string;
  readonly timeoutMs?: number | undefined;
  readonly javaPath?: string | undefined;
  readonly jvmArgs?: readonly string[] | undefined;
}

/**
 * Runs one of Kafka's own programs, a second or so of Java start included; throws `TOOL_FAILED`
 * when it fails.
 */
export async function runTool(options: RunToolOptions): Promise<ProgramOutcome> {
  const outcome = await runToolToItsEnd(options);
  if (outcome.exitCode !== 0) {
    throw toolFailed(options.mainClass, outcome);
  }
  return outcome;
}

/** As `runTool`, for programs whose exit code does not tell success from failure. */
export function runToolToItsEnd(options: RunToolOptions): Promise<ProgramOutcome> {
  const { jarsDir, jars = [], mainClass, args, javaPath = 'java', ...programOptions } = options;
  const { jvmArgs = [], timeoutMs, ...rest } = programOptions;
  return runProgram({
    ...rest,
    env: javaEnvironment(rest.env),
    timeoutMs: timeoutMs ?? 60_000,
    command: javaPath,
    args: [
      ...LIGHT_JVM,
      '-Xmx512m',
      ...UTF8,
      `-Dlog4j2.configurationFile=${LOG4J_FILE}`,
      ...jvmArgs,
      '-cp',
      [...jars, join(jarsDir, '*')].join(delimiter),
      mainClass,
      ...args,
    ],
  });
}

export function toolFailed(mainClass: string, outcome: ProgramOutcome): LocalKafkaError {
  const end = outcome.timedOut
    ? 'was not done in time'
    : `failed (${outcome.signal ?? `exit code ${outcome.exitCode}`})`;
  const cause = outcome.stderr.split('\n').find((line) => /\bERROR\b|Exception/.test(line));
  const output = lastLines(
    `${outcome.stdout.toString('utf8').slice(-8_192)}\n${outcome.stderr}`,
    30,
  );
  return new LocalKafkaError(
    'TOOL_FAILED',
    `${mainClass} ${end}: ${cause ?? lastLines(outcome.stderr, 1)}`,
    {
      whatToDo: 'The last lines of the program say why.',
      output,
    },
  );
}

/** UTF-8 in any locale. The last option is its name before Java 19. */
const UTF8 = ['-Dfile.encoding=UTF-8', '-Dstdout.encoding=UTF-8', '-Dsun.stdout.encoding=UTF-8'];
const LOG4J_FILE = fileURLToPath(new URL('../log4j2-tools.xml', import.meta.url));
