import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import type { Section } from '@quicksilver/resources/kinds';

import type { CallOptions } from '../grammar/command-call.ts';
import { usageError } from '../output/cli-error.ts';
import type { Surroundings } from '../output/surroundings.ts';
import { readGatewayFiles } from './gateway-files.ts';
import {
  PROJECT_FILE,
  projectIn,
  readSource,
  readSourceFile,
  type ProjectSources,
  type Source,
} from './read-project.ts';
import { isManifests, readManifests } from './parse-manifests.ts';
import { projectError } from './parse-project.ts';
import { SECTIONS } from './project-schema.ts';
import { printMistakes } from './source-text.ts';

/** Files of a directory tree. A tree with more is probably the wrong directory. */
const FILES_MAX = 1_000;
/** The word to type to confirm a deletion if there is no project name. */
const NO_NAME = 'delete';
const NO_PROJECT: ProjectSources = {
  project: { version: 1, name: NO_NAME },
  dir: '.',
  files: [],
  schemas: new Map(),
  documents: new Map(),
  origins: new Map(),
};

/**
 * Loads the files of `-f`, `-R` and `--environment` as one project: at most one project file, and
 * any number of manifests. Throws `CliError` with all mistakes.
 */
export async function readSources(
  options: CallOptions,
  around: Surroundings,
): Promise<ProjectSources> {
  const paths = options.list('file');
  const sources: Source[] = [];
  for (const path of paths.length === 0 ? [PROJECT_FILE] : paths) {
    sources.push(...(await sourcesOf(path, options.flag('recursive'), around)));
  }
  const projects = sources.filter(({ text }) => !isManifests(text));
  const [source] = projects;
  if (projects.length > 1) {
    const files = projects.map(({ file }) => file).join(', ');
    throw usageError(`Expected one project file, found ${projects.length}: ${files}.`);
  }
  const environment = options.text('environment');
  if (source === undefined && environment !== undefined) {
    throw usageError(
      `There is no environment ${environment}: -f names manifests only.`,
      'Only a project file has environments. Name one, or leave out --environment.',
    );
  }
  const base = source === undefined ? NO_PROJECT : await projectIn(source, environment, around);
  return await withManifests(
    base,
    sources.filter((each) => each !== source),
    around,
  );
}

async function sourcesOf(
  path: string,
  isRecursive: boolean,
  around: Surroundings,
): Promise<readonly Source[]> {
  const dir = resolve(around.cwd, path);
  const isDirectory =
    path !== '-' && (await stat(dir).catch(() => undefined))?.isDirectory() === true;
  if (!isDirectory) {
    return [await readSource(path, around)];
  }
  const entries = await readdir(dir, { recursive: isRecursive });
  const files = entries.filter((file) =>
    /^(?!.*(?:^|\/)(?:\.|node_modules\/)).*\.ya?ml$/.test(file),
  );
  if (!isRecursive && files.includes(PROJECT_FILE)) {
    return [await readSource(path, around)];
  }
  if (files.length === 0 || files.length > FILES_MAX) {
    throw usageError(
      `Expected 1 to ${FILES_MAX} files that end in .yaml or .yml in ${dir}, found ${files.length}.`,
      isRecursive ? undefined : 'To read the directories below it as well, add -R.',
    );
  }
  return await Promise.all(
    files.toSorted().map((file) => readSourceFile(join(dir, file), around.cwd)),
  );
}

async function withManifests(
  base: ProjectSources,
  sources: readonly Source[],
  around: Surroundings,
): Promise<ProjectSources> {
  const sections = Object.fromEntries(
    SECTIONS.map((section) => [section, { ...base.project[section] }]),
  ) as Record<Section, Record<string, object>>;
  const origins = new Map(base.origins);
  const schemas = new Map(base.schemas);
  const documents = new Map(base.documents);
  const texts: string[] = [];
  for (const source of sources) {
    const { text, file } = source;
    const { manifests, mistakes: unreadable } = readManifests(text, file, around.env);
    const mistakes = [...unreadable];
    for (const manifest of manifests) {
      const { section, name, spec, nameAt, origin } = manifest;
      if (Object.hasOwn(sections[section], name)) {
        mistakes.push({ file, ...nameAt, message: `${section}.${name} is defined twice` });
        continue;
      }
      sections[section][name] = spec;
      origins.set(`${section}.${name}`, origin);
      if (manifest.section === 'gateways') {
        const gatewayFiles = await readGatewayFiles(manifest.spec, origin, {
          dir: source.dir,
          cwd: around.cwd,
        });
        mistakes.push(...gatewayFiles.mistakes);
        if (gatewayFiles.schema !== undefined) {
          schemas.set(name, gatewayFiles.schema);
        }
        if (gatewayFiles.documents !== undefined) {
          documents.set(name, gatewayFiles.documents);
        }
      }
    }
    if (mistakes.length > 0) {
      texts.push(printMistakes(text, mistakes));
    }
  }
  if (texts.length > 0) {
    throw projectError(texts.join('\n'));
  }
  const project = { ...base.project, ...sections } as ProjectSources['project'];
  return { ...base, project, schemas, documents, origins };
}
