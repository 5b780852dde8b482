import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describeError } from '@quicksilver/common/errors/describe';
import { manifestEntries } from '@quicksilver/definition/manifest';

import { canonicalId, documentId } from '../execute/documents/document-id.ts';
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
 * Each file `*.json` is a manifest of Relay or GraphQL Code Generator, which has ids of its own.
 * Throws an error of one sentence that lists every invalid document.
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
  const documents = new Map<string, string>();
  const wrong: string[] = [];
  let chars = 0;
  for (const file of await filesOf(folder)) {
    const content = await readFile(join(folder, file), 'utf8');
    chars += content.length;
    if (chars > CHARS_MAX) {
      throw new Error(
        `The documents in ${folder} have more than ${CHARS_MAX} characters in total, the limit`,
      );
    }
    const entries = file.endsWith('.json') ? manifestEntries(content) : { '': content };
    if (typeof entries === 'string') {
      wrong.push(`${file}: ${entries}`);
      continue;
    }
    for (const [id, text] of Object.entries(entries)) {
      try {
        parseDocument(text, tokensMax);
        documents.set(documentId(text), text);
        if (id !== '') {
          documents.set(canonicalId(id), text);
        }
      } catch (error) {
        wrong.push(`${id === '' ? file : `${file}, ${id}`}: ${describeError(error)}`);
      }
    }
  }
  if (wrong.length > 0) {
    throw new Error(`Documents in ${folder} are invalid: ${wrong.join('; ')}`);
  }
  checkCount(folder, documents.size);
  return documents;
}

async function filesOf(folder: string): Promise<readonly string[]> {
  let names: readonly string[];
  try {
    names = (await readdir(folder)).filter((name) => /\.(?:graphql|json)$/.test(name)).toSorted();
  } catch (error) {
    throw new Error(
      `The documents cannot be read from ${folder}. Set QUICK_DOCUMENTS_PATH to the folder with the documents`,
      { cause: error },
    );
  }
  checkCount(folder, names.length);
  return names;
}

function checkCount(folder: string, count: number): void {
  if (count > FILES_MAX) {
    throw new Error(`${folder} contains ${count} documents, but the limit is ${FILES_MAX}`);
  }
}
