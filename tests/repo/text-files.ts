import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../..');

export interface TextFile {
  /** Relative to the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** Folders that are made by running things and are not committed. */
const MADE = new Set([
  'node_modules',
  '.git',
  '.cache',
  '.quicksilver',
  'coverage',
  'dist',
  '__pycache__',
]);
const BINARY = /\.(png|jpe?g|gif|ico|woff2?|jar|gz|zip|bin|log)$/;

/** Every text of the repository, committed or about to be. */
export function textFiles(): readonly TextFile[] {
  return pathsBelow('').map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
}

function pathsBelow(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (MADE.has(entry.name)) {
      return [];
    }
    if (entry.isDirectory()) {
      return pathsBelow(path);
    }
    return entry.isFile() && !BINARY.test(entry.name) ? [path] : [];
  });
}
