import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describeError } from '@quicksilver/common/errors/describe';

import { documentId } from '../execute/documents/document-id.ts';
import { parseDocument } from '../execute/parse-document.ts';

const FILES_MAX = 10_000;
const CHARS_MAX = 16_777_216;

export interface DocumentsFolder {
  /** Empty if there is none. */
  readonly path: string;
  /** Whether only these documents may run. */
  readonly isAll: boolean;
}

/**
 * Reads the trusted documents of a folder, by their ids. Each file `*.graphql` is one document.
 * Throws an error of one sentence that lists every invalid file.
 */
export async function readDocuments(
  { path: folder, isAll }: DocumentsFolder,
  tokensMax: number,
): Promise<ReadonlyMap<string, string>> {
  if (folder === '') {
    if (isAll) {
      throw new Error(
        'QUICK_DOCUMENTS_ONLY is true, but there are no documents. Set QUICK_DOCUMENTS_PATH to the folder with the documents',
      );
    }
    return new Map();
  }
  const names = await filesOf(folder);
  const documents = new Map<string, string>();
  const wrong: string[] = [];
  let chars = 0;
  for (const name of names) {
    const text = await readFile(join(folder, name), 'utf8');
    chars += text.length;
    if (chars > CHARS_MAX) {
      throw new Error(
        `The documents in ${folder} have more than ${CHARS_MAX} characters in total, the limit`,
      );
    }
    try {
      parseDocument(text, tokensMax);
      documents.set(documentId(text), text);
    } catch (error) {
      wrong.push(`${name}: ${describeError(error)}`);
    }
  }
  if (wrong.length > 0) {
    throw new Error(`Documents in ${folder} are invalid: ${wrong.join('; ')}`);
  }
  return documents;
}

async function filesOf(folder: string): Promise<readonly string[]> {
  let names: readonly string[];
  try {
    names = (await readdir(folder)).filter((name) => name.endsWith('.graphql')).toSorted();
  } catch (error) {
    throw new Error(
      `The documents cannot be read from ${folder}. Set QUICK_DOCUMENTS_PATH to the folder with the documents`,
      { cause: error },
    );
  }
  if (names.length > FILES_MAX) {
    throw new Error(`${folder} contains ${names.length} documents, but the limit is ${FILES_MAX}`);
  }
  return names;
}
