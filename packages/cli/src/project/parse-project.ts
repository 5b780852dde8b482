import type { Environment } from '@quicksilver/common/config/option';
import { isMap, LineCounter, parseDocument, type Document } from 'yaml';

import { nearestWord } from '../output/suggest.ts';
import { CliError, EXIT } from '../output/cli-error.ts';
import { projectFile, type ProjectFile } from './project-schema.ts';
import { mistakesOf, yamlMistakes } from './project-mistakes.ts';
import { printMistakes, type Mistake } from './source-text.ts';
import { substitute } from './substitute.ts';

export interface ParseOptions {
  /** How the file is called in messages. */
  readonly file: string;
  readonly env: Environment;
  /** Name of the overlay to use. */
  readonly environment?: string | undefined;
}

type Doc = Document.Parsed;

const SECTIONS = ['topics', 'mirrors', 'gateways', 'apps'] as const;

/**
 * Reads a project file, its variables replaced and its overlay laid over it. Throws `CliError` with
 * every mistake, each with its line.
 */
export function parseProject(text: string, options: ParseOptions): ProjectFile {
  const { file, env, environment } = options;
  const document: Doc = parseDocument(text, {
    lineCounter: new LineCounter(),
    prettyErrors: false,
  });
  refuse(text, yamlMistakes(document, file));
  if (!isMap(document.contents)) {
    refuse(text, [
      { file, start: 0, end: 1, message: 'expected a project: version, name, topics, …' },
    ]);
  }
  const chosen = environment === undefined ? undefined : chooseOverlay(document, options);
  if (isMap(document.contents)) {
    // The variables of the other environments need not be set.
    const others = document.get('environments', true);
    if (isMap(others)) {
      others.items = others.items.filter(({ key }) => String(key) === chosen);
    }
  }
  const unset = substitute(document, env, file);
  const value: unknown = document.toJS();
  const base = projectFile.safeParse(value, { reportInput: true });
  const unsetAt = new Set(unset.map(({ start }) => start));
  const whole = { file, document, schema: projectFile };
  const wrong = mistakesOf(base.error?.issues ?? [], whole);
  refuse(text, [...unset, ...wrong.filter(({ start }) => !unsetAt.has(start))]);
  const { environments, ...plain } = projectFile.parse(value);
  const overlay = chosen === undefined ? undefined : environments?.[chosen];
  if (overlay === undefined) {
    return plain;
  }
  const merged = projectFile.safeParse(merge(plain, overlay), { reportInput: true });
  const below = (path: readonly PropertyKey[]): readonly PropertyKey[] => [
    'environments',
    chosen ?? '',
    ...path,
  ];
  refuse(
    text,
    mistakesOf(merged.error?.issues ?? [], whole, (path) => [below(path), path]),
  );
  return projectFile.parse(merge(plain, overlay));
}

function chooseOverlay(document: Doc, { file, environment = '' }: ParseOptions): string {
  const environments = document.get('environments', true);
  const names = isMap(environments) ? environments.items.map(({ key }) => String(key)) : [];
  if (!names.includes(environment)) {
    const near = nearestWord(environment, names);
    const known = names.length === 0 ? 'none' : names.join(', ');
    throw new CliError(
      `Expected the environment ${environment} in ${file}, found ${known}.${near === undefined ? '' : ` Did you mean "${near}"?`}`,
      { code: 'ENVIRONMENT_NOT_FOUND', exitCode: EXIT.usage },
    );
  }
  return environment;
}

/** Members of each thing replace those below; a thing that is only in the overlay is added. */
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

function refuse(text: string, mistakes: readonly Mistake[]): void {
  if (mistakes.length > 0) {
    throw projectError(printMistakes(text, mistakes));
  }
}

export function projectError(printed: string): CliError {
  return new CliError(`The project cannot be used.\n${printed}`, {
    code: 'BAD_PROJECT',
    exitCode: EXIT.usage,
    hint: 'What a project file may hold is in docs/project-file.md.',
  });
}
