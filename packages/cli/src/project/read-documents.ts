import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { documentsExcess, type TrustedDocuments } from '@quicksilver/definition/trusted-documents';

import { shownPath } from './shown-path.ts';

/** The trusted documents of a gateway. */
export interface DocumentsFolder {
  /** Full path. */
  readonly path: string;
  /** As it is called in messages. */
  readonly folder: string;
  readonly texts: TrustedDocuments;
}

/** Each file `*.graphql` of a folder; or why they cannot be had, as the end of a sentence. */
export async function readDocuments(path: string, cwd: string): Promise<DocumentsFolder | string> {
  try {
    const files = (await readdir(path)).filter((file) => file.endsWith('.graphql')).toSorted();
    const texts: Record<string, string> = {};
    for (const file of files) {
      texts[file] = await readFile(join(path, file), 'utf8');
      const excess = documentsExcess(texts);
      if (excess !== undefined) {
        return `${path} has too much: ${excess}`;
      }
    }
    return { path, folder: shownPath(path, cwd), texts };
  } catch {
    return `${path} is no folder whose files can be read`;
  }
}
