import { mkdtemp, readFile, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

import type { Environment } from '@quicksilver/common/config/option';
import { z } from 'zod';

import { isRunning, knownProcess } from './known-process.ts';

/** The file in a data directory that describes the current run for other commands. */
export const RUN_FILE = 'dev.json';
/** Default name of the data directory, inside the directory of the project. */
export const DATA_DIRECTORY = '.quicksilver';

const EPHEMERAL = 'quicksilver-dev-';

const devRun = z.object({
  project: z.string(),
  /** Of the edge. */
  url: z.string(),
  /** `host:port` entries. */
  kafka: z.string(),
  state: z.string(),
  /** Directory of the processes that the manager runs. */
  runtimeDir: z.string(),
  self: knownProcess,
  processes: z.array(knownProcess.extend({ name: z.string(), opsUrl: z.string().optional() })),
});

/** One run of `quick dev`. */
export type DevRun = Readonly<z.infer<typeof devRun>>;
export type DevProcess = DevRun['processes'][number];

/** Writes the file of one run, and rewrites it at every change. */
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

  async set(members: Pick<DevRun, 'kafka'>): Promise<void> {
    await this.#write({ ...this.#run, ...members });
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

/** The last run in a data directory, which may be over; undefined if the file cannot be read. */
export async function readRunFile(dataDirectory: string): Promise<DevRun | undefined> {
  try {
    const text = await readFile(join(dataDirectory, RUN_FILE), 'utf8');
    return devRun.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Creates a directory for the state of an ephemeral run. */
export async function makeEphemeral(): Promise<string> {
  return await mkdtemp(join(tmpdir(), EPHEMERAL));
}

/** Whether `makeEphemeral` created this directory, so that it may be removed. */
export function isEphemeral(path: string): boolean {
  return dirname(path) === tmpdir() && basename(path).startsWith(EPHEMERAL);
}

/** The data directory of a project, unless QUICK_DATA_DIR names another one. */
export function dataDirectoryOf(projectDir: string, env: Environment): string {
  const path = env['QUICK_DATA_DIR'] ?? '';
  return path === '' ? join(projectDir, DATA_DIRECTORY) : path;
}

/** The running `quick dev` of the project in `cwd` or in the nearest directory above it. */
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
