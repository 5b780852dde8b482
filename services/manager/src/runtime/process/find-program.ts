import { access, constants } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';

/** The executable file of the first word of a command. Undefined if there is none. */
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
      // Try the next directory.
    }
  }
  return undefined;
}
