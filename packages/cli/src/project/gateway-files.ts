import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';

import { gatewayExcess, toGatewaySpec } from '@quicksilver/resources/gateway';
import type { ProjectResource } from '@quicksilver/resources/kinds';

import { displayPath } from './display-path.ts';
import { problemsAt, type Origin } from './origin.ts';
import { readDocuments, type DocumentsFolder } from './read-documents.ts';
import type { Mistake } from './source-text.ts';

export interface SchemaFile {
  /** Full path. */
  readonly path: string;
  /** Name for messages. */
  readonly file: string;
  readonly text: string;
}

/** The files that a gateway of a project names. */
export interface GatewayFiles {
  readonly schema?: SchemaFile;
  readonly documents?: DocumentsFolder;
  readonly mistakes: readonly Mistake[];
}

/** Reads the files of a gateway. Paths are relative to `dir`. */
export async function readGatewayFiles(
  gateway: ProjectResource<'gateways'>,
  origin: Origin,
  { dir, cwd }: { readonly dir: string; readonly cwd: string },
): Promise<GatewayFiles> {
  const problem = (member: string, message: string): readonly Mistake[] =>
    problemsAt(origin, gateway, [{ path: [member], message }]);
  const path = resolve(dir, gateway.schema);
  const text = await readFile(path, 'utf8').catch(() => undefined);
  const folderPath = gateway.documents === undefined ? undefined : resolve(dir, gateway.documents);
  const folder = folderPath === undefined ? undefined : await readDocuments(folderPath, cwd);
  const mistakes = [
    ...(text === undefined ? problem('schema', `the schema ${path} cannot be read`) : []),
    ...(typeof folder === 'string'
      ? problem('documents', `the trusted documents in ${folderPath} cannot be used: ${folder}`)
      : []),
  ];
  if (text === undefined || typeof folder === 'string') {
    return { mistakes };
  }
  const { documentsOnly = false } = gateway;
  const documents = folder?.texts ?? {};
  if (documentsOnly && Object.keys(documents).length === 0) {
    return {
      mistakes: problem(
        'documents',
        `there are no trusted documents in ${folderPath}, so no query could run with documentsOnly`,
      ),
    };
  }
  const excess = gatewayExcess(toGatewaySpec({ schema: text, documents }, undefined, 1));
  return {
    schema: { path, file: displayPath(path, cwd), text },
    ...(folder === undefined ? {} : { documents: folder }),
    mistakes: excess === undefined ? [] : problem('schema', excess),
  };
}
