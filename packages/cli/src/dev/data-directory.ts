import { link, mkdir, readFile, rename, rm, rmdir, statfs, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { codeOf } from '@quicksilver/common/errors/code-of';
import type { Part } from '@quicksilver/common/lifecycle/part';
import { z } from 'zod';

import { isRunning, type KnownProcess } from '../context/known-process.ts';
import { diskFullError } from '../output/describe-failure.ts';
import { DevError } from './dev-error.ts';
import { RUN_FILE } from '../context/dev-run.ts';

export interface DataDirectoryOptions {
  readonly path: string;
  /** Where the state of an ephemeral run is; it is removed in the end. */
  readonly ephemeral?: string | undefined;
  readonly self: KnownProcess;
}

const FREE_MB_MIN = 300;
const LOCK = 'in-use';
const TAKE_TRIES = 3;
const holderForm = z.object({ pid: z.int().min(1), commandLine: z.string() });

/** Where everything is kept that outlives a run. Used by one run at a time. */
export class DataDirectory implements Part {
  readonly name = 'data directory';
  readonly path: string;
  /** Holds the data; the same as `path` unless the run is ephemeral. */
  readonly state: string;
  readonly logDir: string;
  readonly kafkaDir: string;
  /** Of the manager's processes. */
  readonly runtimeDir: string;
  readonly #options: DataDirectoryOptions;
  #isHeld = false;

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
      await this.#take();
      await mkdir(this.logDir, { recursive: true });
    } catch (error) {
      throw error instanceof DevError ? error : unusable(this.path, error);
    }
    await this.#requireSpace();
  }

  async stop(): Promise<void> {
    if (!this.#isHeld) {
      return;
    }
    this.#isHeld = false;
    await rm(join(this.path, RUN_FILE), { force: true });
    await rm(join(this.path, LOCK), { force: true });
    if (this.state !== this.path) {
      await rm(this.state, { recursive: true, force: true });
      // Nothing of an ephemeral run stays, unless others were there before.
      await rmdir(this.path).catch(() => undefined);
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
    return readFile(join(this.state, name), 'utf8').catch(() => undefined);
  }

  /** Renamed into place, so that a crash half-way leaves the old text or the new one. */
  async write(name: string, text: string): Promise<void> {
    const file = join(this.state, name);
    await writeFile(`${file}.new`, text);
    await rename(`${file}.new`, file);
  }

  async #take(): Promise<void> {
    const { self } = this.#options;
    const file = join(this.path, LOCK);
    const own = `${file}.${self.pid}`;
    for (let tries = 0; tries < TAKE_TRIES; tries += 1) {
      if (await createWith(file, `${JSON.stringify(self)}\n`, own)) {
        this.#isHeld = true;
        return;
      }
      const found = await readFile(file, 'utf8').catch(() => '');
      const holder = parseHolder(found);
      if (holder !== undefined && holder.pid !== self.pid && (await isRunning(holder))) {
        throw this.#inUse(holder.pid);
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

  #inUse(pid: number | undefined): DevError {
    const process = pid === undefined ? '' : ` (process ${pid})`;
    return new DevError(`Quicksilver runs already with the data in ${this.path}${process}.`, {
      whatToDo:
        'Use that one (quick dev status shows it), or stop it (quick dev stop). To run a second one beside it, give it a data directory of its own (QUICK_DATA_DIR) and another port (QUICK_PORT).',
    });
  }

  async #requireSpace(): Promise<void> {
    const freeMb = await this.#freeMb();
    if (freeMb < FREE_MB_MIN) {
      throw diskFullError(this.state, `${FREE_MB_MIN} MB are wanted, ${freeMb} MB are free`);
    }
  }

  async #freeMb(): Promise<number> {
    const { bavail, bsize } = await statfs(this.state);
    return Math.floor((bavail * bsize) / (1024 * 1024));
  }
}

/** The run that uses a data directory now. */
export async function holderOf(path: string): Promise<KnownProcess | undefined> {
  const holder = parseHolder(await readFile(join(path, LOCK), 'utf8').catch(() => ''));
  return holder !== undefined && (await isRunning(holder)) ? holder : undefined;
}

function parseHolder(text: string): KnownProcess | undefined {
  try {
    return holderForm.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** False when the file is there already. Never there half-written: it is linked into place. */
async function createWith(file: string, text: string, own: string): Promise<boolean> {
  try {
    await writeFile(own, text);
    await link(own, file);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') {
      return false;
    }
    throw error;
  } finally {
    await rm(own, { force: true });
  }
}

function unusable(path: string, cause: unknown): Error {
  const code = String(codeOf(cause) ?? 'an error');
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return diskFullError(path, 'nothing can be written there', cause);
  }
  return new DevError(`The data directory ${path} cannot be used (${code}).`, {
    whatToDo: 'Name a directory in which this user may write with QUICK_DATA_DIR.',
    cause,
  });
}
