import { basename, relative } from 'node:path';

/** How a file is called in messages. */
export function shownPath(path: string, cwd: string): string {
  return relative(cwd, path) || basename(path);
}
