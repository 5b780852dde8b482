import { readFile } from 'node:fs/promises';

import { parseDefinition, type Definition } from '@quicksilver/definition/parse-definition';

/** Throws one sentence where the file cannot be read, `DefinitionError` where the schema is wrong. */
export async function readSchema(path: string): Promise<Definition> {
  let sdl: string;
  try {
    sdl = await readFile(path, 'utf8');
  } catch (error) {
    throw new Error(
      `The GraphQL schema cannot be read from ${path}. Set QUICK_SCHEMA_PATH to the file that holds it`,
      { cause: error },
    );
  }
  return parseDefinition(sdl);
}
