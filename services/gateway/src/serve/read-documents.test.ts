import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { readConfig } from '@quicksilver/common/config/option';
import { MemoryNetwork } from '@quicksilver/testkit/memory-network';
import { silentLog } from '@quicksilver/testkit/silent-log';
import { expect, test } from 'vitest';

import { assembleGateway } from '../assemble.ts';
import { gatewayOptions } from '../config.ts';
import { documentId } from '../execute/documents/document-id.ts';
import { readDocuments } from './read-documents.ts';

const TYPENAME = 'query Relay { __typename }';
const CODEGEN = 'query Codegen { __typename }';
const FILE = 'query File { __typename }';
const RELAY_ID = '0A1b2c3d4e5f60718293a4b5c6d7e8f9';

async function read(files: Readonly<Record<string, string>>, isAll = false) {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'gateway-documents-'));
  for (const [file, text] of Object.entries(files)) {
    await writeFile(join(folder.path, file), text);
  }
  return await readDocuments({ path: folder.path, isAll }, 100);
}

test('clients name documents by the ids of manifests and by their SHA-256', async () => {
  const documents = await read({
    'relay.json': JSON.stringify({ [RELAY_ID]: TYPENAME }),
    'persisted-documents.json': JSON.stringify({ 'sha256:00ff': CODEGEN }),
    'file.graphql': FILE,
    'README.md': 'no document',
  });
  const schema = 'type Query { items: [Int] @topic(name: "items") }';
  await using network = await MemoryNetwork.start({
    schema,
    env: { gateway: { QUICK_DOCUMENTS_ONLY: 'true' } },
    gateway: (env, sdl, kafka) =>
      assembleGateway(
        readConfig(gatewayOptions, env),
        { sdl, documents },
        { kafka, log: silentLog },
      ),
  });
  const served = { data: { __typename: 'Query' } };
  for (const request of [
    { documentId: RELAY_ID },
    { documentId: RELAY_ID.toLowerCase(), query: TYPENAME },
    { documentId: documentId(TYPENAME) },
    { documentId: 'sha256:00ff' },
    { documentId: '00FF' },
    { extensions: { persistedQuery: { version: 1, sha256Hash: '00ff' } } },
    { documentId: documentId(FILE) },
    { query: CODEGEN },
  ]) {
    expect((await network.ask(request)).json(), JSON.stringify(request)).toEqual(served);
  }
  for (const [request, code] of [
    [{ documentId: RELAY_ID, query: CODEGEN }, 'PERSISTED_QUERY_MISMATCH'],
    [{ documentId: 'none' }, 'PERSISTED_QUERY_NOT_FOUND'],
    [{ query: '{ items }' }, 'DOCUMENT_NOT_TRUSTED'],
  ] as const) {
    expect((await network.ask(request)).json()).toMatchObject({
      errors: [{ extensions: { code } }],
    });
  }
});

test.each([
  ['{', 'JSON'],
  ['["a"]', 'expected a manifest'],
  ['{"a":1}', 'expected a manifest'],
  ['{"a":"query {"}', 'relay.json, a: Syntax Error'],
])('a manifest %s is invalid', async (manifest, reason) => {
  await expect(read({ 'relay.json': manifest })).rejects.toThrow(reason);
});
