import { readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

import { codeOf } from '@quicksilver/common/errors/code-of';

import { CliError, EXIT, usageError } from '../output/cli-error.ts';
import { readAll } from '../output/read-all.ts';
import type { Surroundings } from '../output/surroundings.ts';
import { displayPath } from './display-path.ts';
import { parseProject } from './parse-project.ts';
import type { ProjectFile } from './project-schema.ts';
import { readDocuments, type DocumentsFolder } from './read-documents.ts';

export const PROJECT_FILE = 'quick.yaml';

export interface SchemaFile {
  /** Name for messages. */
  readonly file: string;
  readonly text: string;
}

/** A project file and the files that it names. */
export interface LoadedProject {
  readonly project: ProjectFile;
  /** Directory of the project file. Its paths are relative to this directory. */
  readonly dir: string;
  /** The project file itself. Undefined if there are manifests only. */
  readonly source?: Pick<Source, 'text' | 'file'>;
  /** Full paths of the project file and the schemas. */
  readonly files: readonly string[];
  /** GraphQL SDL by gateway. */
  readonly schemas: ReadonlyMap<string, SchemaFile>;
  /** Trusted documents by gateway, for gateways with a folder of documents. */
  readonly documents: ReadonlyMap<string, DocumentsFolder>;
}

/** A YAML text and its origin. */
export interface Source {
  readonly text: string;
  /** Name for messages. */
  readonly file: string;
  /** Paths in the text are relative to this directory. */
  readonly dir: string;
  /** Full path; undefined for standard input. */
  readonly path?: string;
}

/**
 * Loads a project file, the project file of a directory, or standard input for `-`. Throws
 * `CliError` with all mistakes.
 */
export async function loadProject(
  path: string,
  environment: string | undefined,
  around: Surroundings,
): Promise<LoadedProject> {
  return await projectIn(await readSource(path, around), environment, around);
}

/** Like `loadProject`, for a text that is already read. */
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
      throw new CliError(`The schema of gateway ${gateway}, ${path}, cannot be read.`, {
        code: 'SCHEMA_UNREADABLE',
        exitCode: EXIT.usage,
        hint: `Create the file, or correct gateways.${gateway}.schema in the project file.`,
        cause,
      });
    });
    schemas.set(gateway, { file: displayPath(path, cwd), text: sdl });
    if (folder !== undefined) {
      documents.set(gateway, await documentsOf(gateway, resolve(dir, folder), cwd));
    }
  }
  return { project, dir, source: { text, file }, files, schemas, documents };
}

export async function readSource(path: string, around: Surroundings): Promise<Source> {
  const { cwd, stdin, signal } = around;
  if (path === '-') {
    return { text: await readAll(stdin, signal), file: 'standard input', dir: cwd };
  }
  return await readSourceFile(await projectPath(resolve(cwd, path)), cwd);
}

export async function readSourceFile(path: string, cwd: string): Promise<Source> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    const code = codeOf(cause);
    throw code === 'ENOENT'
      ? usageError(
          `There is no project file at ${path}.`,
          'Name the file with -f, or create a project with: quick init',
        )
      : usageError(`The project file ${path} cannot be read (${String(code)}).`);
  });
  return { text, file: displayPath(path, cwd), dir: dirname(path), path };
}

async function documentsOf(gateway: string, path: string, cwd: string): Promise<DocumentsFolder> {
  const folder = await readDocuments(path, cwd);
  if (typeof folder === 'string') {
    throw new CliError(
      `The trusted documents of gateway ${gateway} in ${path} cannot be used: ${folder}`,
      {
        code: 'DOCUMENTS_UNREADABLE',
        exitCode: EXIT.usage,
        hint: `Correct the folder, or correct gateways.${gateway}.documents in the project file.`,
      },
    );
  }
  return folder;
}

/** The project file of a directory; any other path stays. */
async function projectPath(path: string): Promise<string> {
  const stats = await stat(path).catch(() => undefined);
  return stats?.isDirectory() === true ? join(path, PROJECT_FILE) : path;
}
