import type { Run } from '@quicksilver/common/lifecycle/part';
import { defaultCacheDir, KAFKA_VERSION } from '@quicksilver/local-kafka/kafka-jars';
import {
  startLocalKafka,
  type LocalKafka,
  type LocalKafkaProgress,
} from '@quicksilver/local-kafka/local-kafka';
import type { Environment } from '@quicksilver/local-kafka/run-program';

import type { DataDirectory } from './data-directory.ts';
import { diskFullError } from '../output/describe-failure.ts';
import { DevError } from './dev-error.ts';
import type { Display } from '../output/display.ts';
import type { KafkaPart } from './kafka-part.ts';
import { readLogTail } from './log-tail.ts';

export interface OwnKafkaOptions {
  readonly dataDirectory: DataDirectory;
  readonly env: Environment;
  readonly display: Display;
  readonly stopTimeoutMs: number;
  readonly onSpawn: (pid: number) => Promise<void>;
}

/** A Kafka that this run starts and stops. */
export class OwnKafka implements KafkaPart {
  readonly name = 'Kafka';
  readonly #options: OwnKafkaOptions;
  #starting: Promise<LocalKafka> | undefined;
  #kafka: LocalKafka | undefined;

  constructor(options: OwnKafkaOptions) {
    this.#options = options;
  }

  get bootstrapServers(): string {
    return this.#kafka?.bootstrapServer ?? '';
  }

  async start(run: Run): Promise<void> {
    const { dataDirectory, env, display, stopTimeoutMs } = this.#options;
    display.status('Starting Kafka');
    this.#starting = startLocalKafka({
      dataDir: dataDirectory.kafkaDir,
      cacheDir: defaultCacheDir(env),
      logFile: dataDirectory.logFile('kafka'),
      env,
      stopTimeoutMs,
      signal: run.signal,
      onProgress: (progress) => show(progress, display),
    });
    try {
      const kafka = await this.#starting;
      this.#watch(kafka, run);
      await this.#options.onSpawn(kafka.pid);
    } catch (error) {
      if (!run.signal.aborted) {
        throw error;
      }
    }
  }

  async stop(): Promise<void> {
    await (await this.#starting?.catch(() => undefined))?.stop();
  }

  #watch(kafka: LocalKafka, run: Run): void {
    this.#kafka = kafka;
    void kafka.exited.then(async ({ expected, exitCode, signal }) => {
      if (!expected) {
        run.fail(await this.#unexpectedEnd(kafka, signal ?? `exit code ${exitCode}`));
      }
    });
  }

  async #unexpectedEnd(kafka: LocalKafka, how: string): Promise<DevError> {
    const { dataDirectory } = this.#options;
    const output = await readLogTail(kafka.logFile, 8);
    if (output.includes('No space left on device') || (await dataDirectory.isFull())) {
      return diskFullError(dataDirectory.path, `Kafka ended with ${how}`);
    }
    return new DevError(`Kafka ended unexpectedly (${how}), so everything was stopped.`, {
      whatToDo: `These are its last lines; the whole log is ${kafka.logFile}.`,
      output,
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
