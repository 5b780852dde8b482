import { readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

import { codeOf } from '@quicksilver/common/errors/code-of';

import { usageError } from '../output/cli-error.ts';
import { readAll } from '../output/read-all.ts';
import type { Surroundings } from '../output/surroundings.ts';
import { displayPath } from './display-path.ts';
import { readGatewayFiles, type SchemaFile } from './gateway-files.ts';
import { originOf, type Origin } from './origin.ts';
import { parseProject, rejectMistakes } from './parse-project.ts';
import type { ProjectFile } from './project-schema.ts';
import type { DocumentsFolder } from './read-documents.ts';
import type { Mistake } from './source-text.ts';

export const PROJECT_FILE = 'quick.yaml';

/** A project file and the files that it names. */
export interface ProjectSources {
  readonly project: ProjectFile;
  /** Directory of the project file. Its paths are relative to this directory. */
  readonly dir: string;
  /** Full paths of the project file and the schemas. */
  readonly files: readonly string[];
  /** GraphQL SDL by gateway. */
  readonly schemas: ReadonlyMap<string, SchemaFile>;
  /** Trusted documents by gateway, for gateways with a folder of documents. */
  readonly documents: ReadonlyMap<string, DocumentsFolder>;
  /** The places of the resources, by `section.name`. */
  readonly origins: ReadonlyMap<string, Origin>;
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
 * Reads a project file, the project file of a directory, or standard input for `-`. Throws
 * `CliError` with all mistakes.
 */
export async function readProject(
  path: string,
  environment: string | undefined,
  around: Surroundings,
): Promise<ProjectSources> {
  return await projectIn(await readSource(path, around), environment, around);
}

/** Like `readProject`, for a text that is already read. */
export async function projectIn(
  { text, file, dir, path: projectFile }: Source,
  environment: string | undefined,
  { env, cwd }: Surroundings,
): Promise<ProjectSources> {
  const { project, origins } = parseProject(text, { file, env, environment });
  const schemas = new Map<string, SchemaFile>();
  const documents = new Map<string, DocumentsFolder>();
  const files = projectFile === undefined ? [] : [projectFile];
  const mistakes: Mistake[] = [];
  for (const [name, gateway] of Object.entries(project.gateways ?? {})) {
    const origin = originOf(origins, 'gateways', name);
    const gatewayFiles = await readGatewayFiles(gateway, origin, { dir, cwd });
    mistakes.push(...gatewayFiles.mistakes);
    if (gatewayFiles.schema !== undefined) {
      files.push(gatewayFiles.schema.path);
      schemas.set(name, gatewayFiles.schema);
    }
    if (gatewayFiles.documents !== undefined) {
      documents.set(name, gatewayFiles.documents);
    }
  }
  rejectMistakes(text, mistakes);
  return { project, dir, files, schemas, documents, origins };
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

/** The project file of a directory; any other path stays. */
async function projectPath(path: string): Promise<string> {
  const stats = await stat(path).catch(() => undefined);
  return stats?.isDirectory() === true ? join(path, PROJECT_FILE) : path;
}
