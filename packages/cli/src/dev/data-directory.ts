import { link, mkdir, readFile, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import type { Part } from '@quicksilver/common/lifecycle/part';

import { diskFullError } from './describe-failure.ts';
import { DevError } from './dev-error.ts';
import { isRunning } from './is-running.ts';

export interface DataDirectoryOptions {
  readonly path: string;
  readonly pid: number;
  /** Part of the command line of every process that may hold such a directory. */
  readonly mark: string;
}

const FREE_MB_MIN = 300;
const LOCK = 'in-use';
const TAKE_TRIES = 3;

/** Where everything is kept that outlives a run. Used by one run at a time. */
export class DataDirectory implements Part {
  readonly name = 'data directory';
  readonly path: string;
  readonly logDir: string;
  readonly kafkaDir: string;
  readonly mirrorDir: string;
  readonly #options: DataDirectoryOptions;
  #isHeld = false;

  constructor(options: DataDirectoryOptions) {
    this.#options = options;
    this.path = resolve(options.path);
    this.logDir = join(this.path, 'log');
    this.kafkaDir = join(this.path, 'kafka');
    this.mirrorDir = join(this.path, 'mirror');
  }

  async start(): Promise<void> {
    try {
      await mkdir(this.logDir, { recursive: true });
      await this.#take();
    } catch (error) {
      throw error instanceof DevError ? error : unusable(this.path, error);
    }
    await this.#requireSpace();
  }

  async stop(): Promise<void> {
    if (this.#isHeld) {
      this.#isHeld = false;
      await rm(join(this.path, LOCK), { force: true });
    }
  }

  /** True when nothing more can be written there. */
  async isFull(): Promise<boolean> {
    return (await this.#freeMb()) < 1;
  }

  logFile(name: string): string {
    return join(this.logDir, `${name}.log`);
  }

  async read(name: string): Promise<string | undefined> {
    return readFile(join(this.path, name), 'utf8').catch(() => undefined);
  }

  /** Renamed into place, so that a crash half-way leaves the old text or the new one. */
  async write(name: string, text: string): Promise<void> {
    const file = join(this.path, name);
    await writeFile(`${file}.new`, text);
    await rename(`${file}.new`, file);
  }

  async #take(): Promise<void> {
    const { pid } = this.#options;
    const file = join(this.path, LOCK);
    const own = `${file}.${pid}`;
    for (let tries = 0; tries < TAKE_TRIES; tries += 1) {
      if (await createWith(file, `${pid}\n`, own)) {
        this.#isHeld = true;
        return;
      }
      const found = await readFile(file, 'utf8').catch(() => '');
      const holder = Number.parseInt(found, 10);
      if (await this.#isRunning(holder)) {
        throw this.#inUse(holder);
      }
      // Left behind by a run that was killed. Moved away first: should another start have been
      // quicker with the same, it is its file that moved, and what is in it says so.
      await rename(file, own).catch(() => undefined);
      if ((await readFile(own, 'utf8').catch(() => found)) !== found) {
        await rename(own, file);
      }
    }
    throw this.#inUse(undefined);
  }

  async #isRunning(pid: number): Promise<boolean> {
    return (
      !Number.isNaN(pid) && pid !== this.#options.pid && (await isRunning(pid, this.#options.mark))
    );
  }

  #inUse(pid: number | undefined): DevError {
    const process = pid === undefined ? '' : ` (process ${pid})`;
    return new DevError(`Quicksilver runs already with the data in ${this.path}${process}.`, {
      whatToDo:
        'Use that one, or stop it with Ctrl-C where it was started. To run a second one beside it, give it a data directory of its own (QUICK_DATA_DIR) and other ports (QUICK_GATEWAY_PORT, QUICK_INGEST_PORT, QUICK_MIRROR_PORT).',
    });
  }

  async #requireSpace(): Promise<void> {
    const freeMb = await this.#freeMb();
    if (freeMb < FREE_MB_MIN) {
      throw diskFullError(this.path, `${FREE_MB_MIN} MB are wanted, ${freeMb} MB are free`);
    }
  }

  async #freeMb(): Promise<number> {
    const { bavail, bsize } = await statfs(this.path);
    return Math.floor((bavail * bsize) / (1024 * 1024));
  }
}

/** False when the file is there already. Never there half-written: it is linked into place. */
async function createWith(file: string, text: string, own: string): Promise<boolean> {
  try {
    await writeFile(own, text);
    await link(own, file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      return false;
    }
    throw error;
  } finally {
    await rm(own, { force: true });
  }
}

function unusable(path: string, cause: unknown): Error {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'an error';
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return diskFullError(path, 'nothing can be written there', cause);
  }
  return new DevError(`The data directory ${path} cannot be used (${code}).`, {
    whatToDo: 'Name a directory in which this user may write with QUICK_DATA_DIR.',
    cause,
  });
}
