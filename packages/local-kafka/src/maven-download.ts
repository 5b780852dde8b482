import { fileURLToPath } from 'node:url';
import { lastLines } from '@quicksilver/processes/bounded-tail';
import {
  type Environment,
  type ProgramOutcome,
  runProgram,
} from '@quicksilver/processes/run-program';
import { diskFull, saysDiskFull } from './disk-space.ts';
import { LocalKafkaError } from './local-kafka-error.ts';

export interface DownloadJarsOptions {
  readonly outputDir: string;
  /** Of Kafka. */
  readonly version: string;
  /** Only these count as progress: Maven also fetches its own plugins. */
  readonly fileNames: ReadonlySet<string>;
  readonly env: Environment | undefined;
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
  readonly onDownloaded: (count: number) => void;
}

/**
 * Lets Maven copy what `pom.xml` names into a directory. What lies in `~/.m2` is not fetched again.
 */
export async function downloadJars(options: DownloadJarsOptions): Promise<void> {
  const pom = fileURLToPath(new URL('../pom.xml', import.meta.url));
  const seen = new Set<string>();
  let text = '';
  let rest = '';
  // Maven may be busy with itself for a while before the first of them.
  options.onDownloaded(0);
  const outcome = await runMaven(options, pom, (chunk) => {
    text = (text + chunk).slice(-16_384);
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const name = /Downloaded from .*\/([^/\s]+\.jar) \(/.exec(line)?.[1];
      if (name !== undefined && options.fileNames.has(name) && !seen.has(name)) {
        seen.add(name);
        options.onDownloaded(seen.size);
      }
    }
  });
  options.signal?.throwIfAborted();
  if (outcome.exitCode === 0) {
    return;
  }
  const output = lastLines(`${text}\n${outcome.stderr}`, 15);
  if (saysDiskFull(output)) {
    throw diskFull(
      options.outputDir,
      'Maven could not write what it fetched (its own directory is ~/.m2)',
    );
  }
  const why = outcome.timedOut
    ? `was not done after ${options.timeoutMs / 1000} s`
    : `failed (exit code ${outcome.exitCode})`;
  throw new LocalKafkaError(
    'DOWNLOAD_FAILED',
    `Fetching Kafka’s JARs with Maven ${why}: ${reasonOf(output)}`,
    {
      whatToDo:
        'Check that this machine reaches Maven Central or the mirror of ~/.m2/settings.xml, then start again; what was fetched is kept.',
      output,
    },
  );
}

async function runMaven(
  options: DownloadJarsOptions,
  pom: string,
  onText: (text: string) => void,
): Promise<ProgramOutcome> {
  try {
    return await runProgram({
      command: 'mvn',
      args: [
        '--batch-mode',
        `--file=${pom}`,
        'dependency:copy-dependencies',
        '-Dstyle.color=never',
        `-Dkafka.version=${options.version}`,
        '-DincludeScope=runtime',
        `-DoutputDirectory=${options.outputDir}`,
      ],
      env: options.env,
      signal: options.signal,
      timeoutMs: options.timeoutMs,
      onStdout: (chunk) => onText(chunk.toString('utf8')),
    });
  } catch (error) {
    throw new LocalKafkaError(
      'MAVEN_MISSING',
      'Kafka’s JARs are fetched with Maven, and no "mvn" was found.',
      {
        whatToDo:
          'Install it: "apt-get install maven" on Debian and Ubuntu, "brew install maven" on macOS. Or name a Kafka that runs already: QUICK_KAFKA_BOOTSTRAP_SERVER=host:port.',
        cause: error,
      },
    );
  }
}

/** Maven's first error line is the cause, those after it are advice about switches. */
function reasonOf(output: string): string {
  const line = output.split('\n').find((each) => each.startsWith('[ERROR]'));
  return line === undefined ? 'see its last lines' : line.slice('[ERROR] '.length, 600);
}
