import type { ManifestProblem } from '@quicksilver/contracts/control/resource';

import { mistakesOf, type DocumentSource, type SourcePaths } from './project-mistakes.ts';
import type { Mistake } from './source-text.ts';

/** The place in a file that defines a resource. */
export interface Origin extends DocumentSource {
  readonly text: string;
  /** The path of the resource in messages. */
  readonly path: readonly string[];
  readonly sourcePaths?: SourcePaths;
}

/** Throws if no file defines the resource. */
export function originOf(
  origins: ReadonlyMap<string, Origin>,
  section: string,
  name: string,
): Origin {
  const origin = origins.get(`${section}.${name}`);
  if (origin === undefined) {
    throw new Error(`No file of the project defines ${section}.${name}`);
  }
  return origin;
}

/** The problems of a resource as mistakes in its file. */
export function problemsAt(
  { path: start, sourcePaths, ...source }: Origin,
  value: object,
  problems: readonly ManifestProblem[],
): readonly Mistake[] {
  const issues = problems.map(({ path, message }) => ({
    code: 'custom' as const,
    path: [...start, ...path],
    message,
    input: valueAt(value, path),
  }));
  return mistakesOf(issues, source, sourcePaths);
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

export function valueAt(value: unknown, path: readonly string[]): unknown {
  const [name, ...rest] = path;
  return name !== undefined && isObject(value) ? valueAt(value[name], rest) : value;
}
