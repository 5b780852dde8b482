import { posix } from 'node:path';

import type { DirectionRow } from './import-row.ts';
import { DIRECTIONS, FENCES, PACKAGES } from './import-table.ts';

export interface ImportFact {
  /** The importing file, relative to the root, with forward slashes. */
  readonly from: string;
  /** The text between the quotes. */
  readonly specifier: string;
  readonly typeOnly: boolean;
}

const TESTKIT = 'packages/testkit';

/** The reason why an import is rejected; `undefined` if it is allowed. Pure: reads no file. */
export function importProblem(fact: ImportFact): string | undefined {
  if (fact.specifier.startsWith('node:')) {
    return undefined;
  }
  const target = targetOf(fact);
  return target === undefined ? fenceProblem(fact) : ownFileProblem(fact, target);
}

/** A test, or a file that only tests and benchmarks use. */
export function isTestCode(path: string): boolean {
  return path.endsWith('.test.ts') || ['tests', 'benches', TESTKIT].some(contains(path));
}

function ownFileProblem(fact: ImportFact, target: string): string | undefined {
  if (fact.specifier.startsWith('.') && homeOf(fact.from) !== homeOf(target)) {
    return `${target} belongs to another package: import it by the package's name.`;
  }
  return specialFileProblem(fact, target) ?? directionProblem(fact, target);
}

function specialFileProblem(fact: ImportFact, target: string): string | undefined {
  const name = posix.basename(target);
  if (name.endsWith('.test.ts')) {
    return `${target} is a test, and a test is never imported. Move the shared code to another file.`;
  }
  if (name === 'main.ts') {
    return `${target} is an executable: start it as a process, never import it.`;
  }
  const isComposition = /^(services|packages)\/[^/]+\/src\/assemble\.ts$/.test(target);
  if (isComposition && posix.basename(fact.from) !== 'main.ts' && !isTestCode(fact.from)) {
    return `${target} may be imported by main.ts, the testkit and tests only.`;
  }
  if (contains(target)(TESTKIT) && !isTestCode(fact.from)) {
    return `${target} is for tests: code that ships never imports the testkit.`;
  }
  return undefined;
}

function directionProblem(fact: ImportFact, target: string): string | undefined {
  const isTest = isTestCode(fact.from);
  for (const row of DIRECTIONS) {
    const applies = contains(fact.from)(row.from) && !(isTest && row.binds === 'code');
    if (applies && !contains(target)(row.from) && refuses(row, fact, target, isTest)) {
      return `${fact.from} may not import ${target}: ${row.because}.`;
    }
  }
  return undefined;
}

function refuses(row: DirectionRow, fact: ImportFact, target: string, isTest: boolean): boolean {
  const isIn = contains(target);
  if (row.except?.includes(target) === true) {
    return false;
  }
  if (row.never?.some(isIn) === true) {
    return true;
  }
  if (row.typesOnly?.some(isIn) === true) {
    return !fact.typeOnly;
  }
  const isUseOfTestkit = isTest && isIn(TESTKIT) && !contains(fact.from)(TESTKIT);
  if (row.only === undefined || isUseOfTestkit) {
    return false;
  }
  return isIn(row.within ?? '') && !row.only.some(isIn);
}

function fenceProblem(fact: ImportFact): string | undefined {
  if (isTestCode(fact.from)) {
    return undefined;
  }
  for (const fence of FENCES) {
    const isFenced = fence.npm.some(
      (name) => fact.specifier === name || fact.specifier.startsWith(`${name}/`),
    );
    if (isFenced && !fence.inside.some((pattern) => posix.matchesGlob(fact.from, pattern))) {
      return `'${fact.specifier}' may be imported in ${fence.inside.join(', ')} only: ${fence.because}.`;
    }
  }
  return undefined;
}

/** The imported file of ours, relative to the root, or `undefined` for a package from npm. */
function targetOf(fact: ImportFact): string | undefined {
  if (fact.specifier.startsWith('.')) {
    return posix.join(posix.dirname(fact.from), fact.specifier);
  }
  const [scope, name, ...rest] = fact.specifier.split('/');
  const folder = PACKAGES[`${scope}/${name}`];
  if (folder === undefined) {
    return undefined;
  }
  const path = `${folder}/${rest.join('/')}`;
  return posix.extname(path) === '' ? `${path}.ts` : path;
}

/** The package a file belongs to; files at the root and its scripts belong together. */
function homeOf(path: string): string {
  const [area = '', name = ''] = path.split('/');
  if (['packages', 'services', 'examples'].includes(area)) {
    return `${area}/${name}`;
  }
  return ['benches'].includes(area) ? area : '';
}

function contains(path: string): (place: string) => boolean {
  return (place) => place === '' || path === place || path.startsWith(`${place}/`);
}
