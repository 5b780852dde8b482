import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

import { parseSpelledJson } from '@quicksilver/common/numbers/parse-json';
import { z } from 'zod';

import { CliError } from '../output/cli-error.ts';
import type { ProjectSources } from '../project/read-project.ts';

export interface ProjectRecord {
  readonly key: unknown;
  readonly value: unknown;
}

export interface TopicData {
  readonly name: string;
  /** Number of records, for the progress display; undefined if it is not known. */
  readonly recordCount?: number | undefined;
  readonly records: () => AsyncIterable<ProjectRecord>;
}

/** Records that are written one by one after the load, without end. */
export interface LiveStream {
  readonly topic: string;
  readonly perSecond: number;
  readonly records: () => AsyncIterable<ProjectRecord>;
}

/** The exports of the module that `dev.load` names. */
export interface LoadModule {
  readonly topics?: readonly TopicData[] | undefined;
  readonly live?: LiveStream | undefined;
}

/** The data of a project. */
export interface ProjectData {
  /** In the order of loading. */
  readonly topics: readonly TopicData[];
  readonly live: LiveStream | undefined;
  /** The example query that `quick dev` prints. */
  readonly query: string | undefined;
}

/** Opens the files that `dev` and `topics.<name>.data` name. Throws `CliError`. */
export async function openProjectData({ project, dir }: ProjectSources): Promise<ProjectData> {
  const { dev = {}, topics = {} } = project;
  const module = dev.load === undefined ? {} : await loadModule(resolve(dir, dev.load));
  const fromFiles = Object.entries(topics).flatMap(([name, { data }]) =>
    data === undefined ? [] : [{ name, records: () => recordsOf(resolve(dir, data)) }],
  );
  const data = [...fromFiles, ...(module.topics ?? [])];
  const duplicate = fromFiles.find(({ name }) =>
    module.topics?.some((topic) => topic.name === name),
  );
  if (duplicate !== undefined) {
    throw badData(
      `Topic ${duplicate.name} has records in a file and in ${dev.load}.`,
      'Remove one of them.',
    );
  }
  for (const name of [...data.map((topic) => topic.name), module.live?.topic ?? []].flat()) {
    if (!Object.hasOwn(topics, name)) {
      throw badData(
        `There are records for topic ${name}, which the project does not have.`,
        `Add it to the topics of ${resolve(dir, 'quick.yaml')}, or correct its name.`,
      );
    }
  }
  return {
    topics: data,
    live: module.live,
    query: dev.query === undefined ? undefined : await readQuery(resolve(dir, dev.query)),
  };
}

async function readQuery(file: string): Promise<string> {
  return await readFile(file, 'utf8').catch((cause: unknown) => {
    throw badData(
      `The query ${file} cannot be read.`,
      'Create the file, or correct dev.query in the project file.',
      cause,
    );
  });
}

/** The records of a file, one per line. */
async function* recordsOf(file: string): AsyncGenerator<ProjectRecord> {
  const input = createReadStream(file);
  const opened = new Promise<void>((settle, reject) => {
    input.once('open', () => settle()).once('error', reject);
  });
  await opened.catch((cause: unknown) => {
    throw badData(
      `The records in ${file} cannot be read.`,
      'Create the file, or correct the member data of its topic.',
      cause,
    );
  });
  let lineNumber = 0;
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    lineNumber += 1;
    if (line.trim() !== '') {
      yield recordOf(line, `${file}:${lineNumber}`);
    }
  }
}

function recordOf(line: string, place: string): ProjectRecord {
  let record: unknown;
  try {
    record = parseSpelledJson(line);
  } catch {
    record = undefined;
  }
  if (typeof record === 'object' && record !== null && 'key' in record) {
    return { key: record.key, value: 'value' in record ? record.value : null };
  }
  throw badData(
    `${place}: expected a record as {"key":…,"value":…}, found ${line.slice(0, 60)}`,
    'Write one such object on each line.',
  );
}

const recordsFunction = z.custom<() => AsyncIterable<ProjectRecord>>(
  (value) => typeof value === 'function',
  'expected a function that returns records',
);

const loadExports = z.object({
  topics: z
    .array(
      z.object({
        name: z.string(),
        recordCount: z.int().min(0).optional(),
        records: recordsFunction,
      }),
    )
    .optional(),
  live: z
    .object({ topic: z.string(), perSecond: z.number().positive(), records: recordsFunction })
    .optional(),
});

async function loadModule(file: string): Promise<LoadModule> {
  let exported: unknown;
  try {
    exported = await import(pathToFileURL(file).href);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw unusableModule(file, `it cannot be loaded (${why})`, cause);
  }
  const result = loadExports.safeParse(exported);
  if (!result.success) {
    throw unusableModule(file, `it exports something else:\n${z.prettifyError(result.error)}`);
  }
  return result.data;
}

function unusableModule(file: string, why: string, cause?: unknown): CliError {
  return badData(
    `The load module ${file} cannot be used: ${why}.`,
    'Export topics, live or both, as examples/flights/load.ts does, or correct dev.load in the project file.',
    cause,
  );
}

function badData(message: string, hint: string, cause?: unknown): CliError {
  return new CliError(message, { code: 'BAD_DATA', hint, cause });
}
