import { readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

import { codeOf } from '@quicksilver/common/errors/code-of';
import { CliError, EXIT, usageError } from '../output/cli-error.ts';
import { readAll } from '../output/read-all.ts';
import type { Surroundings } from '../output/surroundings.ts';
import { parseProject } from './parse-project.ts';
import type { ProjectFile } from './project-schema.ts';
import { readDocuments, type DocumentsFolder } from './read-documents.ts';
import { shownPath } from './shown-path.ts';

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
  /** Trusted documents by gateway, of those that have a folder of them. */
  readonly documents: ReadonlyMap<string, DocumentsFolder>;
}

/** A text of YAML, and where it is from. */
export interface Source {
  readonly text: string;
  /** As it is called in messages. */
  readonly file: string;
  /** What the files that it names are relative to. */
  readonly dir: string;
  /** Undefined where it was not read from a file. */
  readonly path?: string;
}

/** `given` is a file, a directory that holds one, or `-`. Throws `CliError` with every mistake. */
export async function loadProject(
  given: string,
  environment: string | undefined,
  around: Surroundings,
): Promise<LoadedProject> {
  return await projectIn(await readSource(given, around), environment, around);
}

/** As `loadProject`, of a text that was read already. */
export async function projectIn(
  { text, file, dir, path: projectFile }: Source,
  environment: string | undefined,
  { env, cwd }: Surroundings,
): Promise<LoadedProject> {
  const project = parseProject(text, { file, env, environment });
  const schemas = new Map<string, SchemaFile>();
  const documents = new Map<string, DocumentsFolder>();
  const files = projectFile === undefined ? [] : [projectFile];
  for (const [gateway, { schema, documents: folder }] of Object.entries(project.gateways ?? {})) {
    const path = resolve(dir, schema);
    files.push(path);
    const sdl = await readFile(path, 'utf8').catch((cause: unknown) => {
      throw new CliError(
        `Expected the schema of gateway ${gateway} in ${path}, which cannot be read.`,
        {
          code: 'SCHEMA_UNREADABLE',
          exitCode: EXIT.usage,
          hint: `Write it there, or correct gateways.${gateway}.schema of the project file.`,
          cause,
        },
      );
    });
    schemas.set(gateway, { file: shownPath(path, cwd), text: sdl });
    if (folder !== undefined) {
      documents.set(gateway, await documentsOf(gateway, resolve(dir, folder), cwd));
    }
  }
  return { project, dir, files, schemas, documents };
}

export async function readSource(given: string, around: Surroundings): Promise<Source> {
  const { cwd, stdin, signal } = around;
  if (given === '-') {
    return { text: await readAll(stdin, signal), file: 'standard input', dir: cwd };
  }
  return await readSourceFile(await projectPath(resolve(cwd, given)), cwd);
}

export async function readSourceFile(path: string, cwd: string): Promise<Source> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    const code = codeOf(cause);
    throw code === 'ENOENT'
      ? usageError(
          `Expected a project file at ${path}, found none.`,
          'Name it with -f, or write a new project with: quick init',
        )
      : usageError(`Expected a project file at ${path}, which cannot be read (${String(code)}).`);
  });
  return { text, file: shownPath(path, cwd), dir: dirname(path), path };
}

async function documentsOf(gateway: string, path: string, cwd: string): Promise<DocumentsFolder> {
  const read = await readDocuments(path, cwd);
  if (typeof read === 'string') {
    throw new CliError(`Expected the trusted documents of gateway ${gateway}, but ${read}`, {
      code: 'DOCUMENTS_UNREADABLE',
      exitCode: EXIT.usage,
      hint: `Put them there, or correct gateways.${gateway}.documents of the project file.`,
    });
  }
  return read;
}

/** A directory stands for the project file in it. */
async function projectPath(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() === true ? join(path, PROJECT_FILE) : path;
}
