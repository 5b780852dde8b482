import { readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { DATA_TYPES, type DataType } from '@quicksilver/common/codec/codec';
import { z } from 'zod';

import { DevError } from './dev-error.ts';

export interface ProjectRecord {
  readonly key: unknown;
  readonly value: unknown;
}

export interface ProjectTopic {
  readonly name: string;
  readonly keyType: DataType;
  readonly valueType: DataType;
  readonly partitions: number;
  /** How many records `records` gives, for the progress. */
  readonly recordCount: number;
  readonly records: () => AsyncIterable<ProjectRecord>;
}

/** Records that go on coming after the load, without an end. */
export interface LiveStream {
  readonly topic: string;
  readonly perSecond: number;
  readonly records: () => AsyncIterable<ProjectRecord>;
}

/** What `load.ts` of a project exports. */
export interface ProjectModule {
  readonly topics: readonly ProjectTopic[];
  readonly live?: LiveStream | undefined;
}

/** A directory with `schema.graphql`, `load.ts` and `query.graphql`, a query that shows what it is. */
export interface Project extends ProjectModule {
  readonly name: string;
  readonly schemaFile: string;
  readonly query: string;
}

export async function openProject(path: string): Promise<Project> {
  const dir = resolve(path);
  const schemaFile = join(dir, 'schema.graphql');
  const loadFile = join(dir, 'load.ts');
  const queryFile = join(dir, 'query.graphql');
  for (const file of [schemaFile, loadFile, queryFile]) {
    await stat(file).catch((cause: unknown) => {
      throw notAProject(dir, `${file} cannot be read`, cause);
    });
  }
  const loaded: unknown = await import(pathToFileURL(loadFile).href);
  const parsed = projectModule.safeParse(loaded);
  if (!parsed.success) {
    throw notAProject(
      dir,
      `${loadFile} does not export its topics:\n${z.prettifyError(parsed.error)}`,
    );
  }
  return {
    ...parsed.data,
    name: basename(dir),
    schemaFile,
    query: await readFile(queryFile, 'utf8'),
  };
}

const recordsFunction = z.custom<() => AsyncIterable<ProjectRecord>>(
  (value) => typeof value === 'function',
  'expected a function that gives records',
);

const projectModule = z.object({
  topics: z
    .array(
      z.object({
        name: z.string(),
        keyType: z.enum(DATA_TYPES),
        valueType: z.enum(DATA_TYPES),
        partitions: z.int().min(1),
        recordCount: z.int().min(0),
        records: recordsFunction,
      }),
    )
    .min(1),
  live: z
    .object({ topic: z.string(), perSecond: z.number().positive(), records: recordsFunction })
    .optional(),
});

function notAProject(dir: string, why: string, cause?: unknown): DevError {
  return new DevError(`${dir} is not a project: ${why}.`, {
    whatToDo:
      'Name a directory with schema.graphql, load.ts and query.graphql, as examples/flights has them.',
    ...(cause === undefined ? {} : { cause }),
  });
}
