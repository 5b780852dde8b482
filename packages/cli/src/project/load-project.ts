import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';

import { CliError, EXIT, usageError } from '../run/cli-error.ts';
import { readAll } from '../run/read-all.ts';
import type { Surroundings } from '../run/surroundings.ts';
import { parseProject } from './parse-project.ts';
import type { ProjectFile } from './project-schema.ts';

export const PROJECT_FILE = 'quick.yaml';

export interface SchemaFile {
  /** As it is called in messages. */
  readonly file: string;
  readonly text: string;
}

/** A project file and the files that it names. */
export interface LoadedProject {
  readonly project: ProjectFile;
  /** The directory of the project file: what it names is relative to it. */
  readonly dir: string;
  /** Everything that was read, by full path. */
  readonly files: readonly string[];
  /** GraphQL SDL by gateway. */
  readonly schemas: ReadonlyMap<string, SchemaFile>;
}

/** `given` is a file, a directory that holds one, or `-`. Throws `CliError` with every mistake. */
export async function loadProject(
  given: string,
  environment: string | undefined,
  around: Surroundings,
): Promise<LoadedProject> {
  const { cwd, env, stdin, signal } = around;
  const path = given === '-' ? undefined : await projectPath(resolve(cwd, given));
  const text = path === undefined ? await readAll(stdin, signal) : await readFile(path, 'utf8');
  const dir = path === undefined ? cwd : dirname(path);
  const shown = (file: string): string => relative(cwd, file) || basename(file);
  const project = parseProject(text, {
    file: path === undefined ? 'standard input' : shown(path),
    env,
    environment,
  });
  const schemas = new Map<string, SchemaFile>();
  const files = path === undefined ? [] : [path];
  for (const [gateway, { schema }] of Object.entries(project.gateways ?? {})) {
    const file = resolve(dir, schema);
    files.push(file);
    const sdl = await readFile(file, 'utf8').catch((cause: unknown) => {
      throw new CliError(
        `Expected the schema of gateway ${gateway} in ${file}, which cannot be read.`,
        {
          code: 'SCHEMA_UNREADABLE',
          exitCode: EXIT.usage,
          hint: `Write it there, or correct gateways.${gateway}.schema of the project file.`,
          cause,
        },
      );
    });
    schemas.set(gateway, { file: shown(file), text: sdl });
  }
  return { project, dir, files, schemas };
}

async function projectPath(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  const file = found?.isDirectory() === true ? join(path, PROJECT_FILE) : path;
  if ((await stat(file).catch(() => undefined)) === undefined) {
    throw usageError(
      `Expected a project file at ${file}, found none.`,
      'Name it with -f, or write a new project with: quick init',
    );
  }
  return file;
}
