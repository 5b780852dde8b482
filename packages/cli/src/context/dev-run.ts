import { mkdir, mkdtemp, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

import type { Environment } from '@quicksilver/common/config/option';
import { isRunning } from '@quicksilver/processes/process-identity';
import { z } from 'zod';

/** The file in a data directory that describes the current run for other commands. */
export const RUN_FILE = 'dev.json';
/** Default name of the data directory, inside the directory of the project. */
export const DATA_DIRECTORY = '.quicksilver';

const EPHEMERAL = 'quicksilver-dev-';

/** Files of earlier versions lack a start time. They are read, and no process matches them. */
export const processIdentity = z.object({
  pid: z.int().min(1),
  startedAt: z.string().default(''),
  bootId: z.string().default(''),
});

const devRun = z.object({
  project: z.string(),
  /** Of the edge. */
  url: z.string(),
  /** `host:port` entries. */
  kafka: z.string(),
  /** Address of the schema registry, if the run has one. */
  schemaRegistry: z.string().optional(),
  /** Whether the run started its Kafka, which has neither encryption nor users. */
  isKafkaOfRun: z.boolean().optional(),
  dataDir: z.string(),
  /** Directory of the data: `dataDir`, unless the run is ephemeral. */
  state: z.string(),
  /** Directory of the processes that the manager runs. */
  runtimeDir: z.string(),
  self: processIdentity,
  processes: z.array(processIdentity.extend({ name: z.string(), opsUrl: z.string().optional() })),
});

/** One run of `quick dev`. */
export type DevRun = Readonly<z.infer<typeof devRun>>;
export type DevProcess = DevRun['processes'][number];
type RunLocation = Pick<DevRun, 'project' | 'dataDir'>;

/**
 * Writes the file of one run, and rewrites it at every change. If the data directory is not the
 * default one, a copy in the default one leads the other commands to the run.
 */
export class RunFile {
  #run: DevRun;
  #writing: Promise<void> = Promise.resolve();

  constructor(run: DevRun) {
    this.#run = run;
  }

  async add(process: DevProcess): Promise<void> {
    const rest = this.#run.processes.filter(({ name }) => name !== process.name);
    await this.#write({ ...this.#run, processes: [...rest, process] });
  }

  async set(members: Pick<DevRun, 'kafka' | 'schemaRegistry'>): Promise<void> {
    await this.#write({ ...this.#run, ...members });
  }

  async #write(run: DevRun): Promise<void> {
    this.#run = run;
    this.#writing = this.#writing.then(async () => {
      const text = `${JSON.stringify(this.#run, null, 2)}\n`;
      await replaceFile(run.dataDir, text);
      const copyDir = copyDirectoryOf(run);
      if (copyDir !== undefined) {
        // A project may be on a disk that cannot be written to. Then --data-dir finds the run.
        await replaceFile(copyDir, text).catch(() => undefined);
      }
    });
    await this.#writing;
  }
}

async function replaceFile(dir: string, text: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  const path = join(dir, RUN_FILE);
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}

function copyDirectoryOf({ project, dataDir }: RunLocation): string | undefined {
  const dir = join(project, DATA_DIRECTORY);
  return dir === dataDir ? undefined : dir;
}

/** Removes the file of a run. A copy that belongs to another run stays. */
export async function removeRunFile(run: RunLocation): Promise<void> {
  await rm(join(run.dataDir, RUN_FILE), { force: true });
  const copyDir = copyDirectoryOf(run);
  if (copyDir !== undefined && (await readRunFile(copyDir))?.dataDir === run.dataDir) {
    await rm(join(copyDir, RUN_FILE), { force: true });
    // Fails, as it should, if an earlier run left data there.
    await rmdir(copyDir).catch(() => undefined);
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

/** The data directory of the last run of a project, unless QUICK_DATA_DIR names another one. */
export async function lastDataDirectoryOf(projectDir: string, env: Environment): Promise<string> {
  const path = dataDirectoryOf(projectDir, env);
  return (await readRunFile(path))?.dataDir ?? path;
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
