import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

import { parseSpelledJson } from '@quicksilver/common/numbers/parse-json';
import { z } from 'zod';

import { DevError } from '../dev/dev-error.ts';
import type { LoadedProject } from '../project/load-project.ts';

export interface ProjectRecord {
  readonly key: unknown;
  readonly value: unknown;
}

export interface TopicData {
  readonly name: string;
  /** How many records `records` gives, for the progress; undefined where nobody counted. */
  readonly recordCount?: number | undefined;
  readonly records: () => AsyncIterable<ProjectRecord>;
}

/** Records that go on coming after the load, without an end. */
export interface LiveStream {
  readonly topic: string;
  readonly perSecond: number;
  readonly records: () => AsyncIterable<ProjectRecord>;
}

/** What the module exports that `dev.load` of a project names. */
export interface LoadModule {
  readonly topics?: readonly TopicData[] | undefined;
  readonly live?: LiveStream | undefined;
}

/** The data that a project brings along. */
export interface ProjectData {
  /** In the order in which they are loaded. */
  readonly topics: readonly TopicData[];
  readonly live: LiveStream | undefined;
  /** A query that shows what the project is. */
  readonly query: string | undefined;
}

/** Reads what `dev` and `topics.<name>.data` of a project file name. Throws `DevError`. */
export async function openProjectData({ project, dir }: LoadedProject): Promise<ProjectData> {
  const { dev = {}, topics = {} } = project;
  const module = dev.load === undefined ? {} : await loadModule(resolve(dir, dev.load));
  const ofFiles = Object.entries(topics).flatMap(([name, { data }]) =>
    data === undefined ? [] : [{ name, records: () => recordsOf(resolve(dir, data)) }],
  );
  const data = [...ofFiles, ...(module.topics ?? [])];
  const twice = ofFiles.find(({ name }) => module.topics?.some((topic) => topic.name === name));
  if (twice !== undefined) {
    throw new DevError(`Topic ${twice.name} has records in a file and in ${dev.load}.`, {
      whatToDo: 'Leave one of them out.',
    });
  }
  for (const name of [...data.map((topic) => topic.name), module.live?.topic ?? []].flat()) {
    if (!Object.hasOwn(topics, name)) {
      throw new DevError(`There are records for topic ${name}, which the project does not have.`, {
        whatToDo: `Add it to the topics of ${resolve(dir, 'quick.yaml')}, or correct its name.`,
      });
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
    throw new DevError(`The query ${file} cannot be read.`, {
      whatToDo: 'Write it there, or correct dev.query of the project file.',
      cause,
    });
  });
}

/** A file with a record a line. */
async function* recordsOf(file: string): AsyncGenerator<ProjectRecord> {
  const input = createReadStream(file);
  const opened = new Promise<void>((settle, reject) => {
    input.once('open', () => settle()).once('error', reject);
  });
  await opened.catch((cause: unknown) => {
    throw new DevError(`The records in ${file} cannot be read.`, {
      whatToDo: 'Put the file there, or correct the member data of its topic.',
      cause,
    });
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
  let found: unknown;
  try {
    found = parseSpelledJson(line);
  } catch {
    found = undefined;
  }
  if (typeof found === 'object' && found !== null && 'key' in found) {
    return { key: found.key, value: 'value' in found ? found.value : null };
  }
  throw new DevError(
    `${place}: expected a record as {"key":…,"value":…}, found ${line.slice(0, 60)}`,
    {
      whatToDo: 'Write one such object on each line.',
    },
  );
}

const recordsFunction = z.custom<() => AsyncIterable<ProjectRecord>>(
  (value) => typeof value === 'function',
  'expected a function that gives records',
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
  const parsed = loadExports.safeParse(exported);
  if (!parsed.success) {
    throw unusableModule(file, `it exports something else:\n${z.prettifyError(parsed.error)}`);
  }
  return parsed.data;
}

function unusableModule(file: string, why: string, cause?: unknown): DevError {
  return new DevError(`${file} cannot be used for loading: ${why}.`, {
    whatToDo:
      'It exports topics, live or both, as examples/flights/load.ts does; dev.load of the project file names it.',
    ...(cause === undefined ? {} : { cause }),
  });
}
