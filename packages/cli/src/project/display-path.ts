import { basename, relative } from 'node:path';

/** The name of a file in messages. */
export function displayPath(path: string, cwd: string): string {
  return relative(cwd, path) || basename(path);
}
