import { readFile } from 'node:fs/promises';

/** Throws an error of one sentence if the file cannot be read. */
export async function readSchema(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new Error(
      `The GraphQL schema cannot be read from ${path}. Set QUICK_SCHEMA_PATH to the file with the schema`,
      { cause: error },
    );
  }
}
