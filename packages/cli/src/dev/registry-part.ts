import { join } from 'node:path';

import type { Part, PartContext } from '@quicksilver/common/lifecycle/part';
import { defaultCacheDir } from '@quicksilver/local-kafka/kafka-jars';
import { startLocalRegistry, type LocalRegistry } from '@quicksilver/local-kafka/local-registry';
import type { Environment } from '@quicksilver/processes/run-program';

import { CliError } from '../output/cli-error.ts';
import type { Display } from '../output/display.ts';
import type { DataDirectory } from './data-directory.ts';
import { readLogTail } from './log-tail.ts';

export interface RegistryPartOptions {
  readonly dataDirectory: DataDirectory;
  readonly port: number;
  readonly env: Environment;
  readonly display: Display;
  readonly stopTimeoutMs: number;
  /** Called with the id of its process. */
  readonly onSpawn: (pid: number) => Promise<void>;
}

/** A schema registry that this run starts and stops. */
export class RegistryPart implements Part {
  readonly name = 'schema registry';
  readonly #options: RegistryPartOptions;
  #starting: Promise<LocalRegistry> | undefined;

  constructor(options: RegistryPartOptions) {
    this.#options = options;
  }

  /** Serves once the part has started. */
  get url(): string {
    return `http://127.0.0.1:${this.#options.port}/apis/ccompat/v7`;
  }

  async start(context: PartContext): Promise<void> {
    const { dataDirectory, port, env, display, stopTimeoutMs, onSpawn } = this.#options;
    const logFile = dataDirectory.logFile('registry');
    display.status('Starting the schema registry');
    this.#starting = startLocalRegistry({
      dataDir: join(dataDirectory.state, 'registry'),
      cacheDir: defaultCacheDir(env),
      port,
      logFile,
      env,
      stopTimeoutMs,
      signal: context.signal,
      onProgress: () => display.status('Fetching the schema registry Apicurio (once, 108 MB)'),
    });
    try {
      const registry = await this.#starting;
      void registry.exited.then(async ({ expected, exitCode, signal }) => {
        if (!expected) {
          context.fail(await unexpectedExit(logFile, signal ?? `exit code ${exitCode}`));
        }
      });
      await onSpawn(registry.pid);
    } catch (error) {
      if (!context.signal.aborted) {
        throw error;
      }
    }
  }

  async stop(): Promise<void> {
    // It writes at once, so a kill loses nothing, and a stop is limited to seconds.
    await (await this.#starting?.catch(() => undefined))?.kill();
  }
}

async function unexpectedExit(logFile: string, how: string): Promise<CliError> {
  return new CliError(
    `The schema registry exited unexpectedly (${how}), so quick dev stops everything.`,
    {
      code: 'PROCESS_EXITED',
      hint: `Its last lines follow; the whole log is ${logFile}.`,
      log: await readLogTail(logFile, 8),
    },
  );
}
