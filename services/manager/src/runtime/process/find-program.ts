import { access, constants } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';

/** The file that a command's first word means, or undefined where there is none that can be run. */
export async function findProgram(
  name: string,
  { path, directory }: { readonly path: string; readonly directory: string },
): Promise<string | undefined> {
  const candidates = name.includes('/')
    ? [resolve(directory, name)]
    : path.split(delimiter).map((folder) => join(folder, name));
  for (const candidate of candidates) {
    try {
      await access(candidate, constants.X_OK);
      return candidate;
    } catch {
      // Not this one; the next folder may have it.
    }
  }
  return undefined;
}
