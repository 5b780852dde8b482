import type { Environment } from '@quicksilver/common/config/option';
import { DEFINITIONS } from '@quicksilver/resources/kinds';
import { isMap, LineCounter, parseDocument, type Document } from 'yaml';

import { CliError, EXIT } from '../output/cli-error.ts';
import { didYouMean } from '../output/suggest.ts';
import { isObject, problemsAt, valueAt, type Origin } from './origin.ts';
import { mistakesOf, yamlMistakes, type SourcePaths } from './project-mistakes.ts';
import { KIND_OF_SECTION, projectFile, SECTIONS, type ProjectFile } from './project-schema.ts';
import { printMistakes, type Mistake } from './source-text.ts';
import { substitute } from './substitute.ts';

export interface ParseOptions {
  /** Name for messages. */
  readonly file: string;
  readonly env: Environment;
  /** Name of the overlay to apply. */
  readonly environment?: string | undefined;
}

type Doc = Document.Parsed;

/** A project file and the places of its resources, by `section.name`. */
export interface ParsedProject {
  readonly project: ProjectFile;
  readonly origins: ReadonlyMap<string, Origin>;
}

/**
 * Parses a project file, replaces its variables and applies its overlay. Throws `CliError` with all
 * mistakes, each with its line.
 */
export function parseProject(text: string, options: ParseOptions): ParsedProject {
  const { file, env, environment } = options;
  const document: Doc = parseDocument(text, {
    lineCounter: new LineCounter(),
    prettyErrors: false,
  });
  rejectMistakes(text, yamlMistakes(document, file));
  if (!isMap(document.contents)) {
    rejectMistakes(text, [
      { file, start: 0, end: 1, message: 'expected a project: version, name, topics, …' },
    ]);
  }
  const overlayName = environment === undefined ? undefined : requireOverlay(document, options);
  if (isMap(document.contents)) {
    // Variables of the other environments may be unset.
    const overlays = document.get('environments', true);
    if (isMap(overlays)) {
      overlays.items = overlays.items.filter(({ key }) => String(key) === overlayName);
    }
  }
  const unset = substitute(document, env, file);
  const value: unknown = document.toJS();
  const unsetAt = new Set(unset.map(({ start }) => start));
  const source = { file, text, document, schema: projectFile };
  const mistakes = [
    ...formMistakes(value, source),
    // With an overlay, only the whole must be complete.
    ...(overlayName === undefined ? resourceMistakes(value, source) : []),
  ];
  rejectMistakes(text, [...unset, ...mistakes.filter(({ start }) => !unsetAt.has(start))]);
  const { environments, ...plain } = projectFile.parse(value);
  const overlay = overlayName === undefined ? undefined : environments?.[overlayName];
  if (overlay === undefined) {
    return withOrigins(plain, source);
  }
  const merged = merge(plain, overlay);
  const sourcePaths: SourcePaths = (path) => [['environments', overlayName ?? '', ...path], path];
  const overlaid = { ...source, sourcePaths };
  rejectMistakes(text, [...formMistakes(merged, overlaid), ...resourceMistakes(merged, overlaid)]);
  return withOrigins(projectFile.parse(merged), overlaid);
}

type ProjectSource = Omit<Origin, 'path'>;

function formMistakes(value: unknown, source: ProjectSource): readonly Mistake[] {
  const { error } = projectFile.safeParse(value, { reportInput: true });
  return mistakesOf(error?.issues ?? [], source, source.sourcePaths);
}

/** The mistakes of resources with the right form that a manager could not create. */
function resourceMistakes(value: unknown, source: ProjectSource): readonly Mistake[] {
  return SECTIONS.flatMap((section) => {
    const definition = DEFINITIONS[KIND_OF_SECTION[section]];
    const resources = valueAt(value, [section]);
    return Object.entries(isObject(resources) ? resources : {}).flatMap(([name, resource]) => {
      const { data } = definition.project.safeParse(resource);
      const origin = { ...source, path: [section, name] };
      return data === undefined ? [] : problemsAt(origin, data, definition.problems(name, data));
    });
  });
}

function withOrigins(project: ProjectFile, source: ProjectSource): ParsedProject {
  const paths = SECTIONS.flatMap((section) =>
    Object.keys(project[section] ?? {}).map((name) => [section, name]),
  );
  return { project, origins: new Map(paths.map((path) => [path.join('.'), { ...source, path }])) };
}

function requireOverlay(document: Doc, { file, environment = '' }: ParseOptions): string {
  const environments = document.get('environments', true);
  const names = isMap(environments) ? environments.items.map(({ key }) => String(key)) : [];
  if (!names.includes(environment)) {
    const known = names.length === 0 ? '' : ` The file has: ${names.join(', ')}.`;
    throw new CliError(
      `There is no environment ${environment} in ${file}.${known}${didYouMean(environment, names)}`,
      { code: 'ENVIRONMENT_NOT_FOUND', exitCode: EXIT.usage },
    );
  }
  return environment;
}

/** Members of the overlay replace those of the base; resources of the overlay only are added. */
function merge(
  base: ProjectFile,
  overlay: NonNullable<ProjectFile['environments']>[string],
): Readonly<Record<string, unknown>> {
  const merged: Record<string, unknown> = { ...base };
  for (const section of SECTIONS) {
    const below: Readonly<Record<string, object>> = base[section] ?? {};
    const above: Readonly<Record<string, object>> = overlay[section] ?? {};
    const names = [...new Set([...Object.keys(below), ...Object.keys(above)])];
    if (names.length > 0) {
      merged[section] = Object.fromEntries(
        names.map((name) => [name, { ...below[name], ...above[name] }]),
      );
    }
  }
  return merged;
}

export function rejectMistakes(text: string, mistakes: readonly Mistake[]): void {
  if (mistakes.length > 0) {
    throw projectError(printMistakes(text, mistakes));
  }
}

export function projectError(mistakes: string): CliError {
  return new CliError(`The project cannot be used.\n${mistakes}`, {
    code: 'BAD_PROJECT',
    exitCode: EXIT.usage,
    hint: 'docs/project-file.md describes the project file.',
  });
}
