import { mkdtemp, readFile, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

import type { Environment } from '@quicksilver/common/config/option';
import { z } from 'zod';

import { isRunning } from './known-process.ts';

/** Of a data directory: what runs with it, for other commands. */
export const RUN_FILE = 'dev.json';
/** The data directory of a project. */
export const DATA_DIRECTORY = '.quicksilver';

const EPHEMERAL = 'quicksilver-dev-';

const knownProcess = z.object({ pid: z.int().min(1), commandLine: z.string() });
const runFile = z.object({
  project: z.string(),
  /** Of the one port. */
  url: z.string(),
  /** `host:port` entries. */
  kafka: z.string(),
  state: z.string(),
  /** Directory of what the manager runs. */
  runtimeDir: z.string(),
  self: knownProcess,
  processes: z.array(knownProcess.extend({ name: z.string(), opsUrl: z.string().optional() })),
});

export type DevRun = Readonly<z.infer<typeof runFile>>;
export type DevProcess = DevRun['processes'][number];

/** The file of one run, written anew whenever something is added. */
export class RunFile {
  readonly #path: string;
  #run: DevRun;
  #writing: Promise<void> = Promise.resolve();

  constructor(dataDirectory: string, run: DevRun) {
    this.#path = join(dataDirectory, RUN_FILE);
    this.#run = run;
  }

  async add(process: DevProcess): Promise<void> {
    await this.#write({ ...this.#run, processes: [...this.#run.processes, process] });
  }

  async set(more: Pick<DevRun, 'kafka'>): Promise<void> {
    await this.#write({ ...this.#run, ...more });
  }

  async #write(run: DevRun): Promise<void> {
    this.#run = run;
    this.#writing = this.#writing.then(async () => {
      await writeFile(`${this.#path}.new`, `${JSON.stringify(this.#run, null, 2)}\n`);
      await rename(`${this.#path}.new`, this.#path);
    });
    await this.#writing;
  }
}

/** What was written last, of a run that may be over; undefined where there is nothing to read. */
export async function readRunFile(dataDirectory: string): Promise<DevRun | undefined> {
  try {
    const text = await readFile(join(dataDirectory, RUN_FILE), 'utf8');
    return runFile.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** A new directory for a run that keeps nothing. */
export async function makeEphemeral(): Promise<string> {
  return await mkdtemp(join(tmpdir(), EPHEMERAL));
}

/** Whether a directory was made for a run that keeps nothing, and may be removed. */
export function isEphemeral(path: string): boolean {
  return dirname(path) === tmpdir() && basename(path).startsWith(EPHEMERAL);
}

/** The data directory of a project, unless a variable names another one. */
export function dataDirectoryOf(projectDir: string, env: Environment): string {
  const given = env['QUICK_DATA_DIR'] ?? '';
  return given === '' ? join(projectDir, DATA_DIRECTORY) : given;
}

/** What runs of the project in which somebody stands: of this directory, or of one above it. */
export async function findRun(cwd: string, env: Environment): Promise<DevRun | undefined> {
  for (let dir = cwd; ; dir = dirname(dir)) {
    const run = await readRunFile(dataDirectoryOf(dir, env));
    if (run !== undefined && (await isRunning(run.self))) {
      return run;
    }
    if (dirname(dir) === dir) {
      return undefined;
    }
  }
}
