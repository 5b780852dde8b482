import { join } from 'node:path';
import { type Environment, runProgram } from '@quicksilver/processes/run-program';
import { LocalKafkaError } from './local-kafka-error.ts';

export const JAVA_VERSION_MIN = 17;

export interface JavaOptions {
  /** The `java` to use; else that of `JAVA_HOME` in `env`, else the first on the path. */
  readonly javaPath?: string | undefined;
  readonly env?: Environment | undefined;
}

/** The command that runs Java, once it is known to be of a version that Kafka runs on. */
export async function requireJava(options: JavaOptions = {}): Promise<string> {
  const command = javaCommand(options);
  const version = await versionOf(command, options.env);
  if (version === undefined) {
    throw new LocalKafkaError(
      'JAVA_MISSING',
      `Kafka needs Java ${JAVA_VERSION_MIN}, and no Java was found (${command}).`,
      {
        whatToDo: `${HOW_TO_GET_JAVA} Or name a Kafka that runs already: QUICK_KAFKA_BOOTSTRAP_SERVER=host:port.`,
      },
    );
  }
  if (version < JAVA_VERSION_MIN) {
    throw new LocalKafkaError(
      'JAVA_TOO_OLD',
      `Kafka needs Java ${JAVA_VERSION_MIN} or newer, and ${command} is Java ${version}.`,
      {
        whatToDo: `${HOW_TO_GET_JAVA} Or set JAVA_HOME to a newer one that is there already.`,
      },
    );
  }
  return command;
}

const HOW_TO_GET_JAVA =
  'Install it: "apt-get install openjdk-17-jre-headless" on Debian and Ubuntu, "brew install openjdk@17" on macOS.';
const VERSION_TIMEOUT_MS = 20_000;

function javaCommand(options: JavaOptions): string {
  const home = options.env?.['JAVA_HOME'];
  if (options.javaPath !== undefined) {
    return options.javaPath;
  }
  return home === undefined || home === '' ? 'java' : join(home, 'bin', 'java');
}

/**
 * The environment of a JVM. Without a UTF-8 locale, Java on Linux cannot open a path with other
 * characters than ASCII, and no system property changes that. Elsewhere Java does not need it.
 * Undefined, as in `spawn`, is the environment of this process.
 */
export function javaEnvironment(env: Environment | undefined): Environment | undefined {
  const locale = env?.['LC_ALL'] || env?.['LC_CTYPE'] || env?.['LANG'] || '';
  return env === undefined || process.platform !== 'linux' || /utf-?8/i.test(locale)
    ? env
    : { ...env, LC_ALL: 'C.UTF-8' };
}

async function versionOf(
  command: string,
  env: Environment | undefined,
): Promise<number | undefined> {
  try {
    const outcome = await runProgram({
      command,
      args: ['-version'],
      env,
      timeoutMs: VERSION_TIMEOUT_MS,
    });
    // Up to Java 8 the version began with "1.": Java 8 says 1.8.0.
    const match = /version "(?:1\.)?(\d+)/.exec(outcome.stderr + outcome.stdout.toString('utf8'));
    return match?.[1] === undefined ? undefined : Number(match[1]);
  } catch {
    // There is no such program, or it may not be run: for the caller both are "no Java".
    return undefined;
  }
}
