import { SharedCache } from '@quicksilver/common/cache/shared-cache';
import { Secret } from '@quicksilver/common/config/secret';
import { eventually } from '@quicksilver/testkit/eventually';
import { OwnRedis } from '@quicksilver/testkit/own-redis';
import { expect, test } from 'vitest';

import { documentId } from '@quicksilver/gateway/execute/documents/document-id';
import {
  DocumentStore,
  createPersistedQueries,
} from '@quicksilver/gateway/execute/documents/document-store';
import { silentLog } from '@quicksilver/testkit/silent-log';

const named = (text: string): Readonly<Record<string, unknown>> => ({
  extensions: { persistedQuery: { version: 1, sha256Hash: documentId(text) } },
});

/** As another replica has it. */
async function replica(redis: OwnRedis, closing: AsyncDisposableStack): Promise<DocumentStore> {
  const shared = new SharedCache({
    url: new Secret(redis.url),
    timeoutMs: 1_000,
    prefix: 'documents:',
    log: silentLog,
  });
  closing.defer(() => shared.stop());
  await shared.start();
  return new DocumentStore({
    trusted: { documents: new Map(), isAll: false },
    persisted: createPersistedQueries(16_000),
    tokensMax: 100,
    shared,
  });
}

test('a document that one replica has stored runs by its hash on another, and without Redis on the first alone', async () => {
  await using closing = new AsyncDisposableStack();
  const redis = closing.use(await OwnRedis.start());
  const one = await replica(redis, closing);
  const other = await replica(redis, closing);
  // Until both are connected.
  await eventually(async () => {
    await one.complete({ query: '{ a }', ...named('{ a }') });
    expect(await other.complete(named('{ a }'))).toMatchObject({ query: '{ a }' });
  }, 90_000);
  await redis[Symbol.asyncDispose]();
  await one.complete({ query: '{ b }', ...named('{ b }') });
  expect(await one.complete(named('{ b }'))).toMatchObject({ query: '{ b }' });
  await expect(other.complete(named('{ b }'))).rejects.toThrow('PersistedQueryNotFound');
});
