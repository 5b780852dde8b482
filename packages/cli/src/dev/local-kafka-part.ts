import type { Part, PartContext } from '@quicksilver/common/lifecycle/part';
import { defaultCacheDir, KAFKA_VERSION } from '@quicksilver/local-kafka/kafka-jars';
import {
  startLocalKafka,
  type LocalKafka,
  type LocalKafkaProgress,
} from '@quicksilver/local-kafka/local-kafka';
import type { Environment } from '@quicksilver/processes/run-program';

import { CliError } from '../output/cli-error.ts';
import { diskFullError } from '../output/describe-failure.ts';
import type { Display } from '../output/display.ts';
import type { DataDirectory } from './data-directory.ts';
import type { DevConfig } from './dev-options.ts';
import { readLogTail } from './log-tail.ts';

/** Kafka as a part of a run. */
export interface KafkaPart extends Part {
  /** `host:port`, several separated by commas. Empty until the part has started. */
  readonly bootstrapServers: string;
  /** Whether this run starts it, so that it has only the topics of the project. */
  readonly isOfRun: boolean;
  start(context: PartContext): Promise<void>;
}

export interface LocalKafkaPartOptions {
  readonly dataDirectory: DataDirectory;
  readonly env: Environment;
  readonly config: Pick<DevConfig, 'mavenRepository'>;
  readonly display: Display;
  readonly stopTimeoutMs: number;
  /** Called with the id of Kafka's process. */
  readonly onSpawn: (pid: number) => Promise<void>;
}

/** A Kafka that this run starts and stops. */
export class LocalKafkaPart implements KafkaPart {
  readonly name = 'Kafka';
  readonly isOfRun = true;
  readonly #options: LocalKafkaPartOptions;
  #starting: Promise<LocalKafka> | undefined;
  #kafka: LocalKafka | undefined;

  constructor(options: LocalKafkaPartOptions) {
    this.#options = options;
  }

  get bootstrapServers(): string {
    return this.#kafka?.bootstrapServer ?? '';
  }

  async start(context: PartContext): Promise<void> {
    const { dataDirectory, env, config, display, stopTimeoutMs } = this.#options;
    display.status('Starting Kafka');
    this.#starting = startLocalKafka({
      dataDir: dataDirectory.kafkaDir,
      cacheDir: defaultCacheDir(env),
      logFile: dataDirectory.logFile('kafka'),
      env,
      repositoryUrl: config.mavenRepository,
      stopTimeoutMs,
      signal: context.signal,
      onProgress: (progress) => show(progress, display),
    });
    try {
      const kafka = await this.#starting;
      this.#watch(kafka, context);
      await this.#options.onSpawn(kafka.pid);
    } catch (error) {
      if (!context.signal.aborted) {
        throw error;
      }
    }
  }

  async stop(): Promise<void> {
    await (await this.#starting?.catch(() => undefined))?.stop();
  }

  #watch(kafka: LocalKafka, context: PartContext): void {
    this.#kafka = kafka;
    void kafka.exited.then(async ({ expected, exitCode, signal }) => {
      if (!expected) {
        context.fail(await this.#unexpectedExit(kafka, signal ?? `exit code ${exitCode}`));
      }
    });
  }

  async #unexpectedExit(kafka: LocalKafka, how: string): Promise<CliError> {
    const { dataDirectory } = this.#options;
    const log = await readLogTail(kafka.logFile, 8);
    if (log.includes('No space left on device') || (await dataDirectory.isFull())) {
      return diskFullError(dataDirectory.path, `Kafka exited with ${how}`);
    }
    return new CliError(`Kafka exited unexpectedly (${how}), so quick dev stops everything.`, {
      code: 'PROCESS_EXITED',
      hint: `Its last lines follow; the whole log is ${kafka.logFile}.`,
      log,
    });
  }
}

function show(progress: LocalKafkaProgress, display: Display): void {
  if (progress.step === 'downloading') {
    display.status(
      `Fetching Kafka ${KAFKA_VERSION} (once, 54 MB)`,
      `${progress.done} of ${progress.total} files`,
    );
  } else if (progress.step === 'starting') {
    display.status(`Starting Kafka ${KAFKA_VERSION}`);
  }
}
