import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { codeOf } from '@quicksilver/common/errors/code-of';
import type { TrustedDocuments } from '@quicksilver/definition/trusted-documents';
import { documentsProblem } from '@quicksilver/resources/gateway';

import { displayPath } from './display-path.ts';

/** The trusted documents of a gateway. */
export interface DocumentsFolder {
  /** Full path. */
  readonly path: string;
  /** Name for messages. */
  readonly folder: string;
  readonly texts: TrustedDocuments;
}

/**
 * Reads the files `*.graphql` and the manifests `*.json` of a folder. Returns the reason as a
 * sentence if that fails.
 */
export async function readDocuments(path: string, cwd: string): Promise<DocumentsFolder | string> {
  try {
    const files = (await readdir(path))
      .filter((file) => /\.(?:graphql|json)$/.test(file))
      .toSorted();
    const texts: Record<string, string> = {};
    for (const file of files) {
      texts[file] = await readFile(join(path, file), 'utf8');
      const problem = documentsProblem(texts);
      if (problem !== undefined) {
        return problem;
      }
    }
    return { path, folder: displayPath(path, cwd), texts };
  } catch (error) {
    return `The folder cannot be read (${String(codeOf(error))}).`;
  }
}
