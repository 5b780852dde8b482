import type { SharedMemory } from '@quicksilver/common/cache/shared-memory';
import { describe, expect, test } from 'vitest';

import { documentId } from './document-id.ts';
import {
  DocumentStore,
  createPersistedQueries,
  mergeTrusted,
  type DocumentStoreOptions,
} from './document-store.ts';

const TRUSTED = 'query Trusted { ok }';
const OTHER = '{ other }';
const NOT_FOUND = {
  message: 'PersistedQueryNotFound',
  extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' },
};
const REFUSED = { extensions: { code: 'DOCUMENT_NOT_TRUSTED', http: { status: 403 } } };

const NONE = { documents: new Map(), isAll: false };
const trusting = (isAll: boolean) => mergeTrusted(NONE, { texts: [TRUSTED], ids: {}, isAll });
const open = (options: Partial<DocumentStoreOptions> = {}): DocumentStore =>
  new DocumentStore({
    trusted: trusting(false),
    persisted: createPersistedQueries(16_000),
    tokensMax: 100,
    shared: undefined,
    ...options,
  });
const hashed = (text: string): Readonly<Record<string, unknown>> => ({
  extensions: { persistedQuery: { version: 1, sha256Hash: documentId(text) } },
});

class FakeShared implements SharedMemory {
  readonly texts = new Map<string, string>();

  get(key: string): Promise<string | undefined> {
    return Promise.resolve(this.texts.get(key));
  }

  async put(key: string, value: string): Promise<void> {
    this.texts.set(key, value);
  }

  claim(): never {
    throw new Error('documents are not claimed');
  }

  drop(): never {
    throw new Error('documents are not dropped');
  }
}

describe('a document that is named by its id', () => {
  test.each([
    ['by documentId', { documentId: documentId(TRUSTED) }],
    ['by documentId with its algorithm', { documentId: `sha256:${documentId(TRUSTED)}` }],
    ['by Apollo’s extension', hashed(TRUSTED)],
    ['beside an empty query', { query: '', documentId: documentId(TRUSTED).toUpperCase() }],
  ])('%s is found, and the rest of the request does not change', async (_how, named) => {
    const completed = await open().complete({ ...named, variables: { a: 1 } });
    expect(completed).toMatchObject({ query: TRUSTED, variables: { a: 1 } });
    expect(completed).not.toHaveProperty('documentId');
  });

  test('row 106: is found only after a client has sent its text', async () => {
    const documents = open();
    await expect(documents.complete(hashed(OTHER))).rejects.toMatchObject(NOT_FOUND);
    expect(await documents.complete({ query: OTHER, ...hashed(OTHER) })).toMatchObject({
      query: OTHER,
    });
    expect(await documents.complete(hashed(OTHER))).toMatchObject({ query: OTHER });
  });

  test('row 106: with the hash of another one is rejected and not stored', async () => {
    const documents = open();
    await expect(documents.complete({ query: OTHER, ...hashed('{ ok }') })).rejects.toMatchObject({
      extensions: { code: 'PERSISTED_QUERY_MISMATCH', http: { status: 400 } },
    });
    await expect(documents.complete(hashed('{ ok }'))).rejects.toMatchObject(NOT_FOUND);
  });

  test.each([5, {}, ''])('with the id %j is a bad request', async (documentId) => {
    await expect(open().complete({ documentId })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });

  test('that cannot be parsed is not stored', async () => {
    const documents = open();
    await expect(documents.complete({ query: '{', ...hashed('{') })).rejects.toMatchObject({
      extensions: { code: 'GRAPHQL_PARSE_FAILED' },
    });
    await expect(documents.complete(hashed('{'))).rejects.toMatchObject(NOT_FOUND);
  });

  test('is evicted when other documents need its space', async () => {
    const documents = open();
    const text = (at: number): string => `{ a${at} #${'x'.repeat(900)}\n}`;
    for (let at = 0; at < 20; at += 1) {
      await documents.complete({ query: text(at), ...hashed(text(at)) });
    }
    await expect(documents.complete(hashed(text(0)))).rejects.toMatchObject(NOT_FOUND);
    expect(await documents.complete(hashed(text(19)))).toMatchObject({ query: text(19) });
  });

  test('is found by another replica with the same shared cache, unless its text has another hash', async () => {
    const shared = new FakeShared();
    await open({ shared }).complete({ query: OTHER, ...hashed(OTHER) });
    expect(await open({ shared }).complete(hashed(OTHER))).toMatchObject({ query: OTHER });
    shared.texts.set(documentId(OTHER), '{ forged }');
    await expect(open({ shared }).complete(hashed(OTHER))).rejects.toMatchObject(NOT_FOUND);
  });
});

describe('row 106: if only trusted documents run', () => {
  const documents = open({ trusted: trusting(true) });

  test('one of them runs, by its id or its text', async () => {
    expect(await documents.complete(hashed(TRUSTED))).toMatchObject({ query: TRUSTED });
    expect(await documents.complete({ query: TRUSTED })).toMatchObject({ query: TRUSTED });
    expect(await documents.complete({ query: TRUSTED, ...hashed(TRUSTED) })).toMatchObject({
      query: TRUSTED,
    });
  });

  test('another one is rejected, with its hash and without', async () => {
    await expect(documents.complete({ query: OTHER })).rejects.toMatchObject(REFUSED);
    await expect(documents.complete({ query: OTHER, ...hashed(OTHER) })).rejects.toMatchObject(
      REFUSED,
    );
    await expect(documents.complete(hashed(OTHER))).rejects.toMatchObject(NOT_FOUND);
  });
});

test('documents of files and of the manager are merged, and either source can forbid all others', () => {
  const first = mergeTrusted(NONE, { texts: [TRUSTED], ids: {}, isAll: false });
  const both = mergeTrusted(first, { texts: [OTHER, TRUSTED], ids: {}, isAll: false });
  expect([...both.documents.values()]).toEqual([TRUSTED, OTHER]);
  expect(first.documents.size).toBe(1);
  expect(both.isAll).toBe(false);
  expect(mergeTrusted(first, { texts: [], ids: {}, isAll: true }).isAll).toBe(true);
  expect(mergeTrusted({ ...first, isAll: true }, { texts: [], ids: {}, isAll: false }).isAll).toBe(
    true,
  );
});
