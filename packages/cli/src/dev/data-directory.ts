import { mkdir, readFile, rm, rmdir, statfs } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { codeOf } from '@quicksilver/common/errors/code-of';
import type { Part } from '@quicksilver/common/lifecycle/part';
import { replaceWhole, takeLock } from '@quicksilver/processes/lock-file';
import { isRunning, type ProcessIdentity } from '@quicksilver/processes/process-identity';

import { processIdentity, removeRunFile } from '../context/dev-run.ts';
import { CliError } from '../output/cli-error.ts';
import { diskFullError } from '../output/describe-failure.ts';

export interface DataDirectoryOptions {
  readonly path: string;
  /** Directory of the state of an ephemeral run, which `stop` removes. */
  readonly ephemeral?: string | undefined;
  readonly project: string;
  readonly self: ProcessIdentity;
}

const FREE_MB_MIN = 300;
const LOCK = 'in-use';

/** The directory of everything that outlives a run. Only one run at a time uses it. */
export class DataDirectory implements Part {
  readonly name = 'data directory';
  readonly path: string;
  /** Directory of the data: `path`, unless the run is ephemeral. */
  readonly state: string;
  readonly logDir: string;
  readonly kafkaDir: string;
  /** Directory of the processes that the manager runs. */
  readonly runtimeDir: string;
  readonly #options: DataDirectoryOptions;
  #isLocked = false;

  constructor(options: DataDirectoryOptions) {
    this.#options = options;
    this.path = resolve(options.path);
    this.state = options.ephemeral ?? this.path;
    this.logDir = join(this.state, 'log');
    this.kafkaDir = join(this.state, 'kafka');
    this.runtimeDir = join(this.state, 'run');
  }

  async start(): Promise<void> {
    try {
      await mkdir(this.path, { recursive: true });
      await this.#lock();
      await mkdir(this.logDir, { recursive: true });
    } catch (error) {
      throw error instanceof CliError ? error : unusable(this.path, error);
    }
    await this.#requireSpace();
  }

  async stop(): Promise<void> {
    if (!this.#isLocked) {
      return;
    }
    this.#isLocked = false;
    await removeRunFile({ project: this.#options.project, dataDir: this.path });
    await rm(join(this.path, LOCK), { force: true });
    if (this.state !== this.path) {
      await rm(this.state, { recursive: true, force: true });
      // Fails, as it should, if an earlier run left data there.
      await rmdir(this.path).catch(() => undefined);
    }
  }

  /** Whether its disk has no space left. */
  async isFull(): Promise<boolean> {
    return (await this.#freeMb()) < 1;
  }

  logFile(name: string): string {
    return join(this.logDir, `${name}.log`);
  }

  async read(name: string): Promise<string | undefined> {
    return readFile(join(this.state, name), 'utf8').catch(() => undefined);
  }

  /** Renames the file into place, so that a crash leaves either the old text or the new one. */
  async write(name: string, text: string): Promise<void> {
    await replaceWhole(join(this.state, name), text);
  }

  async #lock(): Promise<void> {
    const { self } = this.#options;
    const file = join(this.path, LOCK);
    const holder = await takeLock({
      file,
      text: `${JSON.stringify(self)}\n`,
      isHeld: async (text) => {
        const process = parseHolder(text);
        return process !== undefined && process.pid !== self.pid && (await isRunning(process));
      },
    });
    if (holder !== undefined) {
      throw this.#inUse(parseHolder(holder)?.pid);
    }
    this.#isLocked = true;
  }

  #inUse(pid: number | undefined): CliError {
    const process = pid === undefined ? '' : ` (process ${pid})`;
    return new CliError(`Another quick dev uses the data in ${this.path}${process}.`, {
      code: 'IN_USE',
      hint: 'To see it, run: quick dev status. To stop it, run: quick dev stop. To run a second one beside it, set QUICK_DATA_DIR to another directory and QUICK_PORT to another port.',
    });
  }

  async #requireSpace(): Promise<void> {
    const freeMb = await this.#freeMb();
    if (freeMb < FREE_MB_MIN) {
      throw diskFullError(this.state, `${FREE_MB_MIN} MB are required, ${freeMb} MB are free`);
    }
  }

  async #freeMb(): Promise<number> {
    const { bavail, bsize } = await statfs(this.state);
    return Math.floor((bavail * bsize) / (1024 * 1024));
  }
}

/** The running `quick dev` that uses a data directory; undefined if there is none. */
export async function holderOf(path: string): Promise<ProcessIdentity | undefined> {
  const holder = parseHolder(await readFile(join(path, LOCK), 'utf8').catch(() => ''));
  return holder !== undefined && (await isRunning(holder)) ? holder : undefined;
}

function parseHolder(text: string): ProcessIdentity | undefined {
  try {
    return processIdentity.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function unusable(path: string, cause: unknown): Error {
  const code = String(codeOf(cause) ?? 'an error');
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return diskFullError(path, 'no file can be created there', cause);
  }
  return new CliError(`The data directory ${path} cannot be used (${code}).`, {
    code: 'DATA_DIRECTORY_UNUSABLE',
    hint: 'Set QUICK_DATA_DIR to a directory that this user may write to.',
    cause,
  });
}
